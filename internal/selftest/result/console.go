package result

import (
	"fmt"
	"io"
	"strings"

	"github.com/cvconform/cvconform/steps/report"
)

// WriteConsole writes the matrix for a person: every defect with the requirements
// that caught it, everything that is known of those that were not caught as they
// have to be, every requirement with the defects that prove it, and whether the
// suite is proven. The error is that of w.
func WriteConsole(w io.Writer, m *Matrix, color bool) error {
	c := &console{color: color}
	c.defects(m)
	c.liberties(m)
	c.explanations(m)
	c.requirements(m)
	c.verdict(m)
	_, err := io.WriteString(w, c.b.String())
	return err
}

type console struct {
	b     strings.Builder
	color bool
}

func (c *console) printf(format string, args ...any) { fmt.Fprintf(&c.b, format, args...) }

func (c *console) defects(m *Matrix) {
	feature := ""
	for _, d := range m.Defects {
		if d.Feature != feature {
			feature = d.Feature
			c.printf("\n%s\n", c.paint("1", "features/"+feature))
		}
		c.printf("  %s %-34s %s%s\n", c.mark(d.Outcome), d.Name, strings.Join(caught(d), " "), collateral(d))
	}
}

// caught lists the requirements that have to catch a defect, in short.
func caught(d Defect) []string {
	var out []string
	for _, c := range d.Catches {
		text := defectID(c.Requirement)
		if c.Outcome != Caught {
			text += "(" + string(c.Outcome) + ")"
		}
		out = append(out, text)
	}
	return out
}

// shown is how many of the collateral are shown: what breaks everything would
// fill the line.
const shown = 6

// collateral lists the others that did not hold, in short.
func collateral(d Defect) string {
	if len(d.Collateral) == 0 {
		return ""
	}
	text := "  collateral:"
	for _, r := range d.Collateral[:min(shown, len(d.Collateral))] {
		text += " " + defectID(r.Requirement)
	}
	if more := len(d.Collateral) - shown; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// defectID is an id without the beginning that all have in common.
func defectID(id string) string { return strings.TrimPrefix(id, "CVSI-") }

func (c *console) liberties(m *Matrix) {
	if len(m.Variations) > 0 {
		c.printf("\n%s\n", c.paint("1", "Variations, to which no requirement may object"))
	}
	for _, l := range m.Variations {
		var ids []string
		for _, r := range l.FlaggedBy {
			ids = append(ids, defectID(r.Requirement))
		}
		c.printf(
			"  %s\n",
			strings.TrimRight(fmt.Sprintf("%s %-34s %s", c.mark(l.Outcome), l.Name, strings.Join(ids, " ")), " "),
		)
	}
}

// explanations shows in full what is not as it has to be.
func (c *console) explanations(m *Matrix) {
	for _, d := range m.Defects {
		if d.Outcome == Caught || d.Outcome == NotRun {
			continue
		}
		c.head(d.Name, d.Outcome, d.Description)
		if d.Error != "" {
			c.printf("  error  %s\n", printable(d.Error))
		}
		for _, one := range d.Catches {
			if one.Outcome == Missed || one.Outcome == WrongReason {
				c.printf("  %s has to give the reason %q\n", one.Requirement, one.ReasonContains)
				c.printf("         it is %s%s\n", one.Verdict, reasonText(one.Reason))
			}
		}
		c.printf("  again  cvconform selftest --defect %s\n", d.Name)
	}
	for _, l := range m.Variations {
		if l.Outcome != Flagged && l.Outcome != HarnessError {
			continue
		}
		c.head(l.Name, l.Outcome, l.Description)
		if l.Error != "" {
			c.printf("  error  %s\n", printable(l.Error))
		}
		for _, r := range l.FlaggedBy {
			c.printf("  %s is %s%s\n", r.Requirement, r.Verdict, reasonText(r.Reason))
		}
		c.printf("  again  cvconform selftest --defect %s\n", l.Name)
	}
}

func (c *console) head(name string, o Outcome, sentence string) {
	c.printf("\n%s\n%s %s: %s\n", c.paint("31", strings.Repeat("─", 72)), name, o, sentence)
}

func reasonText(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + printable(reason)
}

// printable is what somebody else wrote, fit for the terminal.
func printable(text string) string {
	return report.EscapeControl(strings.ReplaceAll(text, "\n", "\n         "))
}

func (c *console) requirements(m *Matrix) {
	c.printf("\n%s\n", c.paint("1", "Requirements, and the defects that prove them"))
	for _, q := range m.Requirements {
		if len(q.ProvenBy) == 0 && !m.coversEverything() {
			continue
		}
		line := fmt.Sprintf("  %-16s %-6s %3d  %s", q.ID, q.Level, len(q.ProvenBy), strings.Join(q.ProvenBy, ", "))
		c.printf("%s\n", strings.TrimRight(line, " "))
		for _, s := range q.Steps {
			if m.coversEverything() && len(s.ProvenBy) == 0 {
				c.printf("      %s\n", c.paint("31", fmt.Sprintf("line %d is not proven: %s", s.Line, s.Text)))
			}
		}
	}
}

func (c *console) verdict(m *Matrix) {
	for i, p := range m.Problems {
		if i == 0 {
			c.printf("\n%s\n", c.paint("1", "Problems"))
		}
		c.printf("  %s\n", printable(p))
	}
	c.printf("\n%d defects: %s", len(m.Defects), m.countsText())
	if n := len(m.Variations); n > 0 {
		c.printf("; %d of %d variations accepted", m.acceptedText(), n)
	}
	c.printf("\n%s proven\n", m.proofText())
	c.printf("%s\n", m.scopeText())
	if !m.Run.Complete {
		c.printf("The self-test was interrupted; what is not run has no outcome.\n")
	}
	code := map[Verdict]string{Proven: "32", Partial: "33"}[m.Verdict]
	if code == "" {
		code = "31"
	}
	c.printf("%s in %s over storage %s\n", c.paint(code, "verdict: "+string(m.Verdict)), m.took(), m.Run.Storage)
}

func (c *console) mark(o Outcome) string {
	sign, code := "✗", "31"
	switch o {
	case Caught, Accepted:
		sign, code = "✓", "32"
	case NotRun:
		sign, code = "-", "33"
	}
	return c.paint(code, fmt.Sprintf("%s %-14s", sign, o))
}

// paint colours text by an SGR code, where colours are taken.
func (c *console) paint(code, text string) string {
	if !c.color {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}
