package check

import (
	"fmt"
	"time"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// HasIDs: the message of that type names the project and the iteration
// that TrainProject returned.
func HasIDs(kind string) Check {
	return Check{Name: kind + "-names-iteration", Judge: func(c *Case) *Problem {
		p, problem := c.singleProject()
		if problem != nil {
			return problem
		}
		if problem := c.requireMessage(kind, p); problem != nil {
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

// HasStatus: the message of that type has that value in its status member
// (trainingStatus, exportStatus).
func HasStatus(kind, want string) Check {
	return Check{Name: kind + "-says-" + want, Judge: func(c *Case) *Problem {
		p, problem := c.singleProject()
		if problem != nil {
			return problem
		}
		if problem := c.requireMessage(kind, p); problem != nil {
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

// NotBeforeResponse: the message was not stored before TrainProject or
// ExportIteration had answered. The gateway keeps a message back while the call
// is unanswered, so a message that comes first was waited for by the service. A
// listing has to have looked in vain after the answer, or with success so long
// before (budget status-lag) that the answer was not on its way.
func NotBeforeResponse(kind string) Check {
	return Check{Name: kind + "-not-before-answer", Judge: func(c *Case) *Problem {
		found, problem := c.messagesWithPutTime(kind)
		if problem != nil {
			return problem
		}
		call := callOf(kind)
		for _, e := range c.calls(c.lastAct(), call) {
			for _, m := range found {
				want := "the message is stored after " + call + " has answered"
				switch op := m.stored.Operation; {
				case op.Inferred != "" && op.Ended.Before(e.Exchange.Ended) && e.Exchange.Ended.Sub(op.Ended) <= c.Budgets[budget.StatusLag]:
					return inconclusive(
						want,
						"nobody could see which came first: the answer may have been on its way when a look showed the message",
						m.stored,
						e,
					)
				case op.Ended.Before(e.Exchange.Ended):
					return fail(
						want,
						fmt.Sprintf("it was stored %s before the answer", e.Exchange.Ended.Sub(op.Ended).Round(time.Millisecond)),
						m.stored,
						e,
					)
				case op.Inferred != "" && op.Began.Before(e.Exchange.Ended):
					return inconclusive(
						want,
						"nobody could see which came first: no look at the queue came between the two",
						m.stored,
						e,
					)
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

// messagesWithPutTime lists the relevant messages, all with the operation that
// stored them.
func (c *Case) messagesWithPutTime(kind string) ([]message, *Problem) {
	p, problem := c.singleProject()
	if problem != nil {
		return nil, problem
	}
	if problem := c.requireMessage(kind, p); problem != nil {
		return nil, problem
	}
	found := c.relevantTo(kind, p)
	for _, m := range found {
		if m.stored.Seq == 0 {
			return nil, &Problem{Kind: Inconclusive, Summary: "nobody saw when the message was stored: " + c.unobservedReason(),
				Want: "a PutMessage operation on record", Got: "none with the message's id", Events: eventNumbers(events(found))}
		}
	}
	return found, nil
}

// FinishedWhenStored: the status (of the iteration, of the export) is terminal
// within budget status-lag of the moment the message was stored. What proves the
// contrary is a look that was begun after that and did not show it: a machine
// too busy to look is not the service's fault.
func FinishedWhenStored(kind string) Check {
	return Check{Name: kind + "-over-when-stored", Judge: func(c *Case) *Problem {
		found, problem := c.messagesWithPutTime(kind)
		if problem != nil {
			return problem
		}
		over, seen := c.firstTerminal(kind)
		if !seen {
			return &Problem{Kind: Broken, Summary: "no terminal status is on record"}
		}
		limit := c.Budgets[budget.StatusLag]
		looks := c.calls(c.lastAct(), over.Exchange.Call)
		for _, look := range looks {
			for _, m := range found {
				if lag := look.Exchange.Began.Sub(m.stored.Operation.Ended); look.Seq < over.Seq && lag > limit {
					return fail(
						fmt.Sprintf("a terminal status within %s of the message (budget status-lag)", limit),
						fmt.Sprintf(
							"%s did not show it %s after the message",
							look.Exchange.Call,
							lag.Round(time.Millisecond),
						),
						m.stored,
						look,
						over,
					)
				}
			}
		}
		return c.lagInconclusive(looks, over, found)
	}}
}

// firstTerminal is the first look of the last act that showed a terminal status.
func (c *Case) firstTerminal(kind string) (evidence.Event, bool) {
	for _, e := range c.eventsIn(c.lastAct(), evidence.KindExchange) {
		if kind == Training && e.Exchange.Call == "GetIteration" {
			var it trainingapi.Iteration
			if trainingapi.Decode(*e.Exchange, &it) == nil {
				if over, _ := it.Finished(); over {
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
	var list []trainingapi.Export
	if trainingapi.Decode(x, &list) != nil {
		return false
	}
	for _, one := range list {
		if over, _ := one.Finished(); over && one.Platform == c.platform() {
			return true
		}
	}
	return false
}

// OneMessageEach: each training, or each export, of the situation sent exactly one
// message of its own, and the queue holds no other of that type.
func OneMessageEach(kind string) Check {
	return Check{Name: "one-" + kind + "-each", Judge: func(c *Case) *Problem {
		p, problem := c.singleProject()
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
				return fail(
					fmt.Sprintf("exactly one %s message from: %s", kind, act.Title()),
					fmt.Sprintf("%d", len(found)),
					events(found)...)
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
	for _, e := range c.events(evidence.KindExchange) {
		if e.Exchange.Call == call && trainingapi.Succeeded(*e.Exchange) {
			begun++
		}
	}
	found := filterMessages(c.messages(), p.queue, kind)
	if len(found) != begun {
		return fail(
			fmt.Sprintf("%d %s messages in the queue, one for each %s", begun, kind, call),
			fmt.Sprintf("%d", len(found)),
			events(found)...)
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
		var it trainingapi.Iteration
		if err := trainingapi.Decode(*e.Exchange, &it); err != nil {
			return fail("a completed iteration", err.Error(), e)
		}
		if _, well := it.Finished(); !well {
			return fail("status Completed", "status "+it.Status, e)
		}
		return nil
	}}
}
