// Package textfmt formats text for a terminal: truncation, indentation, wrapping,
// escapes, colours and aligned columns. Its functions are pure. They know nothing of the
// program's own types. A format that belongs to one kind of document (Markdown, XML,
// HTML) stays with its renderer, so this package should need no more functions.
package textfmt

import (
	"strings"
	"text/tabwriter"
	"unicode/utf8"
)

// Ellipsis marks the place where Truncate cut a text.
const Ellipsis = "…"

// Truncate returns s if it has at most limit runes. Otherwise it returns the first
// limit runes of s, followed by the ellipsis.
func Truncate(s string, limit int) string {
	runes := 0
	for i := range s {
		if runes == limit {
			return s[:i] + Ellipsis
		}
		runes++
	}
	return s
}

// HangingIndent returns prefix followed by text. Every further line of text is indented
// by as many spaces as prefix has runes, so all lines of text begin in one column.
func HangingIndent(prefix, text string) string {
	indent := strings.Repeat(" ", utf8.RuneCountInString(prefix))
	return prefix + strings.ReplaceAll(text, "\n", "\n"+indent)
}

// Wrap breaks text at spaces into lines of at most width runes. A word that is longer
// than width gets a line of its own. Runs of white space, line breaks included, become
// one space or one line break.
func Wrap(text string, width int) string {
	var lines []string
	line, length := "", 0
	for _, word := range strings.Fields(text) {
		size := utf8.RuneCountInString(word)
		switch {
		case line == "":
			line, length = word, size
		case length+1+size <= width:
			line, length = line+" "+word, length+1+size
		default:
			lines = append(lines, line)
			line, length = word, size
		}
	}
	return strings.Join(append(lines, line), "\n")
}

// Align formats rows as columns that are two spaces apart, and returns one line per
// row. All rows need the same number of cells. Every sequence of tabs and line breaks in
// a cell becomes one space, because a row is one line. Lines have no trailing spaces.
//
// A cell's width is its number of runes, so in a column that has colours, every cell
// needs one: see [Default].
func Align(rows [][]string) []string {
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		for i, cell := range row {
			if i > 0 {
				_, _ = table.Write([]byte("\t"))
			}
			_, _ = table.Write([]byte(oneLine(cell)))
		}
		_, _ = table.Write([]byte("\n"))
	}
	_ = table.Flush() // a strings.Builder returns no error
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	if len(rows) == 0 {
		return nil
	}
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return lines
}

// oneLine replaces the characters that have a meaning for text/tabwriter.
func oneLine(cell string) string {
	if !strings.ContainsAny(cell, separators) {
		return cell
	}
	return strings.Join(strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune(separators, r) }), " ")
}

const separators = "\t\n\v\f"
