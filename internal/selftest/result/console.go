package result

import (
	"fmt"
	"io"
	"strings"

	"github.com/cvconform/cvconform/internal/textfmt"
)

// ConsoleOptions configure [WriteConsole]. The zero value is usable.
type ConsoleOptions struct {
	// Color adds ANSI colours.
	Color bool
	// Rerun is the beginning of a command that judges one defect again. The name of
	// the defect follows it. "" means that no command is shown.
	Rerun string
}

// WriteConsole writes the matrix for a person at a terminal: every defect with the
// requirements that caught it, an explanation of each defect that was not caught as
// expected, every requirement with the defects that prove it, the problems, and the
// verdict. It returns the error of w.
func WriteConsole(w io.Writer, m *Matrix, o ConsoleOptions) error {
	c := &console{painter: textfmt.Painter{Enabled: o.Color}, rerun: o.Rerun}
	c.outcomes(m)
	c.explanations(m)
	c.requirements(m)
	c.problems(m)
	c.verdict(m)
	_, err := io.WriteString(w, c.b.String())
	return err
}

// A console builds the text of [WriteConsole].
type console struct {
	b       strings.Builder
	painter textfmt.Painter
	rerun   string
}

func (c *console) printf(format string, args ...any) { fmt.Fprintf(&c.b, format, args...) }

func (c *console) heading(text string) { c.printf("\n%s\n", c.painter.Paint(textfmt.Bold, text)) }

// outcomes writes one line per defect, under the name of its feature, and one line per
// variation.
func (c *console) outcomes(m *Matrix) {
	var rows [][]string
	for _, d := range m.Defects {
		rows = append(rows, []string{c.mark(d.Outcome), d.Name, catchesText(d) + collateralText(d)})
	}
	for _, v := range m.Variations {
		rows = append(rows, []string{c.mark(v.Outcome), v.Name, shortIDs(v.FlaggedBy)})
	}
	feature := ""
	for i, line := range textfmt.Align(rows) {
		switch {
		case i == len(m.Defects):
			c.heading("Variations, to which no requirement may object")
		case i < len(m.Defects) && m.Defects[i].Feature != feature:
			feature = m.Defects[i].Feature
			c.heading("features/" + feature)
		}
		c.printf("  %s\n", line)
	}
}

// catchesText lists the requirements that must catch a defect, with each outcome that
// is not [Caught].
func catchesText(d Defect) string {
	var out []string
	for _, c := range d.Catches {
		text := shortID(c.Requirement)
		if c.Outcome != Caught {
			text += "(" + string(c.Outcome) + ")"
		}
		out = append(out, text)
	}
	return strings.Join(out, " ")
}

// maxCollateral is the number of collateral requirements that one line shows.
const maxCollateral = 6

// collateralText lists the other requirements that did not hold.
func collateralText(d Defect) string {
	if len(d.Collateral) == 0 {
		return ""
	}
	text := "  collateral: " + shortIDs(d.Collateral[:min(maxCollateral, len(d.Collateral))])
	if more := len(d.Collateral) - maxCollateral; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

func shortIDs(results []Result) string {
	var out []string
	for _, r := range results {
		out = append(out, shortID(r.Requirement))
	}
	return strings.Join(out, " ")
}

// shortID returns a requirement's id without the prefix that all ids share.
func shortID(id string) string { return strings.TrimPrefix(id, "CVSI-") }

// explanations explains each defect that was not caught as expected, and each variation
// to which a requirement objected.
func (c *console) explanations(m *Matrix) {
	for _, d := range m.Defects {
		if d.Outcome == Caught || d.Outcome == NotRun {
			continue
		}
		c.explanationHead(d.Name, d.Outcome, d.Description, d.Error)
		for _, one := range d.Catches {
			if one.Outcome == Missed || one.Outcome == WrongReason {
				c.printf("  %s must give a reason that contains %q\n", one.Requirement, one.ReasonContains)
				c.printf("%s\n", printable("         it is ", string(one.Verdict)+reasonSuffix(one.Reason)))
			}
		}
		c.rerunLine(d.Name)
	}
	for _, v := range m.Variations {
		if v.Outcome != Flagged && v.Outcome != HarnessError {
			continue
		}
		c.explanationHead(v.Name, v.Outcome, v.Description, v.Error)
		for _, r := range v.FlaggedBy {
			c.printf("%s\n", printable("  ", fmt.Sprintf("%s is %s%s", r.Requirement, r.Verdict, reasonSuffix(r.Reason))))
		}
		c.rerunLine(v.Name)
	}
}

func (c *console) explanationHead(name string, o Outcome, description, err string) {
	c.printf("\n%s\n%s %s: %s\n", c.painter.Paint(textfmt.Red, strings.Repeat("─", 72)), name, o, description)
	if err != "" {
		c.printf("%s\n", printable("  error  ", err))
	}
}

func (c *console) rerunLine(name string) {
	if c.rerun != "" {
		c.printf("  rerun  %s %s\n", c.rerun, name)
	}
}

func reasonSuffix(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + reason
}

// printable returns prefix and text with control characters escaped and continuation
// lines indented, because text may quote a service.
func printable(prefix, text string) string {
	return textfmt.EscapeControl(textfmt.HangingIndent(prefix, text))
}

func (c *console) requirements(m *Matrix) {
	c.heading("Requirements, and the defects that prove them")
	var shown []Requirement
	var rows [][]string
	for _, q := range m.Requirements {
		if len(q.ProvenBy) > 0 || m.coversEverything() {
			shown = append(shown, q)
			rows = append(rows, []string{q.ID, q.Level, fmt.Sprint(len(q.ProvenBy)), strings.Join(q.ProvenBy, ", ")})
		}
	}
	for i, line := range textfmt.Align(rows) {
		c.printf("  %s\n", line)
		for _, s := range shown[i].Steps {
			if m.coversEverything() && len(s.ProvenBy) == 0 {
				c.printf("      %s\n", c.painter.Paint(textfmt.Red, fmt.Sprintf("line %d is not proven: %s", s.Line, s.Text)))
			}
		}
	}
}

func (c *console) problems(m *Matrix) {
	if len(m.Problems) > 0 {
		c.heading("Problems")
	}
	for _, p := range m.Problems {
		c.printf("%s\n", printable("  ", p))
	}
}

func (c *console) verdict(m *Matrix) {
	c.printf("\n%d defects: %s", len(m.Defects), m.countsText())
	if n := len(m.Variations); n > 0 {
		c.printf("; %d of %d variations accepted", m.acceptedCount(), n)
	}
	c.printf("\n%s proven\n%s\n", m.proofText(), m.scopeText())
	if !m.Run.Complete {
		c.printf("The self-test was interrupted. Defects that are not-run have no outcome.\n")
	}
	verdict := c.painter.Paint(verdictColor(m.Verdict), "verdict: "+string(m.Verdict))
	c.printf("%s in %s over storage %s\n", verdict, m.duration(), m.Run.Storage)
}

func verdictColor(v Verdict) textfmt.Color {
	switch v {
	case Proven:
		return textfmt.Green
	case Partial:
		return textfmt.Yellow
	}
	return textfmt.Red
}

// mark returns the symbol and the name of an outcome in its colour.
func (c *console) mark(o Outcome) string {
	switch o {
	case Caught, Accepted:
		return c.painter.Paint(textfmt.Green, "✓ "+string(o))
	case NotRun:
		return c.painter.Paint(textfmt.Yellow, "- "+string(o))
	}
	return c.painter.Paint(textfmt.Red, "✗ "+string(o))
}
