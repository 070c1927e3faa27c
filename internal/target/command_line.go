package target

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// splitCommand splits a command line into words as a POSIX shell does: spaces and
// line breaks part words, '…' holds everything as it is, "…" too but for a
// backslash before $, `, " and \, and outside of quotes a backslash takes the next
// character as it is. No shell runs the command, so whatever asks a shell to do
// something (variables, ~, pipes, several commands) is an error that says how to
// have it; globs are words like any other.
func splitCommand(line string) ([]string, error) {
	if drivePrefix.MatchString(line) {
		return nil, fmt.Errorf(
			`command %q: a backslash takes the next character as it is; quote the path ('C:\…'), or write C:/…`,
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

// shellSuggestion is the way out where a shell's work is wanted, or is not.
const shellSuggestion = "no shell runs it: quote it with '…', or use sh -c '…'"

// drivePrefix is the beginning of a path on Windows, outside of quotes.
var drivePrefix = regexp.MustCompile(`(^|\s)[A-Za-z]:\\`)

// shellSyntaxError is the error of a part that asks a shell for something.
func shellSyntaxError(line, part string) error {
	return fmt.Errorf("command %q: %q has no meaning here, since %s", line, strings.TrimSpace(part), shellSuggestion)
}

// parserMessage is the parser's error without the name of a file that is none.
func parserMessage(err error) error {
	wrong, ok := errors.AsType[syntax.ParseError](err)
	switch {
	case !ok:
		return err
	case strings.Contains(wrong.Text, "closing quote"):
		return errors.New("unclosed quote")
	}
	return errors.New(wrong.Text)
}

// singleCommand is the one program that a statement runs, and nothing else.
func singleCommand(line string, stmt *syntax.Stmt) (*syntax.CallExpr, error) {
	from := func(at syntax.Pos) error { return shellSyntaxError(line, line[at.Offset():]) }
	switch {
	case stmt.Semicolon.IsValid():
		return nil, from(stmt.Semicolon)
	case len(stmt.Redirs) > 0:
		return nil, from(stmt.Redirs[0].Pos())
	case len(stmt.Comments) > 0:
		return nil, from(stmt.Comments[0].Pos())
	case stmt.Negated:
		return nil, from(stmt.Pos())
	}
	switch c := stmt.Cmd.(type) {
	case *syntax.CallExpr:
		if len(c.Assigns) > 0 {
			return nil, fmt.Errorf("command %q: %q sets a variable, and no shell runs it: use env %s", line, sourceText(line, c.Assigns[0]), line)
		}
		return c, nil
	case *syntax.BinaryCmd:
		return nil, from(c.OpPos)
	}
	return nil, from(stmt.Cmd.Pos())
}

// sourceText is what of the line a node stands for.
func sourceText(line string, n syntax.Node) string { return line[n.Pos().Offset():n.End().Offset()] }

// unquote is a word without its quotes. It must not ask for anything's value.
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
				text.WriteString(unescaped(p.Value, ok))
			case *syntax.SglQuoted:
				text.WriteString(p.Value)
			default:
				return "", shellSyntaxError(line, sourceText(line, p))
			}
		}
	}
	return text.String(), nil
}

// unescaped is a text without the backslashes that a shell takes away. One before
// a line break takes that with it.
func unescaped(text string, quoted bool) string {
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
