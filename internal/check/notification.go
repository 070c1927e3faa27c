package check

import (
	"fmt"
	"time"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/situation"
	"github.com/cvconform/cvconform/internal/training"
)

// NamesIteration: the message of that type names the project and the iteration
// that TrainProject returned.
func NamesIteration(kind string) Check {
	return Check{Name: kind + "-names-iteration", Judge: func(c *Case) *Problem {
		p, problem := c.only()
		if problem != nil {
			return problem
		}
		if problem := c.holds(kind, p); problem != nil {
			return problem
		}
		for _, m := range c.relevantTo(kind, p) {
			if problem := first(c.sameGUID(m, "projectId", p.id), c.sameGUID(m, "iterationId", c.trained(p))); problem != nil {
				return problem
			}
		}
		return nil
	}}
}

// Says: the message of that type has that value in its status member
// (trainingStatus, exportStatus).
func Says(kind, want string) Check {
	return Check{Name: kind + "-says-" + want, Judge: func(c *Case) *Problem {
		p, problem := c.only()
		if problem != nil {
			return problem
		}
		if problem := c.holds(kind, p); problem != nil {
			return problem
		}
		name := map[string]string{Training: "trainingStatus", Export: "exportStatus"}[kind]
		for _, m := range c.relevantTo(kind, p) {
			if got := m.text("Content", name); got != want {
				return fail(fmt.Sprintf("Content.%s = %q", name, want), fmt.Sprintf("Content.%s = %q", name, got), m.event)
			}
		}
		return nil
	}}
}

// NotBeforeAnswer: the message was not stored before TrainProject or
// ExportIteration had answered. The gateway keeps a message back while the call
// is unanswered, so a message that comes first was waited for by the service. A
// listing has to have looked in vain after the answer, or with success so long
// before (budget status-lag) that the answer was not on its way.
func NotBeforeAnswer(kind string) Check {
	return Check{Name: kind + "-not-before-answer", Judge: func(c *Case) *Problem {
		found, problem := c.stampedMessages(kind)
		if problem != nil {
			return problem
		}
		call := callOf(kind)
		for _, e := range c.calls(c.last(), call) {
			for _, m := range found {
				want := "the message is stored after " + call + " has answered"
				switch op := m.stored.Operation; {
				case op.Inferred != "" && op.Ended.Before(e.Exchange.Ended) && e.Exchange.Ended.Sub(op.Ended) <= c.Budgets[budget.StatusLag]:
					return undecided(want, "nobody could see which came first: the answer may have been on its way when a look showed the message", m.stored, e)
				case op.Ended.Before(e.Exchange.Ended):
					return fail(want, fmt.Sprintf("it was stored %s before the answer", e.Exchange.Ended.Sub(op.Ended).Round(time.Millisecond)), m.stored, e)
				case op.Inferred != "" && op.Began.Before(e.Exchange.Ended):
					return undecided(want, "nobody could see which came first: no look at the queue came between the two", m.stored, e)
				}
			}
		}
		return nil
	}}
}

// callOf is the call that a message of that type tells the end of.
func callOf(kind string) string {
	return map[string]string{Training: "TrainProject", Export: "ExportIteration"}[kind]
}

// stampedMessages lists the relevant messages, all with the operation that
// stored them.
func (c *Case) stampedMessages(kind string) ([]message, *Problem) {
	p, problem := c.only()
	if problem != nil {
		return nil, problem
	}
	if problem := c.holds(kind, p); problem != nil {
		return nil, problem
	}
	found := c.relevantTo(kind, p)
	for _, m := range found {
		if m.stored.Seq == 0 {
			return nil, &Problem{Kind: Inconclusive, Summary: "nobody saw when the message was stored: " + c.whyUnseen(),
				Want: "a PutMessage operation on record", Got: "none with the message's id", Events: seqs(events(found))}
		}
	}
	return found, nil
}

