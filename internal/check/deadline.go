package check

import (
	"fmt"
	"strconv"
	"time"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/check/interval"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
)

// A deadline limits the time of one effect. It is counted from the cause of the effect, not from the end of the
// situation, so that it does not depend on the acts that follow.
type deadline struct {
	budget string
	since  time.Time      // when the cause was observed
	cause  string         // in words
	event  evidence.Event // that shows the cause
}

// connectionDeadline returns the deadline of the message and the test blob of a create or update.
func (c *Case) connectionDeadline(act string, p project) (deadline, *Problem) {
	for _, call := range []string{"UpdateProject", "CreateProject"} {
		for _, e := range c.calls(act, call) {
			if e.Project == p.label {
				return deadline{budget.ConnectionTest, e.Exchange.Ended, "the response", e}, nil
			}
		}
	}
	return deadline{}, broken("the call of the act is not on record")
}

// completionDeadline returns the deadline of an effect of a training or an export that has ended.
func (c *Case) completionDeadline(act, kind, name string, p project) (deadline, *Problem) {
	final, problem := finalStatusIn(c, act, kind, p)
	if problem != nil {
		return deadline{}, problem
	}
	return deadline{name, final.Exchange.Ended, final.Exchange.Call + " showed the final status", final}, nil
}

// messageDeadline returns the deadline of a message of that type.
func (c *Case) messageDeadline(kind string, p project) (deadline, *Problem) {
	switch kind {
	case Training:
		return c.completionDeadline(c.lastActOf(situation.Train), kind, budget.Notification, p)
	case Export:
		return c.completionDeadline(c.lastAct(), kind, budget.Notification, p)
	}
	return c.connectionDeadline(c.actThatSet(p.queue), p)
}

// actThatSet returns the key of the last act of the situation that set a queue or container; the last act if none did.
func (c *Case) actThatSet(resource string) string {
	found := c.lastAct()
	for _, a := range c.history() {
		if c.isOwn(a.key) && containsID(a.resources, resource) {
			found = a.key
		}
	}
	return found
}

// judge returns the problem of an effect that was complete at that time. The events show the effect.
func (d deadline) judge(c *Case, want string, completed interval.Interval, events ...evidence.Event) *Problem {
	limit := c.Budgets[d.budget]
	return ordering{
		want: fmt.Sprintf("%s within %s of %s (budget %s)", want, seconds(limit), d.cause, d.budget),
		after: fmt.Sprintf("stored %s after %s; budget %s is %s",
			late(completed.Earliest.Sub(d.since), limit), d.cause, d.budget, seconds(limit)),
		unknown: "not observed: whether it was stored in time; no poll was close enough",
	}.judge(completed, interval.At(d.since.Add(limit)), append(events, d.event)...)
}

// tooLate returns the problem of an effect of an act that was recorded after its deadline, and so late that the final
// state may lack it; nil if there is none.
func tooLate(c *Case, act string, limit deadline, want string, matches func(evidence.Operation) bool) *Problem {
	for _, e := range c.events(evidence.KindOperation) {
		if e.Operation.Inferred != "" || !matches(*e.Operation) || c.actOf(e) != act {
			continue
		}
		return limit.judge(c, want, c.completion(e.Operation), e)
	}
	return nil
}

// unknown returns the problem of an effect whose time was not observed. It was there when the harness read it.
func (d deadline) unknown(c *Case, want string, read evidence.Event) *Problem {
	if !c.missesOperations() || !c.Started.Add(read.At).After(d.since.Add(c.Budgets[d.budget])) {
		return nil
	}
	return inconclusive(want, "not observed: whether it was stored in time; "+unobservedReason(c), read, d.event)
}

// late formats a duration that exceeds a limit, exactly enough to be longer than it.
func late(d, limit time.Duration) string {
	for _, unit := range []time.Duration{100 * time.Millisecond, time.Millisecond} {
		if rounded := d.Round(unit); rounded > limit {
			return seconds(rounded)
		}
	}
	return seconds(d)
}

// seconds formats a duration in seconds, like "4.1 s".
func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + " s" }
