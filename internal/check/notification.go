package check

import (
	"fmt"
	"strconv"
	"time"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/check/interval"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// HasIDs requires that the message of that type names the project, and the iteration that TrainProject returned.
func HasIDs(kind string) Check {
	return judgesUnfinished(messageCheck(kind+"-has-ids", kind, func(c *Case, p project, m message) *Problem {
		return first(sameGUID(c, m, "projectId", p.id), sameGUID(c, m, "iterationId", c.lastIteration(p)))
	}))
}

// HasStatus requires that the message of that type has that value of trainingStatus or exportStatus.
func HasStatus(kind, want string) Check {
	name := map[string]string{Training: "trainingStatus", Export: "exportStatus"}[kind]
	return messageCheck(kind+"-has-status-"+want, kind, func(_ *Case, _ project, m message) *Problem {
		if got := m.Text("Content", name); got != want {
			return fail(fmt.Sprintf("Content.%s = %q", name, want), fmt.Sprintf("Content.%s = %q", name, got), m.event)
		}
		return nil
	})
}

// NotBeforeResponse requires that the message was not stored before the response of TrainProject or ExportIteration.
// The gateway delays the message until the call has its response; a service that waits for the message first thereby
// proves that it stores it too early. A poller observes the message without delaying it. It may do so while the
// response is on its way, for as long as budget status-lag.
func NotBeforeResponse(kind string) Check {
	return judgesUnfinished(projectCheck(kind+"-not-before-response", func(c *Case, p project) *Problem {
		found, problem := observedMessages(c, kind, p)
		if problem != nil {
			return problem
		}
		var problems []*Problem
		for _, e := range c.calls(c.lastAct(), callOf(kind)) {
			for _, m := range found {
				problems = append(problems, earlyMessageProblem(c, m, e))
			}
		}
		return worst(problems)
	}))
}

func earlyMessageProblem(c *Case, m message, call evidence.Event) *Problem {
	put, responded := m.put.Operation, call.Exchange.Ended
	response := interval.At(responded)
	if put.Inferred != "" {
		response.Earliest = responded.Add(-c.Budgets[budget.StatusLag])
	}
	return ordering{
		want:    "the message is stored after the response of " + call.Exchange.Call,
		after:   fmt.Sprintf("it was stored %s before the response", responded.Sub(put.Ended).Round(time.Millisecond)),
		unknown: "order not observed: no poll of the queue shows whether the message or the response was first",
	}.judge(response, c.completion(put), m.put, call)
}

// observedMessages returns the relevant messages. The problem is that there are none, or that the operation that
// stored one was not observed.
func observedMessages(c *Case, kind string, p project) ([]message, *Problem) {
	if problem := requireMessage(c, kind, p); problem != nil {
		return nil, problem
	}
	found := c.relevantMessages(kind, p)
	for _, m := range found {
		if !m.observed() {
			return nil, inconclusive("a PutMessage operation with the id of the message",
				"not observed: when the message was stored; "+unobservedReason(c), eventsOf(found)...)
		}
	}
	return found, nil
}

// FinishedWhenStored requires that the status of the iteration or export is final within budget status-lag of the
// time at which the message was stored. Only a status read that began later, got a response and did not show it is a
// failure: a harness that was too slow to read the status proves nothing. The status may never become final.
func FinishedWhenStored(kind string) Check {
	return judgesUnfinished(projectCheck(kind+"-finished-when-stored", func(c *Case, p project) *Problem {
		found, problem := observedMessages(c, kind, p)
		if problem != nil {
			return problem
		}
		final, missing := finalStatus(c, kind)
		var problems []*Problem
		for _, read := range c.calls(c.lastAct(), statusCallOf(kind)) {
			isLater := missing == nil && read.Seq >= final.Seq
			for _, m := range found {
				if !isLater && read.Exchange.Status != 0 {
					problems = append(problems, statusLagProblem(c, m, read, final))
				}
			}
		}
		return first(worst(problems), missing)
	}))
}

// statusLagProblem returns the problem of a message that was stored too long before a read of the status that did not
// show the final one. final is the read that did, if there is one.
func statusLagProblem(c *Case, m message, read, final evidence.Event) *Problem {
	limit, put := c.Budgets[budget.StatusLag], m.put.Operation
	lag := read.Exchange.Began.Sub(put.Ended).Round(time.Millisecond)
	return ordering{
		want: fmt.Sprintf("a final status within %s of the message (budget %s)", limit, budget.StatusLag),
		after: fmt.Sprintf("%s did not show it %s after the message: it showed %s", read.Exchange.Call, lag,
			shownStatus(c, *read.Exchange)),
		unknown: "not observed: when the message was stored; no poll of the queue was close enough",
	}.judge(interval.At(read.Exchange.Began), c.completion(put).Add(limit), m.put, read, final)
}

// OneMessageEach requires that each training, or each export, of the situation sent exactly one message, and that the
// queue holds no other message of that type.
func OneMessageEach(kind string) Check {
	return projectCheck("one-"+kind+"-each", func(c *Case, p project) *Problem {
		keys := c.Situation.Nodes()
		verb := map[string]situation.Verb{Training: situation.Train, Export: situation.Export}[kind]
		for i, act := range c.Situation.Acts {
			if act.Verb != verb {
				continue
			}
			want := fmt.Sprintf("exactly one %s message from: %s", kind, act.Title())
			if problem := countProblem(c, want, 1, c.messagesOf(keys[i], kind, p)); problem != nil {
				return problem
			}
		}
		return totalProblem(c, kind, p)
	})
}

// totalProblem compares the number of messages in the queue with the number of successful calls.
func totalProblem(c *Case, kind string, p project) *Problem {
	call := callOf(kind)
	calls := 0
	for _, e := range c.ownEvents(evidence.KindExchange) {
		if e.Exchange.Call == call && trainingapi.Succeeded(*e.Exchange) {
			calls++
		}
	}
	want := fmt.Sprintf("%d %s messages in the queue, one for each %s", calls, kind, call)
	return countProblem(c, want, calls, c.messagesOfType(kind, p.queue))
}

// countProblem returns the problem of a number of messages that is not the expected one. It counts the messages that
// came before the end of the absence window.
func countProblem(c *Case, want string, expected int, found []message) *Problem {
	certain := 0
	for _, m := range found {
		if !m.uncertain && (m.observed() || !c.missesOperations()) {
			certain++
		}
	}
	switch {
	case len(found) < expected || certain > expected:
		return fail(want, strconv.Itoa(len(found)), eventsOf(found)...)
	case certain < len(found):
		return inconclusive(want, "not observed: when a message was stored; "+unobservedReason(c), eventsOf(found)...)
	}
	return nil
}
