package target

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// splitCommand splits a command line into words like a POSIX shell. Spaces and line breaks separate words. '…' quotes
// everything, "…" everything but a backslash before $, `, " and \. A backslash outside of quotes quotes the next
// character. The command does not run in a shell, so syntax that needs one (variables, ~, pipes, several commands) is
// an error. Globs are ordinary words.
func splitCommand(line string) ([]string, error) {
	if drivePrefix.MatchString(line) {
		return nil, fmt.Errorf(
			`command %q: a backslash quotes the next character; quote the path ('C:\…'), or write C:/…`,
			line,
		)
	}
	file, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX), syntax.KeepComments(true)).
		Parse(strings.NewReader(line), "")
	if err != nil {
		return nil, fmt.Errorf("command %q: %w; %s", line, parserMessage(err), shellSuggestion)
	}
	var words []string
	for _, stmt := range file.Stmts {
		call, err := singleCommand(line, stmt)
		if err != nil {
			return nil, err
		}
		for _, arg := range call.Args {
			word, err := unquote(line, arg)
			if err != nil {
				return nil, err
			}
			words = append(words, word)
		}
	}
	if len(file.Last) > 0 {
		return nil, shellSyntaxError(line, "#"+file.Last[0].Text)
	}
	if len(words) == 0 {
		return nil, errors.New("the command is empty")
	}
	return words, nil
}

// shellSuggestion ends the error about shell syntax.
const shellSuggestion = "the command does not run in a shell: quote it with '…', or use sh -c '…'"

// drivePrefix matches the beginning of a Windows path outside of quotes.
var drivePrefix = regexp.MustCompile(`(^|\s)[A-Za-z]:\\`)

// shellSyntaxError returns the error for a part of the line that needs a shell.
func shellSyntaxError(line, part string) error {
	return fmt.Errorf("command %q: %q is shell syntax, but %s", line, strings.TrimSpace(part), shellSuggestion)
}

// parserMessage returns the parser's error without a file name.
func parserMessage(err error) error {
	parseErr, ok := errors.AsType[syntax.ParseError](err)
	switch {
	case !ok:
		return err
	case strings.Contains(parseErr.Text, "closing quote"):
		return errors.New("unclosed quote")
	}
	return errors.New(parseErr.Text)
}

// singleCommand returns the call of a statement that runs one program and does nothing else.
func singleCommand(line string, stmt *syntax.Stmt) (*syntax.CallExpr, error) {
	errorAt := func(at syntax.Pos) error { return shellSyntaxError(line, line[at.Offset():]) }
	switch {
	case stmt.Semicolon.IsValid():
		return nil, errorAt(stmt.Semicolon)
	case len(stmt.Redirs) > 0:
		return nil, errorAt(stmt.Redirs[0].Pos())
	case len(stmt.Comments) > 0:
		return nil, errorAt(stmt.Comments[0].Pos())
	case stmt.Negated:
		return nil, errorAt(stmt.Pos())
	}
	switch c := stmt.Cmd.(type) {
	case *syntax.CallExpr:
		if len(c.Assigns) > 0 {
			return nil, fmt.Errorf("command %q: %q sets a variable, but the command does not run in a shell: use env %s",
				line, sourceText(line, c.Assigns[0]), line)
		}
		return c, nil
	case *syntax.BinaryCmd:
		return nil, errorAt(c.OpPos)
	}
	return nil, errorAt(stmt.Cmd.Pos())
}

// sourceText returns the part of the line that a node represents.
func sourceText(line string, n syntax.Node) string { return line[n.Pos().Offset():n.End().Offset()] }

// unquote returns a word without its quotes. A word that needs expansion is an error.
func unquote(line string, word *syntax.Word) (string, error) {
	if first, ok := word.Parts[0].(*syntax.Lit); ok && strings.HasPrefix(first.Value, "~") {
		return "", shellSyntaxError(line, sourceText(line, word))
	}
	var text strings.Builder
	for _, p := range word.Parts {
		quoted, ok := p.(*syntax.DblQuoted)
		if !ok {
			quoted = &syntax.DblQuoted{Parts: []syntax.WordPart{p}}
		}
		for _, p := range quoted.Parts {
			switch p := p.(type) {
			case *syntax.Lit:
				text.WriteString(unescape(p.Value, ok))
			case *syntax.SglQuoted:
				text.WriteString(p.Value)
			default:
				return "", shellSyntaxError(line, sourceText(line, p))
			}
		}
	}
	return text.String(), nil
}

// unescape removes the backslashes that quote a character, and line breaks after a backslash.
func unescape(text string, quoted bool) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) && (!quoted || strings.IndexByte("$`\"\\\n", text[i+1]) >= 0) {
			if i++; text[i] == '\n' {
				continue
			}
		}
		b.WriteByte(text[i])
	}
	return b.String()
}
