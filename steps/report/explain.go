package report

import (
	"fmt"
	"strings"

	"github.com/cvconform/cvconform/internal/textfmt"
)

// Explain returns, as lines of text, the explanation of a scenario s of q that did not
// pass: its place in the features, the reason, the expected and the observed value, the
// recorded events, and the command that repeats the run for q alone.
func (r *Report) Explain(q Requirement, s Scenario) string {
	var e explanation
	e.printf("%s (%s) %s: %s\n", q.ID, q.Level, s.Verdict, q.Title)
	e.line("scenario", s.Name)
	e.line("at", fmt.Sprintf("features/%s:%d", q.Feature, s.Line))
	e.line("situation", s.Situation)
	if s.Reason != "" && !hasSummary(s) {
		e.line("reason", s.Reason)
	}
	for _, step := range s.Steps {
		e.step(step)
	}
	if r.Run.Rerun != "" {
		e.line("rerun", r.rerun(q.ID))
	}
	return textfmt.EscapeControl(strings.TrimRight(e.b.String(), "\n"))
}

// rerun returns the command that repeats the run for these requirements. A command of go
// test selects them by the names of their subtests.
func (r *Report) rerun(ids ...string) string {
	before, after, found := strings.Cut(r.Run.Rerun, "$'")
	if found && strings.HasPrefix(before, "go test ") {
		pattern := strings.Join(ids, "|")
		if len(ids) > 1 {
			pattern = "(" + pattern + ")"
		}
		return before + "$/^" + pattern + "$'" + after
	}
	return r.Run.Rerun + " --only " + strings.Join(ids, ",")
}

// ExplainRequirement returns, as lines of text, the run that the report describes and
// the outcome of each scenario of the requirement with that id.
func (r *Report) ExplainRequirement(id string) string {
	var e explanation
	if r.Error != nil {
		return textfmt.HangingIndent("  ", r.Error.String()) + "\n"
	}
	t := r.Run.Target
	e.printf("  run %s of %s, %s at %s: %s\n", r.Run.ID, formatTime(r.Run.Started), t.Kind, t.Endpoint, r.Verdict)
	selected := false
	for _, q := range r.Requirements {
		if q.ID != id {
			continue
		}
		selected = true
		for _, s := range q.Scenarios {
			e.printf("%s\n", textfmt.HangingIndent("  ", r.scenarioText(q, s)))
		}
	}
	if !selected {
		e.printf("  not selected in this run\n")
	}
	return textfmt.EscapeControl(e.b.String())
}

func (r *Report) scenarioText(q Requirement, s Scenario) string {
	switch s.Verdict {
	case Passed:
		return fmt.Sprintf("%s: %s", s.Verdict, s.Name)
	case NotApplicable, NotRun:
		return fmt.Sprintf("%s: %s: %s", s.Verdict, s.Name, s.Reason)
	}
	return r.Explain(q, s)
}

// hasSummary reports whether a step of s explains the verdict.
func hasSummary(s Scenario) bool {
	for _, step := range s.Steps {
		if step.Summary != "" {
			return true
		}
	}
	return false
}

// An explanation builds the text of [Report.Explain].
type explanation struct{ b strings.Builder }

func (e *explanation) printf(format string, args ...any) { fmt.Fprintf(&e.b, format, args...) }

// line writes a labelled text. Its continuation lines are indented like its first.
func (e *explanation) line(label, text string) {
	e.printf("%s\n", textfmt.HangingIndent(fmt.Sprintf("  %-10s ", label), text))
}

// step writes a step that has a summary.
func (e *explanation) step(s Step) {
	if s.Summary == "" {
		return
	}
	e.line("step", s.Text)
	if s.Want != "" {
		e.line("want", s.Want)
	}
	if s.Got != "" {
		e.line("got", s.Got)
	}
	if s.Summary != s.Got {
		e.line("because", s.Summary)
	}
	if s.Diff != "" {
		e.printf("  diff\n%s\n", textfmt.HangingIndent("    ", strings.TrimRight(s.Diff, "\n")))
	}
	if len(s.Events) > 0 {
		e.printf("  evidence\n")
	}
	for _, event := range s.Events {
		head := fmt.Sprintf("    %6d ms #%d  ", event.AtMs, event.Seq)
		e.printf("%s\n", textfmt.HangingIndent(head, event.Text))
	}
}
