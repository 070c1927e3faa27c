// Package check holds the judgements: values with a name and a pure function
// from a [Case] (the evidence of one situation, and the settings of the run) to
// a [Problem]. It touches no network and no clock, and it knows nothing of
// Gherkin. A check that finds its precondition missing says so; it never passes
// because there was nothing to look at.
package check

import (
	"fmt"
	"time"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/reading"
	"github.com/cvconform/cvconform/steps/report"
)

// Kind says what a problem means for the verdict.
type Kind string

// The kinds of problems.
const (
	Failed       Kind = "failed"       // the evidence contradicts the requirement
	Blocked      Kind = "blocked"      // a precondition is missing: a failure, with the reason
	Inconclusive Kind = "inconclusive" // the evidence does not decide
	Broken       Kind = "broken"       // the harness is at fault
)

// A Problem says what is wrong, what was wanted, what was there instead, and
// which events show it.
type Problem struct {
	Kind    Kind
	Summary string // one sentence
	Want    string
	Got     string
	Diff    string // unified, where a diff says more
	Events  []int  // Seq of the events looked at
}

// Error is the summary.
func (p *Problem) Error() string { return p.Summary }

// A Check is one judgement.
type Check struct {
	Name string
	// Answer says that the check judges the answer to the last act itself, so
	// that it applies where that act was refused.
	Answer bool
	Judge  func(*Case) *Problem
}

// A Case is what a judgement looks at.
type Case struct {
	Situation       situation.Situation
	Events          []evidence.Event // of the whole lineage, in order
	Started         time.Time        // the instant to which the events' offsets refer
	Readings        reading.Set
	Budgets         budget.Set
	Visibility      report.Visibility
	HasContainers   bool // the run has blob containers; without them no blob can be missed
	GatewayBypassed bool // the service reaches its storage around the gateway: see [WentAround]
	Replayed        bool // the service is a recording: what that does not know says nothing of the service
	// Recorded limits the results of a replay of a polled recording; nil means no limit.
	Recorded RecordedResults
}

// Judge applies a check to a case, after making sure that the situation came
// about: an act that was blocked before is a failure with its reason, one that
// was not over within its budget is inconclusive, and so is one that a recording
// does not know, or does not settle.
func Judge(c *Case, k Check) *Problem {
	return c.limitToRecording(k, c.judge(k))
}

func (c *Case) judge(k Check) *Problem {
	keys := c.Situation.Nodes()
	for i, key := range keys {
		if p := c.notRecorded(key); p != nil {
			return p
		}
		if k.Answer && i == len(keys)-1 {
			break
		}
		if p := c.actProblem(key); p != nil {
			return p
		}
	}
	return k.Judge(c)
}

// actProblem says what keeps an act from being a precondition.
func (c *Case) actProblem(key string) *Problem {
	for _, e := range c.Events {
		if e.Kind != evidence.KindAct || e.Act != key || e.ActBoundary.Phase != "ended" {
			continue
		}
		return c.actMarkProblem(e)
	}
	return &Problem{Kind: Broken, Summary: fmt.Sprintf("the act %q was never performed", key)}
}

func (c *Case) actMarkProblem(e evidence.Event) *Problem {
	switch m := e.ActBoundary; {
	case m.Blocked != "":
		return &Problem{
			Kind:    Blocked,
			Summary: "blocked: " + m.Blocked,
			Want:    "to " + m.Title,
			Got:     m.Blocked,
			Events:  c.failedCalls(e.Act),
		}
	case m.Inconclusive != "":
		return &Problem{
			Kind:    Inconclusive,
			Summary: m.Inconclusive,
			Want:    "to " + m.Title,
			Got:     m.Inconclusive,
			Events:  c.lastCalls(e.Act),
		}
	}
	return nil
}

// failedCalls are the calls of the act that did not answer with success.
func (c *Case) failedCalls(act string) []int {
	var seqs []int
	for _, e := range c.eventsIn(act, evidence.KindExchange) {
		if e.Exchange.Status < 200 || e.Exchange.Status > 299 {
			seqs = append(seqs, e.Seq)
		}
	}
	if len(seqs) == 0 {
		return c.lastCalls(act)
	}
	return tail(seqs, 3)
}

func (c *Case) lastCalls(act string) []int {
	var seqs []int
	for _, e := range c.eventsIn(act, evidence.KindExchange) {
		seqs = append(seqs, e.Seq)
	}
	return tail(seqs, 2)
}

func tail(seqs []int, n int) []int {
	return seqs[max(0, len(seqs)-n):]
}

func fail(want, got string, events ...evidence.Event) *Problem {
	return &Problem{Kind: Failed, Summary: got, Want: want, Got: got, Events: eventNumbers(events)}
}

func eventNumbers(events []evidence.Event) []int {
	var out []int
	for _, e := range events {
		if e.Seq > 0 {
			out = append(out, e.Seq)
		}
	}
	return out
}

// first returns the first problem.
func first(problems ...*Problem) *Problem {
	for _, p := range problems {
		if p != nil {
			return p
		}
	}
	return nil
}
