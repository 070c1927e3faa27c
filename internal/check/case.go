package check

import (
	"time"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/reading"
	"github.com/cvconform/cvconform/steps/report"
)

// A Check is one check of the contract.
type Check struct {
	Name string
	// JudgesResponse marks a check of the response to the last act. It applies also where that act was refused.
	JudgesResponse bool

	// JudgesUnfinished marks a check that may prove a violation also where the last act, a training or an export, was
	// not over within its budget.
	JudgesUnfinished bool

	// Immediate marks a check that judges nothing that follows the end of the last act. Without other checks the absence
	// window of a situation need not be observed.
	Immediate bool
	Judge     func(*Case) *Problem
}

// immediate marks a check: see [Check.Immediate].
func immediate(k Check) Check {
	k.Immediate = true
	return k
}

// A Case is the input of a check.
type Case struct {
	Situation       situation.Situation
	Events          []evidence.Event // of the whole lineage, in order
	Started         time.Time        // the instant to which the offsets of the events refer
	Readings        reading.Set
	Budgets         budget.Set
	Visibility      report.Visibility // of storage
	HasContainers   bool              // the run has blob containers; without them no blob can be missed
	GatewayBypassed bool              // see [GatewayBypassed]
	Replayed        bool              // the service is a recording: calls may be missing from it
	Recorded        RecordedResults   // limits the results of a replay of a polled recording; nil means no limit
	OtherProjects   []string          // ids of the projects of the other act trees of the run

	acts history // see [Case.history]
}

// eventsIn returns the events of that kind in an act.
func (c *Case) eventsIn(act string, kind evidence.Kind) []evidence.Event {
	return c.eventsWhere(kind, func(e evidence.Event) bool { return e.Act == act })
}

// events returns the events of that kind in the whole lineage.
func (c *Case) events(kind evidence.Kind) []evidence.Event {
	return c.eventsWhere(kind, func(evidence.Event) bool { return true })
}

// ownEvents returns the events of that kind in the acts of the situation and at its end.
func (c *Case) ownEvents(kind evidence.Kind) []evidence.Event {
	own := map[string]bool{situation.End: true}
	for _, key := range c.Situation.Nodes() {
		own[key] = true
	}
	return c.eventsWhere(kind, func(e evidence.Event) bool { return own[e.Act] })
}

func (c *Case) eventsWhere(kind evidence.Kind, matches func(evidence.Event) bool) []evidence.Event {
	var out []evidence.Event
	for _, e := range c.Events {
		if e.Kind == kind && matches(e) {
			out = append(out, e)
		}
	}
	return out
}

// calls returns the exchanges of one API call in an act.
func (c *Case) calls(act, call string) []evidence.Event {
	return c.eventsWhere(evidence.KindExchange, func(e evidence.Event) bool {
		return e.Act == act && e.Exchange.Call == call
	})
}

// lastAct returns the key of the act that the scenario is about.
func (c *Case) lastAct() string {
	keys := c.Situation.Nodes()
	return keys[len(keys)-1]
}

// lastActOf returns the key of the last act of that verb, or "".
func (c *Case) lastActOf(v situation.Verb) string {
	keys := c.Situation.Nodes()
	for i := len(c.Situation.Acts) - 1; i >= 0; i-- {
		if c.Situation.Acts[i].Verb == v {
			return keys[i]
		}
	}
	return ""
}

// platform returns the platform of the last export.
func (c *Case) platform() string { return c.Situation.Last().Platform }

// expiredWaits returns the situation's waits on that budget that ended without the effect.
func (c *Case) expiredWaits(name string) []evidence.Event {
	var out []evidence.Event
	for _, e := range c.ownEvents(evidence.KindWait) {
		if e.Wait.Budget == name && !e.Wait.Satisfied {
			out = append(out, e)
		}
	}
	return out
}

// blobAtEnd returns a blob of the final listing.
func (c *Case) blobAtEnd(container, name string) (evidence.Event, bool) {
	for _, e := range c.events(evidence.KindBlob) {
		if e.Blob.Container == container && e.Blob.Name == name {
			return e, true
		}
	}
	return evidence.Event{}, false
}
