package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// WriteConsole writes the report for a person: how many musts were judged, the
// requirements by feature, everything that is known of what did not hold, then
// what was seen beside the requirements, and the verdict.
func WriteConsole(w io.Writer, r *Report, color bool) error {
	c := &console{color: color}
	c.head(r)
	c.requirements(r)
	c.explanations(r)
	c.observations(r)
	c.latencies(r)
	c.verdict(r)
	_, err := io.WriteString(w, c.b.String())
	return err
}

type console struct {
	b     strings.Builder
	color bool
}

func (c *console) printf(format string, args ...any) { fmt.Fprintf(&c.b, format, args...) }

func (c *console) head(r *Report) {
	judged, all, rest := r.MustCounts()
	c.printf("\n%d of %d musts judged", judged, all)
	if len(rest) > 0 {
		c.printf("; not judged: %s", strings.Join(rest, ", "))
	}
	c.printf("\n")
	if n := len(r.Run.Selection.Deselected); n > 0 {
		c.printf("deselected: %s\n", strings.Join(r.Run.Selection.Deselected, ", "))
	}
	t, s := r.Run.Target, r.Run.Storage
	c.printf("target   %s at %s%s, API %s", t.Kind, t.Endpoint, seenSuffix(t.SeenEndpoint, t.Endpoint), t.APIVersion)
	if t.Domain != "" {
		c.printf(", domain %s", EscapeControl(t.Domain))
	}
	if t.CertificateNotVerified {
		c.printf(",\n         %s", c.paint(Failed, "ITS CERTIFICATE WAS NOT VERIFIED"))
	}
	c.printf(
		"\nstorage  %s, blobs at %s%s,\n         queues at %s%s\n",
		strings.TrimSpace(s.Kind+" "+s.Version),
		s.BlobEndpoint,
		seenSuffix(s.SeenBlobEndpoint, s.BlobEndpoint),
		s.QueueEndpoint,
		seenSuffix(s.SeenQueueEndpoint, s.QueueEndpoint),
	)
	if r.Run.Visibility != (Visibility{}) {
		c.printf("observer %s\n", r.Run.Visibility)
	}
	c.printf("profile  %s\n", r.Run.Profile)
	if m := r.Run.Created; m != nil {
		c.printf("created  %d projects, %d trainings, %d exports, %d images\n", m.Projects, m.Trainings, m.Exports, m.Images)
	}
}

// seenSuffix adds the address as the service sees it, where that is another.
func seenSuffix(seen, own string) string {
	if seen == "" || seen == own {
		return ""
	}
	return " (for the service " + seen + ")"
}

func (c *console) requirements(r *Report) {
	feature := ""
	for _, q := range r.Requirements {
		if q.Feature != feature {
			feature = q.Feature
			c.printf("\n%s\n", c.bold("features/"+feature))
		}
		c.printf(
			"  %s %-16s %-6s %s\n",
			c.paint(q.Verdict, verdictSymbol(q.Verdict)+" "+fmt.Sprintf("%-16s", q.Verdict)),
			q.ID,
			q.Level,
			q.Title,
		)
		if q.Reason != "" && (q.Verdict == NotApplicable || q.Verdict == NotRun || q.Verdict == Observed) {
			c.printf("      %s\n", EscapeControl(indentContinuation(q.Reason, 6)))
		}
	}
}

// explanations shows every scenario that did not hold, in full.
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

func (c *console) observations(r *Report) {
	c.printf("\n%s\n", c.bold("Readings in force, and what was seen"))
	for _, n := range r.readingNames() {
		reading := r.Run.Readings[n]
		if reading == "" {
			reading = "-"
		}
		c.printf("  %-28s %-12s %s\n", n, reading, EscapeControl(strings.Join(r.Run.Observed[n], "; ")))
	}
}

// latencies shows the longest wait of each budget against the budget.
func (c *console) latencies(r *Report) {
	c.printf("\n%s\n", c.bold("Budgets, and the longest that was needed"))
	for _, n := range r.budgetNames() {
		c.printf("  %-28s %-12s %s\n", n, r.Run.Budgets[n], r.maxLatencies(n))
	}
}

func (c *console) verdict(r *Report) {
	explained := r.OpenRequirements()
	for _, w := range r.Warnings {
		if slices.Contains(explained, w) {
			continue
		}
		c.printf("\nwarning: %s", EscapeControl(indentContinuation(w, 9)))
	}
	for _, p := range r.Controls.Problems {
		c.printf("\ncontrol: %s", EscapeControl(indentContinuation(p, 9)))
	}
	c.printf("\n%d requirements: %s\n", len(r.Requirements), r.countsText())
	if !r.Run.Complete {
		c.printf("The run was interrupted; what is not run has no verdict.\n")
	}
	c.printf(
		"%s in %s\n",
		c.paint(runVerdict(r.Verdict), "verdict: "+string(r.Verdict)),
		r.Run.Finished.Sub(r.Run.Started).Round(10*time.Millisecond),
	)
}

// runVerdict is the verdict whose colour the run's verdict takes.
func runVerdict(v RunVerdict) Verdict {
	switch v {
	case Conformant:
		return Passed
	case ConformantWithWarnings, Partial:
		return Warned
	case RunInconclusive:
		return Inconclusive
	}
	return Failed
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

func (c *console) bold(s string) string {
	if !c.color {
		return s
	}
	return "\x1b[1m" + s + "\x1b[0m"
}

func (c *console) paint(v Verdict, s string) string {
	codes := map[Verdict]string{
		Passed:         "32",
		Failed:         "31",
		HarnessError:   "31",
		UnexpectedPass: "31",
		Warned:         "33",
		Inconclusive:   "33",
	}
	if code := codes[v]; c.color && code != "" {
		return "\x1b[" + code + "m" + s + "\x1b[0m"
	}
	return s
}