// OverWhenStored: the status (of the iteration, of the export) is terminal
// within budget status-lag of the moment the message was stored. What proves the
// contrary is a look that was begun after that and did not show it: a machine
// too busy to look is not the service's fault.
func OverWhenStored(kind string) Check {
	return Check{Name: kind + "-over-when-stored", Judge: func(c *Case) *Problem {
		found, problem := c.stampedMessages(kind)
		if problem != nil {
			return problem
		}
		over, seen := c.firstTerminal(kind)
		if !seen {
			return &Problem{Kind: Broken, Summary: "no terminal status is on record"}
		}
		limit := c.Budgets[budget.StatusLag]
		looks := c.calls(c.last(), over.Exchange.Call)
		for _, look := range looks {
			for _, m := range found {
				if lag := look.Exchange.Began.Sub(m.stored.Operation.Ended); look.Seq < over.Seq && lag > limit {
					return fail(fmt.Sprintf("a terminal status within %s of the message (budget status-lag)", limit),
						fmt.Sprintf("%s did not show it %s after the message", look.Exchange.Call, lag.Round(time.Millisecond)), m.stored, look, over)
				}
			}
		}
		return c.lagOpen(looks, over, found)
	}}
}

// firstTerminal is the first look of the last act that showed a terminal status.
func (c *Case) firstTerminal(kind string) (evidence.Event, bool) {
	for _, e := range c.in(c.last(), evidence.KindExchange) {
		if kind == Training && e.Exchange.Call == "GetIteration" {
			var it training.Iteration
			if training.Decode(*e.Exchange, &it) == nil {
				if over, _ := it.Over(); over {
					return e, true
				}
			}
		}
		if kind == Export && e.Exchange.Call == "GetExports" && c.exportOver(*e.Exchange) {
			return e, true
		}
	}
	return evidence.Event{}, false
}

func (c *Case) exportOver(x evidence.Exchange) bool {
	var list []training.Export
	if training.Decode(x, &list) != nil {
		return false
	}
	for _, one := range list {
		if over, _ := one.Over(); over && one.Platform == c.platform() {
			return true
		}
	}
	return false
}

// OneEach: each training, or each export, of the situation sent exactly one
// message of its own, and the queue holds no other of that type.
func OneEach(kind string) Check {
	return Check{Name: "one-" + kind + "-each", Judge: func(c *Case) *Problem {
		p, problem := c.only()
		if problem != nil {
			return problem
		}
		keys := c.Situation.Nodes()
		for i, act := range c.Situation.Acts {
			var found []message
			switch {
			case kind == Training && act.Verb == situation.Train:
				found = c.trainings(keys[i], p, p.queue)
			case kind == Export && act.Verb == situation.Export:
				found = c.exports(keys[i], act.Platform, p.queue)
			default:
				continue
			}
			if len(found) != 1 {
				return fail(fmt.Sprintf("exactly one %s message from: %s", kind, act.Title()), fmt.Sprintf("%d", len(found)), events(found)...)
			}
		}
		return c.total(kind, p)
	}}
}

// total holds the number of messages in the whole queue against the number of
// trainings or exports that were begun.
func (c *Case) total(kind string, p project) *Problem {
	call := callOf(kind)
	begun := 0
	for _, e := range c.all(evidence.KindExchange) {
		if e.Exchange.Call == call && training.Succeeded(*e.Exchange) {
			begun++
		}
	}
	found := of(c.messages(), p.queue, kind)
	if len(found) != begun {
		return fail(fmt.Sprintf("%d %s messages in the queue, one for each %s", begun, kind, call), fmt.Sprintf("%d", len(found)), events(found)...)
	}
	return nil
}

// IterationCompleted: the training succeeded.
func IterationCompleted() Check {
	return Check{Name: "iteration-completed", Judge: func(c *Case) *Problem {
		e, ok := c.firstTerminal(Training)
		if !ok {
			return &Problem{Kind: Broken, Summary: "no terminal status is on record"}
		}
		var it training.Iteration
		if err := training.Decode(*e.Exchange, &it); err != nil {
			return fail("a completed iteration", err.Error(), e)
		}
		if _, well := it.Over(); !well {
			return fail("status Completed", "status "+it.Status, e)
		}
		return nil
	}}
}
