package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/cvconform/cvconform/internal/textfmt"
)

// WriteConsole writes the report for a person at a terminal: how many musts were
// judged, the subject of the run, the requirements by feature, an explanation of each
// scenario that did not pass, readings and budgets, warnings, and the run verdict. If
// color is true it uses ANSI colours. It returns the error of w.
func WriteConsole(w io.Writer, r *Report, color bool) error {
	c := &console{painter: textfmt.Painter{Enabled: color}}
	c.summary(r)
	c.subject(r)
	c.requirements(r)
	c.explanations(r)
	c.readings(r)
	c.budgets(r)
	c.warnings(r)
	c.verdict(r)
	_, err := io.WriteString(w, c.b.String())
	return err
}

// lineWidth is the width of wrapped lists, in columns.
const lineWidth = 100

// A console builds the text of [WriteConsole].
type console struct {
	b       strings.Builder
	painter textfmt.Painter
}

func (c *console) printf(format string, args ...any) { fmt.Fprintf(&c.b, format, args...) }

func (c *console) heading(text string) { c.printf("\n%s\n", c.painter.Paint(textfmt.Bold, text)) }

// table writes rows as aligned columns.
func (c *console) table(indent string, rows [][]string) {
	for _, line := range textfmt.Align(rows) {
		c.printf("%s%s\n", indent, line)
	}
}

func (c *console) summary(r *Report) {
	judged, all, rest := r.MustCounts()
	c.printf("\n%d of %d musts judged", judged, all)
	if len(rest) > 0 {
		c.printf("; not judged: %s", strings.Join(rest, ", "))
	}
	c.printf("\n")
	if ids := r.Run.Selection.Deselected; len(ids) > 0 {
		c.printf("%s\n", textfmt.HangingIndent("deselected: ", textfmt.Wrap(strings.Join(ids, ", "), lineWidth)))
	}
}

func (c *console) subject(r *Report) {
	t, s := r.Run.Target, r.Run.Storage
	target := fmt.Sprintf("%s at %s%s, API %s", t.Kind, t.Endpoint, seenSuffix(t.SeenEndpoint, t.Endpoint), t.APIVersion)
	if t.Domain != "" {
		target += ", domain " + textfmt.EscapeControl(t.Domain)
	}
	rows := [][]string{{"target", target}}
	if t.CertificateNotVerified {
		rows = append(rows, []string{"", c.paint(Failed, "ITS CERTIFICATE WAS NOT VERIFIED")})
	}
	rows = append(rows,
		[]string{"storage", strings.TrimSpace(s.Kind + " " + s.Version)},
		[]string{"", "blobs at " + s.BlobEndpoint + seenSuffix(s.SeenBlobEndpoint, s.BlobEndpoint)},
		[]string{"", "queues at " + s.QueueEndpoint + seenSuffix(s.SeenQueueEndpoint, s.QueueEndpoint)})
	if r.Run.Visibility != (Visibility{}) {
		rows = append(rows, []string{"observer", r.Run.Visibility.String()})
	}
	rows = append(rows, []string{"profile", r.Run.Profile})
	if n := r.Run.Created; n != nil {
		rows = append(rows, []string{"created", fmt.Sprintf("%d projects, %d trainings, %d exports, %d images",
			n.Projects, n.Trainings, n.Exports, n.Images)})
	}
	c.table("", rows)
}

// seenSuffix returns the address that the service uses, in parentheses, or "" if it
// is the harness's own.
func seenSuffix(seen, own string) string {
	if seen == "" || seen == own {
		return ""
	}
	return " (for the service " + seen + ")"
}

// requirements writes one line per requirement, under the name of its feature. The
// reason follows for verdicts that are not explained elsewhere.
func (c *console) requirements(r *Report) {
	var rows [][]string
	for _, q := range r.Requirements {
		verdict := c.paint(q.Verdict, verdictSymbol(q.Verdict)+" "+string(q.Verdict))
		rows = append(rows, []string{verdict, q.ID, q.Level, q.Title})
	}
	feature := ""
	for i, line := range textfmt.Align(rows) {
		q := r.Requirements[i]
		if q.Feature != feature {
			feature = q.Feature
			c.heading("features/" + feature)
		}
		c.printf("  %s\n", line)
		if q.Reason != "" && (q.Verdict == NotApplicable || q.Verdict == NotRun || q.Verdict == Observed) {
			c.printf("%s\n", textfmt.EscapeControl(textfmt.HangingIndent("      ", q.Reason)))
		}
	}
}

// explanations explains every scenario whose verdict a reader may act on.
func (c *console) explanations(r *Report) {
	for _, q := range r.Requirements {
		for _, s := range q.Scenarios {
			switch s.Verdict {
			case Failed, Warned, Inconclusive, HarnessError, UnexpectedPass, ExpectedFailure:
				c.printf("\n%s\n", c.paint(s.Verdict, strings.Repeat("─", 72)))
				c.printf("%s\n", r.Explain(q, s))
			}
		}
	}
}

func (c *console) readings(r *Report) {
	c.heading("Readings: the value in force, and the values observed")
	var rows [][]string
	for _, name := range r.readingNames() {
		value := r.Run.Readings[name]
		if value == "" {
			value = "-"
		}
		rows = append(rows, []string{name, value, textfmt.EscapeControl(strings.Join(r.Run.Observed[name], "; "))})
	}
	c.table("  ", rows)
}

func (c *console) budgets(r *Report) {
	c.heading("Budgets: the limit, and the longest wait")
	var rows [][]string
	for _, name := range r.budgetNames() {
		rows = append(rows, []string{name, r.Run.Budgets[name], r.maxLatency(name)})
	}
	c.table("  ", rows)
}

// warnings writes the warnings that the explanations do not contain, and the problems
// of the controls.
func (c *console) warnings(r *Report) {
	explained := r.WarnedOrInconclusive()
	for _, w := range r.Warnings {
		if !slices.Contains(explained, w) {
			c.printf("\n%s", textfmt.EscapeControl(textfmt.HangingIndent("warning: ", w)))
		}
	}
	for _, p := range r.Controls.Problems {
		c.printf("\n%s", textfmt.EscapeControl(textfmt.HangingIndent("control: ", p)))
	}
}

func (c *console) verdict(r *Report) {
	c.printf("\n%d requirements: %s\n", len(r.Requirements), r.countsText())
	if !r.Run.Complete {
		c.printf("The run was interrupted. Requirements that are not-run were not judged.\n")
	}
	took := r.Run.Finished.Sub(r.Run.Started).Round(10 * time.Millisecond)
	c.printf("%s in %s\n", c.painter.Paint(runColor(r.Verdict), "verdict: "+string(r.Verdict)), took)
}

func (c *console) paint(v Verdict, text string) string { return c.painter.Paint(verdictColor(v), text) }

func runColor(v RunVerdict) textfmt.Color {
	switch v {
	case Conformant:
		return textfmt.Green
	case ConformantWithWarnings, Partial, RunInconclusive:
		return textfmt.Yellow
	}
	return textfmt.Red
}

func verdictColor(v Verdict) textfmt.Color {
	switch v {
	case Passed:
		return textfmt.Green
	case Failed, HarnessError, UnexpectedPass:
		return textfmt.Red
	case Warned, Inconclusive:
		return textfmt.Yellow
	}
	return textfmt.Default
}

func verdictSymbol(v Verdict) string {
	switch v {
	case Passed:
		return "✓"
	case Failed, HarnessError, UnexpectedPass:
		return "✗"
	case Warned:
		return "!"
	case Inconclusive:
		return "?"
	case Observed:
		return "·"
	}
	return "-"
}
