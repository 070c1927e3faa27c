package check

import (
	"fmt"
	"slices"

	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
)

// NothingWritten requires that the situation wrote nothing to any queue or container of the run. Operations that name
// another project belong to another situation.
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
	found := slices.DeleteFunc(writes(relevantOperations(c)), func(e evidence.Event) bool {
		return !slices.Contains(services, e.Operation.Service) || belongsElsewhere(c, *e.Operation)
	})
	own, unknown := attributeWrites(c, found)
	const want = "nothing is written"
	switch {
	case len(own) > 0:
		return fail(want, describeWrites(own), own...)
	case len(unknown) > 0:
		return inconclusive(want,
			"order not observed: this may have been written before: "+describeOperation(*unknown[0].Operation), unknown...)
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

// unobservedMessageProblem returns the problem of a message, in one of these queues or in any, that may have been
// stored at any time; nil without one.
func unobservedMessageProblem(c *Case, want string, queues ...string) *Problem {
	if unobserved := unobservedMessages(c, queues...); len(unobserved) > 0 {
		return inconclusive(want, "not observed: when a message was stored; "+unobservedReason(c), unobserved...)
	}
	return nil
}

// attributeWrites divides writes into those that the situation made and those that it may have made. Its own are
// those that name one of its projects, those in a queue or container that was created for the last act, and those
// that were begun after it became responsible. With the gateway, all operations in the acts of a situation are its
// own.
func attributeWrites(c *Case, found []evidence.Event) (own, unknown []evidence.Event) {
	if !c.Visibility.IsPolled() {
		return found, nil
	}
	resources := ownResources(c)
	var rest []evidence.Event
	for _, e := range found {
		if projectNamedBy(*e.Operation) != "" || resources[e.Operation.Resource] {
			own = append(own, e)
		} else {
			rest = append(rest, e)
		}
	}
	after, unknown := begunAfter(c, responsibleSince(c), rest)
	return append(own, after...), unknown
}

// relevantOperations returns the storage operations that are attributed to the situation: those of all its acts, or
// for an attempt those of the attempt and the later ones on its own queue and container.
func relevantOperations(c *Case) []evidence.Event {
	if c.Situation.Last().Verb != situation.Attempt {
		return c.ownEvents(evidence.KindOperation)
	}
	resources := ownResources(c)
	return append(c.eventsIn(c.lastAct(), evidence.KindOperation),
		c.eventsWhere(evidence.KindOperation, func(e evidence.Event) bool {
			return e.Act != c.lastAct() && resources[e.Operation.Resource]
		})...)
}

// ownResources returns the names of the queues and containers that were created for the last act.
func ownResources(c *Case) map[string]bool {
	own := map[string]bool{}
	for _, e := range c.eventsIn(c.lastAct(), evidence.KindResource) {
		own[e.Resource.Name] = true
	}
	return own
}

// belongsElsewhere reports whether the operation names a project that the situation does not judge: one of another
// lineage, or for an attempt the project that existed before it.
func belongsElsewhere(c *Case, op evidence.Operation) bool {
	id := projectNamedBy(op)
	if id == "" {
		return false
	}
	known := slices.ContainsFunc(c.projects(), func(p project) bool { return sameID(p.id, id) })
	if c.Situation.Last().Verb == situation.Attempt {
		return known
	}
	return !known
}
