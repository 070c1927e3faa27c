package check

import (
	"slices"
	"strings"
	"time"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/check/effect"
	"github.com/cvconform/cvconform/internal/check/interval"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// Every write belongs to one act of the lineage. Its content decides where it can: a Training message names its
// iteration, a backup its iteration and platform. The act during which a write was recorded decides only for a write
// whose content names no act. So an effect that comes late is judged as an effect of the act that caused it, whatever
// acts follow.

// A performedAct is one act of the lineage, as its evidence shows it.
type performedAct struct {
	key        string
	call       string    // the act's own call: CreateProject, UpdateProject, TrainProject or ExportIteration
	began      time.Time // the first request of that call; zero without one
	responded  time.Time // the last response to that call
	ended      time.Time // the end of the act; zero if it did not end
	resources  []string  // queues and containers that the call set
	projects   []string  // ids of the projects that the call created
	iterations []string  // ids of the iterations that the call started
	platform   string    // of an export
}

// A history is the list of the acts of a lineage, in the order in which they began.
type history []*performedAct

// history returns the acts of the lineage.
func (c *Case) history() history {
	if c.acts == nil {
		c.acts = newHistory(c)
	}
	return c.acts
}

func newHistory(c *Case) history {
	uris := map[string]string{}
	for _, e := range c.events(evidence.KindResource) {
		uris[e.Resource.URI] = e.Resource.Name
	}
	h := history{}
	for _, e := range c.Events {
		switch {
		case e.Kind == evidence.KindAct:
			a := h.add(e.Act)
			if e.ActBoundary.Phase == "ended" {
				a.ended = c.Started.Add(e.At)
			}
		case e.Kind == evidence.KindExchange && e.Act != "":
			h.add(e.Act).addExchange(*e.Exchange, uris)
		}
	}
	return h
}

// add returns the act with that key, and adds it if it is new.
func (h *history) add(key string) *performedAct {
	if a := h.find(key); a != nil {
		return a
	}
	a := &performedAct{key: key}
	*h = append(*h, a)
	return a
}

func (h history) find(key string) *performedAct {
	i := slices.IndexFunc(h, func(a *performedAct) bool { return a.key == key })
	if i < 0 {
		return nil
	}
	return h[i]
}

// addExchange adds the facts that an exchange shows. uris maps the URIs of queues and containers to their names.
func (a *performedAct) addExchange(x evidence.Exchange, uris map[string]string) {
	switch x.Call {
	case "CreateProject", "UpdateProject":
		u := requestedURIs(x)
		a.resources = append(a.resources, uris[u.queue], uris[u.container])
		var created trainingapi.Project
		if x.Call == "CreateProject" && trainingapi.Decode(x, &created) == nil {
			a.projects = append(a.projects, created.ID)
		}
	case "TrainProject":
		var started trainingapi.Iteration
		if trainingapi.Decode(x, &started) == nil {
			a.iterations = append(a.iterations, started.ID)
		}
	case "ExportIteration":
		a.platform = exportedPlatform(x)
	default:
		return
	}
	if a.began.IsZero() || x.Began.Before(a.began) {
		a.began = x.Began
	}
	a.call = x.Call
	if x.Ended.After(a.responded) {
		a.responded = x.Ended
	}
}

// last returns the last act for which match returns true and that began before an instant. If all of them began later,
// it returns the first one; nil if there is none.
func (h history) last(before time.Time, match func(*performedAct) bool) (found *performedAct) {
	for _, a := range h {
		if match(a) && (found == nil || !a.began.After(before)) {
			found = a
		}
	}
	return found
}

// actOf returns the key of the act to which a storage operation belongs.
func (c *Case) actOf(e evidence.Event) string {
	op := e.Operation
	var found *performedAct
	switch {
	case op.Name == "PutMessage":
		found = c.history().actOfMessage(effect.ParseMessage(op.Text), op.Resource, op.Ended)
	case effect.HasTestFolder(op.Object):
		found = c.history().connectionCheck(op.Resource, "", op.Ended)
	default:
		if b, ok := effect.ParseBackup(op.Object); ok {
			found = c.history().export(b.Iteration, b.Platform)
		}
	}
	if found != nil {
		return found.key
	}
	return c.history().during(e)
}

// during returns the key of the act during which an event was recorded: the last one for an event after all acts.
func (h history) during(e evidence.Event) string {
	if h.find(e.Act) != nil || len(h) == 0 {
		return e.Act
	}
	return h[len(h)-1].key
}

// actOfMessage returns the act that caused a message, or nil.
func (h history) actOfMessage(m effect.Message, queue string, stored time.Time) *performedAct {
	switch m.Type {
	case effect.ConnectionTest:
		return h.connectionCheck(queue, m.ProjectID(), stored)
	case effect.Training:
		return h.training(m.IterationID(), stored)
	case effect.Export:
		if a := h.export(m.IterationID(), m.Platform(h.platforms()...)); a != nil {
			return a
		}
		return h.last(stored, func(a *performedAct) bool { return a.call == "ExportIteration" })
	}
	return nil
}

// connectionCheck returns the create or update that caused a write to a queue or container: the last one that set it,
// else the last one of the project that the write names.
func (h history) connectionCheck(resource, project string, stored time.Time) *performedAct {
	set := h.last(stored, func(a *performedAct) bool { return slices.Contains(a.resources, resource) })
	if set != nil || project == "" {
		return set
	}
	return h.last(stored, func(a *performedAct) bool {
		return containsID(a.projects, project) || a.call == "UpdateProject"
	})
}

// training returns the training of that iteration. For an iteration that no training of the lineage started it returns
// the last training before the message was stored.
func (h history) training(iteration string, stored time.Time) *performedAct {
	for _, a := range h {
		if containsID(a.iterations, iteration) {
			return a
		}
	}
	return h.last(stored, func(a *performedAct) bool { return a.call == "TrainProject" })
}

// export returns the export to that platform; nil if there is none. If the lineage has several, the iteration decides.
func (h history) export(iteration, platform string) (found *performedAct) {
	trained := h.training(iteration, time.Time{})
	for _, a := range h {
		if a.call != "ExportIteration" || platform == "" || a.platform != platform {
			continue
		}
		if found == nil || trained != nil && strings.HasPrefix(a.key, trained.key) {
			found = a
		}
	}
	return found
}

func (h history) platforms() (all []string) {
	for _, a := range h {
		all = append(all, a.platform)
	}
	return all
}

func containsID(ids []string, id string) bool {
	return slices.ContainsFunc(ids, func(one string) bool { return one != "" && sameID(one, id) })
}

// isOwn reports whether an act is part of the situation.
func (c *Case) isOwn(act string) bool { return slices.Contains(c.Situation.Nodes(), act) }

// observedUntil returns the end of the time in which the effects of an act are judged: the absence window after its
// end. It is the same whether other acts follow or not.
func (c *Case) observedUntil(act string) (end time.Time, limited bool) {
	a := c.history().find(act)
	if a == nil || a.ended.IsZero() {
		return time.Time{}, false
	}
	return a.ended.Add(c.Budgets[budget.Absence]), true
}

// window compares the time of an operation with the end of the observation of its act: Before if the operation is
// judged, After if it came too late to be judged.
func (c *Case) window(op *evidence.Operation, act string) interval.Order {
	end, limited := c.observedUntil(act)
	if !limited {
		return interval.Before
	}
	return c.completion(op).Compare(interval.At(end))
}

// judged reports whether a storage operation belongs to an act of the situation and came, or may have come, in time to
// be judged.
func (c *Case) judged(e evidence.Event) bool {
	act := c.actOf(e)
	return c.isOwn(act) && c.window(e.Operation, act) != interval.After
}

// operations returns the judged storage operations.
func (c *Case) operations() []evidence.Event {
	return c.eventsWhere(evidence.KindOperation, c.judged)
}

// operationsOf returns the judged storage operations of one act.
func (c *Case) operationsOf(act string) []evidence.Event {
	return slices.DeleteFunc(c.operations(), func(e evidence.Event) bool { return c.actOf(e) != act })
}

// isForeign reports whether the id is that of a project of another act tree of the run.
func (c *Case) isForeign(id string) bool { return containsID(c.OtherProjects, id) }

// ProjectsCreated returns the ids of the projects that the calls in these events created.
func ProjectsCreated(events []evidence.Event) (ids []string) {
	for _, e := range events {
		var created trainingapi.Project
		if e.Kind == evidence.KindExchange && e.Exchange.Call == "CreateProject" &&
			trainingapi.Decode(*e.Exchange, &created) == nil && created.ID != "" {
			ids = append(ids, created.ID)
		}
	}
	return ids
}
