package check

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"

	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
)

// NothingWritten: no storage operation that this situation caused wrote to any
// queue or container of the run since its last act but one. Operations that
// name another project belong to another situation.
func NothingWritten() Check {
	return Check{
		Name:  "nothing-written",
		Judge: func(c *Case) *Problem { return c.noWrites(evidence.Queue, evidence.Blob) },
	}
}

// NothingInContainers: as [NothingWritten], for containers only.
func NothingInContainers() Check {
	return Check{
		Name:  "nothing-in-containers",
		Judge: func(c *Case) *Problem { return c.noWrites(evidence.Blob) },
	}
}

func (c *Case) noWrites(services ...evidence.Service) *Problem {
	var found []evidence.Event
	for _, e := range c.writes(c.relevantOperations()) {
		for _, s := range services {
			if e.Operation.Service == s && !c.belongsElsewhere(*e.Operation) {
				found = append(found, e)
			}
		}
	}
	found, open := c.attributeWrites(found)
	const want = "nothing is written"
	switch {
	case len(found) > 0:
		return fail(want, fmt.Sprintf("%d writes, the first: %s", len(found), describe(*found[0].Operation)), found...)
	case len(open) > 0:
		return inconclusive(want, "nobody could see whether this was written before: "+describe(*open[0].Operation), open...)
	}
	if slices.Contains(services, evidence.Queue) && c.Visibility.IsPolled() {
		if unseen := c.unobservedMessages(); len(unseen) > 0 {
			return inconclusive(want, "nobody saw when a message was stored: "+c.unobservedReason(), unseen...)
		}
	}
	return first(c.bypassProblem(want), c.retentionProblem(want))
}

// attributeWrites keeps the operations that the situation made for certain: what names
// a project of its own, what is in a queue or container that was made for the last
// act, and what was not there before it began. Of the others nobody knows, unless
// they were before.
func (c *Case) attributeWrites(found []evidence.Event) (own, open []evidence.Event) {
	if !c.Visibility.IsPolled() {
		return found, nil
	}
	made := c.ownResources()
	var rest []evidence.Event
	for _, e := range found {
		if subject(*e.Operation) != "" || made[e.Operation.Resource] {
			own = append(own, e)
		} else {
			rest = append(rest, e)
		}
	}
	after, open := c.splitAt(c.responsibleSince(), rest)
	return append(own, after...), open
}

// relevantOperations lists the storage operations that the situation answers for: for an
// attempt those of the attempt and after it, else those of all its acts.
func (c *Case) relevantOperations() []evidence.Event {
	if c.Situation.Last().Verb != situation.Attempt {
		return c.ownEvents(evidence.KindOperation)
	}
	return append(c.eventsIn(c.lastAct(), evidence.KindOperation), c.operationsOnOwn()...)
}

// operationsOnOwn lists operations outside the attempt's act on the queue and the
// container that it was made with: those come late, and are its own.
func (c *Case) operationsOnOwn() []evidence.Event {
	own := c.ownResources()
	var out []evidence.Event
	for _, e := range c.events(evidence.KindOperation) {
		if e.Act != c.lastAct() && own[e.Operation.Resource] {
			out = append(out, e)
		}
	}
	return out
}

// ownResources names the queues and containers that were made for the last act.
func (c *Case) ownResources() map[string]bool {
	own := map[string]bool{}
	for _, e := range c.eventsIn(c.lastAct(), evidence.KindResource) {
		own[e.Resource.Name] = true
	}
	return own
}

// belongsElsewhere says whether the operation stored a message about a project that is
// none of this lineage, or its backup.
func (c *Case) belongsElsewhere(op evidence.Operation) bool {
	id := subject(op)
	if id == "" {
		return false
	}
	standing := slices.ContainsFunc(c.projects(), func(p project) bool { return sameID(p.id, id) })
	if c.Situation.Last().Verb == situation.Attempt {
		return standing // the project that stood before the attempt
	}
	return !standing
}

// backupOf finds the project's id in the name of a backup.
var backupOf = regexp.MustCompile(`^([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}) ?- ?[0-9a-fA-F]{8}-`)

// subject is the id of the project that a message or a backup is about; "" for
// any other operation.
func subject(op evidence.Operation) string {
	var m message
	if op.Name == "PutMessage" && json.Unmarshal([]byte(op.Text), &m.doc) == nil {
		return m.text("Content", "projectId")
	}
	if found := backupOf.FindStringSubmatch(op.Object); op.Service == evidence.Blob && found != nil {
		return found[1]
	}
	return ""
}

func describe(op evidence.Operation) string {
	at := op.Resource
	if op.Object != "" {
		at += "/" + op.Object
	}
	s := fmt.Sprintf("%s to %s %s", op.Name, op.Service, at)
	if op.Text != "" {
		s += ": " + op.Text
	}
	return s
}
