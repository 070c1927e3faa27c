package check

import (
	"fmt"
	"slices"

	"github.com/cvconform/cvconform/internal/check/effect"
	"github.com/cvconform/cvconform/internal/check/interval"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/naming"
)

// NothingWritten requires that the situation wrote nothing to any queue or container of the run. Operations that name
// another project belong to another situation. The service may use other queues and containers for itself.
func NothingWritten() Check {
	return Check{Name: "nothing-written", JudgesUnfinished: true, Judge: func(c *Case) *Problem {
		return noWrites(c, evidence.Queue, evidence.Blob)
	}}
}

// NothingInContainers is [NothingWritten] for containers only.
func NothingInContainers() Check {
	return Check{Name: "nothing-in-containers", JudgesUnfinished: true, Judge: func(c *Case) *Problem {
		return noWrites(c, evidence.Blob)
	}}
}

func noWrites(c *Case, services ...evidence.Service) *Problem {
	const want = "nothing is written"
	var own, unknown []evidence.Event
	for _, e := range writes(c.events(evidence.KindOperation)) {
		if !slices.Contains(services, e.Operation.Service) || c.isStateOfService(*e.Operation) {
			continue
		}
		switch c.charge(e) {
		case charged:
			own = append(own, e)
		case maybeCharged:
			unknown = append(unknown, e)
		}
	}
	switch {
	case len(own) > 0:
		return fail(want, describeWrites(own), own...)
	case len(unknown) > 0:
		return inconclusive(want, "order not observed: another situation may have written this: "+
			describeOperation(*unknown[0].Operation), unknown...)
	}
	if slices.Contains(services, evidence.Queue) && c.Visibility.IsPolled() {
		if problem := unobservedMessageProblem(c, want); problem != nil {
			return problem
		}
	}
	return first(bypassProblem(c, want), retentionProblem(c, want))
}

func describeWrites(found []evidence.Event) string {
	s := describeOperation(*found[0].Operation)
	if len(found) > 1 {
		s += fmt.Sprintf(" (the first of %d writes)", len(found))
	}
	return s
}

// isStateOfService reports whether the run did not create the queue or container of an operation: the service uses it
// for itself.
func (c *Case) isStateOfService(op evidence.Operation) bool {
	_, ofRun := naming.RunOfResource(op.Resource)
	return !ofRun && !slices.ContainsFunc(c.events(evidence.KindResource), func(e evidence.Event) bool {
		return e.Resource.Name == op.Resource
	})
}

// unobservedMessageProblem returns the problem of a message, in one of these queues or in any, that may have been
// stored at any time; nil without one.
func unobservedMessageProblem(c *Case, want string, queues ...string) *Problem {
	if unobserved := unobservedMessages(c, queues...); len(unobserved) > 0 {
		return inconclusive(want, "not observed: when a message was stored; "+unobservedReason(c), unobserved...)
	}
	return nil
}

// A responsibility says whether a write is charged to the situation.
type responsibility int

const (
	notCharged responsibility = iota
	charged
	maybeCharged
)

// charge decides whether the situation made a write. A write that names a project is charged to that project: to the
// act that its content names. One that names none is charged to the act tree that owns the queue or container; in those
// of other trees it is charged to the situation only during one of its own calls.
func (c *Case) charge(e evidence.Event) responsibility {
	if id := effect.ProjectNamedBy(*e.Operation); id != "" {
		return c.chargeToProject(e, id)
	}
	for _, a := range c.history() {
		if c.created(a.key, e.Operation.Resource) {
			return c.chargeToOwner(e, a.key)
		}
	}
	return c.chargeByTime(e)
}

// chargeToProject charges a write that names a project. An attempt that was accepted, whatever it responded, created a
// project that is known to no act.
func (c *Case) chargeToProject(e evidence.Event, id string) responsibility {
	for _, a := range c.history() {
		if a.call != "CreateProject" || !containsID(a.projects, id) {
			continue
		}
		if c.isAttempt() && a.key != c.firstAct() {
			return c.chargeToAct(e, a.key)
		}
		return c.chargeToAct(e, c.actOf(e))
	}
	if !c.isAttempt() || c.isForeign(id) {
		return notCharged
	}
	return c.chargeToAct(e, c.history().during(e))
}

// chargeToOwner charges a write to a queue or container that was created for an act. In the storage of the project that
// existed before an attempt, a poller does not observe which of the two made it.
func (c *Case) chargeToOwner(e evidence.Event, act string) responsibility {
	if !c.isAttempt() || act != c.firstAct() {
		if !c.isAttempt() {
			act = c.actOf(e)
		}
		return c.chargeToAct(e, act)
	}
	if act = c.actOf(e); !c.isCharged(act) || !c.Visibility.IsPolled() {
		return c.chargeToAct(e, act)
	}
	switch after, unknown := begunAfter(c, responsibleSince(c), []evidence.Event{e}); {
	case len(after) > 0:
		return charged
	case len(unknown) > 0:
		return maybeCharged
	}
	return notCharged
}

// chargeToAct charges a write of a known act, unless it came too late to be judged.
func (c *Case) chargeToAct(e evidence.Event, act string) responsibility {
	if !c.isCharged(act) {
		return notCharged
	}
	switch c.window(e.Operation, act) {
	case interval.After:
		return notCharged
	case interval.Unknown:
		return maybeCharged
	}
	return charged
}

// isCharged reports whether the writes of an act count against the situation: those of all its acts, or for an attempt
// those of the attempt.
func (c *Case) isCharged(act string) bool {
	if c.isAttempt() {
		return act == c.lastAct()
	}
	return c.isOwn(act)
}

func (c *Case) isAttempt() bool { return c.Situation.Last().Verb == situation.Attempt }

func (c *Case) firstAct() string { return c.Situation.Nodes()[0] }

// created reports whether the queue or container was created for an act.
func (c *Case) created(act, resource string) bool {
	return slices.ContainsFunc(c.eventsIn(act, evidence.KindResource), func(e evidence.Event) bool {
		return e.Resource.Name == resource
	})
}

// chargeByTime charges a write that names no project, in a queue or container of another act tree, if it happened
// during an own call of the situation.
func (c *Case) chargeByTime(e evidence.Event) responsibility {
	began, completed, result := beginningOf(c, e.Operation), c.completion(e.Operation), notCharged
	for _, x := range c.ownCalls() {
		outside := completed.Compare(interval.At(x.Began)) == interval.Before ||
			began.Compare(interval.At(x.Ended)) == interval.After
		inside := !began.Earliest.Before(x.Began) && !completed.Latest.After(x.Ended)
		switch {
		case outside:
		case inside, e.Operation.Inferred == "":
			return charged
		default:
			result = maybeCharged
		}
	}
	return result
}

// ownCalls returns the own calls of the acts that are charged.
func (c *Case) ownCalls() (calls []evidence.Exchange) {
	for _, a := range c.history() {
		if !c.isCharged(a.key) || a.call == "" {
			continue
		}
		for _, e := range c.calls(a.key, a.call) {
			calls = append(calls, *e.Exchange)
		}
	}
	return calls
}
