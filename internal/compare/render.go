package compare

import (
	"cmp"
	_ "embed" // the schema is a file, so that other tools can read it too
	"fmt"
	"io"
	"strings"

	"github.com/cvconform/cvconform/internal/jsonfile"
	"github.com/cvconform/cvconform/internal/textfmt"
	"github.com/cvconform/cvconform/steps/report"
)

//go:embed schema/diff-v1.json
var schemaText string

// JSONSchema returns the JSON Schema (draft 2020-12) of the document of [Comparison.WriteJSON].
func JSONSchema() []byte { return []byte(schemaText) }

// WriteJSON writes the comparison as one JSON document. It returns the error of w.
func (c *Comparison) WriteJSON(w io.Writer) error { return jsonfile.Write(w, c) }

// WriteText writes the comparison for a person at a terminal. It returns the error of w.
func (c *Comparison) WriteText(w io.Writer) error {
	plain := func(s string) string { return textfmt.EscapeControl(s) }
	return c.write(w, format{heading: "\n%s\n", item: "  %s\n", text: plain, value: plain})
}

// WriteMarkdown writes the comparison for a comment on a pull request. It returns the error of w.
func (c *Comparison) WriteMarkdown(w io.Writer) error {
	return c.write(w, format{
		heading: "\n### %s\n\n", item: "- %s\n", text: report.MarkdownText, value: report.MarkdownCode,
	})
}

// A format has the forms of the parts of a text.
type format struct {
	heading, item string
	text, value   func(string) string
}

// A section is a list with a heading.
type section struct {
	title string
	items []string
}

func (c *Comparison) write(w io.Writer, f format) error {
	var b strings.Builder
	for _, r := range []struct {
		name string
		run  Run
	}{{"old", c.Old}, {"new", c.New}} {
		fmt.Fprintf(&b, f.item, fmt.Sprintf("%s: run %s of %s, %s, target %s", r.name, f.value(r.run.ID),
			f.value(r.run.Started.UTC().Format("2006-01-02 15:04:05Z")), r.run.Verdict, f.value(r.run.Target)))
	}
	if c.Old.Features != c.New.Features {
		fmt.Fprintf(&b, f.item, "the runs have different features, so a requirement of one id may differ")
	}
	empty := true
	for _, s := range c.sections(f) {
		if len(s.items) == 0 {
			continue
		}
		empty = false
		fmt.Fprintf(&b, f.heading, s.title)
		for _, item := range s.items {
			fmt.Fprintf(&b, f.item, item)
		}
	}
	if empty {
		fmt.Fprintf(&b, f.heading, "no difference")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (c *Comparison) sections(f format) []section {
	var changed, slower []string
	for _, s := range c.Settings {
		changed = append(changed, fmt.Sprintf("%s %s: %s, was %s", s.Kind, f.text(s.Name),
			f.value(cmp.Or(s.New, "none")), f.value(cmp.Or(s.Old, "none"))))
	}
	for _, l := range c.Latencies {
		slower = append(slower, fmt.Sprintf("%s: %.0f ms, was %.0f ms", f.text(l.Budget), l.NewMs, l.OldMs))
	}
	return []section{
		{"regressions", items(c.Regressions, f)},
		{"broken for another reason", items(c.Reasons, f)},
		{"no longer judged", items(c.Unjudged, f)},
		{"repaired", items(c.Repaired, f)},
		{"added requirements", c.Added},
		{"removed requirements", c.Removed},
		{"changed settings", changed},
		{"changed latencies", slower},
	}
}

// items returns one line for each reason, with its requirements.
func items(changes []Change, f format) []string {
	var out []string
	for _, change := range changes {
		var names []string
		for _, q := range change.Requirements {
			names = append(names, fmt.Sprintf("%s (%s, %s, was %s)", q.ID, q.Level, q.New, q.Old))
		}
		reason, _, _ := strings.Cut(change.Reason, "\n")
		out = append(out, strings.Join(names, ", ")+": "+f.value(textfmt.Truncate(reason, maxReason)))
	}
	return out
}

// maxReason is the number of characters of a reason that a text shows.
const maxReason = 300
