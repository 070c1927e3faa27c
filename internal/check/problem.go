package check

import "github.com/cvconform/cvconform/internal/evidence"

// Kind is the effect of a problem on the verdict.
type Kind string

// The kinds of problems.
const (
	Failed       Kind = "failed"       // the evidence contradicts the requirement
	Blocked      Kind = "blocked"      // a precondition is missing; it counts as a failure
	Inconclusive Kind = "inconclusive" // the evidence does not decide
	Broken       Kind = "broken"       // the harness is at fault
)

// A Problem describes why a check did not pass.
type Problem struct {
	Kind    Kind
	Summary string // one sentence
	Want    string
	Got     string
	Diff    string // of two documents, unified; "" for anything else
	Events  []int  // Seq of the events that show it

	missing bool // an effect that may still come is missing
}

// Error returns the summary.
func (p *Problem) Error() string { return p.Summary }

// fail returns the problem of a requirement that the events contradict.
func fail(want, got string, events ...evidence.Event) *Problem {
	return &Problem{Kind: Failed, Summary: got, Want: want, Got: got, Events: eventNumbers(events)}
}

// failMissing returns the problem of an effect that is missing.
func failMissing(want, got string, events ...evidence.Event) *Problem {
	p := fail(want, got, events...)
	p.missing = true
	return p
}

// judgesUnfinished marks a check: see [Check.JudgesUnfinished].
func judgesUnfinished(k Check) Check {
	k.JudgesUnfinished = true
	return k
}

// inconclusive returns the problem of a requirement that the events do not decide.
func inconclusive(want, got string, events ...evidence.Event) *Problem {
	p := fail(want, got, events...)
	p.Kind = Inconclusive
	return p
}

// broken returns the problem of evidence that the harness should have recorded.
func broken(summary string) *Problem { return &Problem{Kind: Broken, Summary: summary} }

func eventNumbers(events []evidence.Event) []int {
	var out []int
	for _, e := range events {
		if e.Seq > 0 {
			out = append(out, e.Seq)
		}
	}
	return out
}

// first returns the first problem that is not nil.
func first(problems ...*Problem) *Problem {
	for _, p := range problems {
		if p != nil {
			return p
		}
	}
	return nil
}

// best returns nil if one of the problems is nil; else the first inconclusive one; without one, the first one.
func best(problems []*Problem) *Problem {
	var found *Problem
	for _, p := range problems {
		switch {
		case p == nil:
			return nil
		case found == nil, p.Kind == Inconclusive && found.Kind != Inconclusive:
			found = p
		}
	}
	return found
}

// worst returns the first failure; without one, the first problem that is not nil.
func worst(problems []*Problem) *Problem {
	for _, p := range problems {
		if p != nil && p.Kind == Failed {
			return p
		}
	}
	return first(problems...)
}
