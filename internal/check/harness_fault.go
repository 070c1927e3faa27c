package check

import (
	"slices"
	"strings"
	"time"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
)

// exhaustions returns the errors of an operating system that has no more resources for the harness, and what helps.
func exhaustions() [][2]string {
	return [][2]string{
		{"too many open files", "raise the limit of open files (ulimit -n), or run fewer situations at a time"},
		{"no space left on device", "free some space for temporary files and evidence"},
	}
}

// excuseHarnessFault returns p, unless it is a failure that the harness may have caused: it had no more resources, or
// it was stopped.
func excuseHarnessFault(c *Case, p *Problem) *Problem {
	if p == nil || p.Kind != Failed && p.Kind != Blocked {
		return p
	}
	out := *p
	for _, e := range c.Events {
		for _, exhausted := range exhaustions() {
			if strings.Contains(localError(e), exhausted[0]) {
				out.Kind, out.Summary = Broken, "the harness got the error "+exhausted[0]+": "+exhausted[1]
				out.Events = append(eventNumbers([]evidence.Event{e}), p.Events...)
				return &out
			}
		}
	}
	for _, e := range c.ownEvents(evidence.KindPause) {
		if e.Pause.Elapsed >= shortestBudget(c) && isOpenDuring(c, p, e) {
			out.Kind = Inconclusive
			out.Summary = "the harness was stopped for " + seconds(e.Pause.Elapsed.Round(100*time.Millisecond)) +
				", longer than a budget; repeat the run"
			out.Events = append(eventNumbers([]evidence.Event{e}), p.Events...)
			return &out
		}
	}
	return p
}

// localError returns the error of the harness in a call, a download, or an operation that the gateway forwarded.
func localError(e evidence.Event) string {
	switch e.Kind {
	case evidence.KindExchange:
		return e.Exchange.Error
	case evidence.KindDownload:
		return e.Download.Error
	case evidence.KindOperation:
		return e.Operation.Error
	}
	return ""
}

// shortestBudget returns the shortest budget for an effect.
func shortestBudget(c *Case) time.Duration {
	shortest := time.Duration(0)
	for name, limit := range c.Budgets {
		if name != budget.Absence && name != budget.StatusLag && (shortest == 0 || limit < shortest) {
			shortest = limit
		}
	}
	return shortest
}

// isOpenDuring reports whether a failure may be due to a pause: an effect is missing, an act is blocked, a call has no
// response, or the pause lies between the events that show the failure.
func isOpenDuring(c *Case, p *Problem, pause evidence.Event) bool {
	if p.missing || p.Kind == Blocked {
		return true
	}
	before, after := false, false
	for _, e := range c.Events {
		if !slices.Contains(p.Events, e.Seq) || e.Act == situation.End && e.Kind != evidence.KindOperation {
			continue
		}
		if e.Kind == evidence.KindExchange && e.Exchange.Status == 0 {
			return true
		}
		before = before || e.At < pause.At-pause.Pause.Elapsed
		after = after || e.At >= pause.At-pause.Pause.Elapsed
	}
	return before && after
}
