package report

import (
	"fmt"
	"strings"
)

// Explain is everything that is known of one scenario that did not pass: the
// requirement, where it stands, want, got, diff, the events looked at, and the
// command that runs just this again.
func (r *Report) Explain(q Requirement, s Scenario) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s) %s: %s\n", q.ID, q.Level, s.Verdict, q.Title)
	fmt.Fprintf(&b, "  scenario   %s\n", s.Name)
	fmt.Fprintf(&b, "  at         features/%s:%d\n", q.Feature, s.Line)
	fmt.Fprintf(&b, "  situation  %s\n", s.Situation)
	if s.Reason != "" && !explained(s) {
		fmt.Fprintf(&b, "  reason     %s\n", indentContinuation(s.Reason, 13))
	}
	for _, step := range s.Steps {
		explainStep(&b, step)
	}
	if r.Run.Rerun != "" {
		fmt.Fprintf(&b, "  again      %s --only %s\n", r.Run.Rerun, q.ID)
	}
	return EscapeControl(strings.TrimRight(b.String(), "\n"))
}

// ExplainRequirement is what the report says of one requirement: when it was judged and over
// what, then each scenario, with all that is known of one that did not pass.
func (r *Report) ExplainRequirement(id string) string {
	var b strings.Builder
	t := r.Run.Target
	fmt.Fprintf(&b, "  run %s of %s, %s at %s: %s\n", r.Run.ID, formatTime(r.Run.Started), t.Kind, t.Endpoint, r.Verdict)
	for _, q := range r.Requirements {
		if q.ID != id {
			continue
		}
		for _, s := range q.Scenarios {
			fmt.Fprintf(&b, "  %s\n", indentContinuation(r.last(q, s), 2))
		}
		return EscapeControl(b.String())
	}
	b.WriteString("  it was not selected\n")
	return EscapeControl(b.String())
}

func (r *Report) last(q Requirement, s Scenario) string {
	switch s.Verdict {
	case Passed:
		return fmt.Sprintf("%s: %s", s.Verdict, s.Name)
	case NotApplicable, NotRun:
		return fmt.Sprintf("%s: %s: %s", s.Verdict, s.Name, s.Reason)
	}
	return r.Explain(q, s)
}

// explained says whether a step gives the reason already.
func explained(s Scenario) bool {
	for _, step := range s.Steps {
		if step.Summary != "" {
			return true
		}
	}
	return false
}

func explainStep(b *strings.Builder, s Step) {
	if s.Summary == "" {
		return
	}
	fmt.Fprintf(b, "  step       %s\n", s.Text)
	for _, line := range []struct{ name, text string }{{"want", s.Want}, {"got", s.Got}} {
		if line.text != "" {
			fmt.Fprintf(b, "  %-10s %s\n", line.name, indentContinuation(line.text, 13))
		}
	}
	if s.Summary != s.Got {
		fmt.Fprintf(b, "  because    %s\n", indentContinuation(s.Summary, 13))
	}
	if s.Diff != "" {
		fmt.Fprintf(b, "  diff\n    %s\n", indentContinuation(strings.TrimRight(s.Diff, "\n"), 4))
	}
	if len(s.Events) > 0 {
		b.WriteString("  evidence\n")
	}
	for _, e := range s.Events {
		head := fmt.Sprintf("    %6d ms #%d  ", e.AtMs, e.Seq)
		fmt.Fprintf(b, "%s%s\n", head, indentContinuation(e.Text, len(head)))
	}
}

// indentContinuation indents all lines but the first.
func indentContinuation(text string, by int) string {
	return strings.ReplaceAll(text, "\n", "\n"+strings.Repeat(" ", by))
}
