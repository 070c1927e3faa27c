package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/cvconform/cvconform/internal/textfmt"
)

// ConsoleOptions choose the form of [WriteConsole]. The zero value is the short form without
// colours.
type ConsoleOptions struct {
	// Color adds ANSI colours.
	Color bool
	// Verbose adds every requirement, the addresses of storage, readings and budgets, and explains each
	// scenario of a group instead of the first one.
	Verbose bool
	// Hint tells the reader how to get the details of a failure. "" means that the text has no hint.
	Hint string
}

// WriteConsole writes the report for a person at a terminal: the causes of the verdicts
// that need an explanation, the largest first; the subject of the run; the requirements by feature;
// warnings; and a summary with the ids that did not pass and the run verdict. It returns the error of
// w.
func WriteConsole(w io.Writer, r *Report, o ConsoleOptions) error {
	c := &console{painter: textfmt.Painter{Enabled: o.Color}, verbose: o.Verbose, hint: o.Hint}
	clusters := r.clusters()
	c.groups(r, clusters)
	c.subject(r)
	c.requirements(r)
	if c.verbose {
		c.readings(r)
		c.budgets(r)
	}
	c.warnings(r)
	c.summary(r, clusters)
	_, err := io.WriteString(w, c.b.String())
	return err
}

// lineWidth is the width of wrapped lists, in columns.
const lineWidth = 100

// A console builds the text of [WriteConsole].
type console struct {
	b       strings.Builder
	painter textfmt.Painter
	verbose bool
	hint    string
}

func (c *console) printf(format string, args ...any) { fmt.Fprintf(&c.b, format, args...) }

func (c *console) heading(text string) { c.printf("\n%s\n", c.painter.Paint(textfmt.Bold, text)) }

// table writes rows as aligned columns.
func (c *console) table(indent string, rows [][]string) {
	for _, line := range textfmt.Align(rows) {
		c.printf("%s%s\n", indent, line)
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
	rows = append(rows, []string{"storage", strings.TrimSpace(s.Kind + " " + s.Version)})
	if c.verbose {
		rows = append(rows,
			[]string{"", "blobs at " + s.BlobEndpoint + seenSuffix(s.SeenBlobEndpoint, s.BlobEndpoint)},
			[]string{"", "queues at " + s.QueueEndpoint + seenSuffix(s.SeenQueueEndpoint, s.QueueEndpoint)})
	}
	if r.Run.Visibility != (Visibility{}) {
		rows = append(rows, []string{"observer", r.Run.Visibility.String()})
	}
	rows = append(rows, []string{"profile", r.Run.Profile})
	if n := r.Run.Created; n != nil {
		rows = append(rows, []string{"created", fmt.Sprintf("%d projects, %d trainings, %d exports, %d images",
			n.Projects, n.Trainings, n.Exports, n.Images)})
	}
	c.printf("\n")
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

// maxListed is the number of requirements that the short form lists one by one.
const maxListed = 20

// requirements writes one line per requirement, under the name of its feature. The short form
// of a long list has one line per feature.
func (c *console) requirements(r *Report) {
	if !c.verbose && len(r.Requirements) > maxListed {
		c.features(r)
		c.unjudged(r)
		return
	}
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

// features writes the number of requirements with each verdict, one line per feature.
func (c *console) features(r *Report) {
	names, counts := r.countsByFeature()
	var rows [][]string
	for _, name := range names {
		rows = append(rows, []string{"features/" + name, countsText(counts[name])})
	}
	c.printf("\n")
	c.table("", rows)
}

// unjudged writes the requirements that are not-applicable or not-run, by reason.
func (c *console) unjudged(r *Report) {
	var reasons []string
	ids := map[string][]string{}
	for _, q := range r.Requirements {
		if q.Verdict != NotApplicable && q.Verdict != NotRun {
			continue
		}
		reason := fmt.Sprintf("%s, %s: ", q.Verdict, q.Reason)
		if ids[reason] == nil {
			reasons = append(reasons, reason)
		}
		ids[reason] = append(ids[reason], q.ID)
	}
	for _, reason := range reasons {
		c.printf("%s\n", textfmt.EscapeControl(textfmt.Wrap(reason+strings.Join(ids[reason], ", "), lineWidth)))
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
	if text := r.observationWindow(); text != "" {
		c.printf("\n  %s\n", text)
	}
}

// warnings writes the warnings that the explanations do not contain, and the problems
// of the controls.
func (c *console) warnings(r *Report) {
	for _, w := range r.ownWarnings() {
		c.printf("\n%s", textfmt.EscapeControl(textfmt.HangingIndent("warning: ", w)))
	}
	for _, p := range r.Controls.Problems {
		c.printf("\n%s", textfmt.EscapeControl(textfmt.HangingIndent("control: ", p)))
	}
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
