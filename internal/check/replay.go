package check

import (
	"slices"

	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/recording"
)

// notRecorded is the problem of an act in which a recording was asked what it does
// not know: that says something of the recording, and nothing of the service.
func (c *Case) notRecorded(act string) *Problem {
	if !c.Replayed {
		return nil
	}
	for _, e := range c.eventsIn(act, evidence.KindExchange) {
		if message, is := recording.Unrecorded(*e.Exchange); is {
			return &Problem{
				Kind:    Inconclusive,
				Summary: message,
				Want:    "a recorded answer to " + e.Exchange.Call,
				Got:     message,
				Events:  eventNumbers([]evidence.Event{e}),
			}
		}
	}
	return nil
}

// limitToRecording holds the result of a check against what the recorded evidence gave by
// the same check: a replay plays in one order what nobody saw in order, so it proves
// nothing that the recording does not. judge is what the replay alone gives.
func (c *Case) limitToRecording(k Check, judge func() *Problem) *Problem {
	e, settled, known := c.recordedVerdicts(c.lastAct())
	if !known {
		return judge()
	}
	want := "what the recording settles: " + k.Name
	rulings, there := settled.Situations[c.Situation.Key()]
	switch {
	case !there:
		return inconclusive(
			want,
			"the recording has this in another situation only, and storage was listed when this was recorded",
			e,
		)
	case rulings[k.Name].Open != "":
		return inconclusive(want, "nobody could tell when this was recorded: "+rulings[k.Name].Open, e)
	case c.spansProjects(k.Since):
		return inconclusive(
			want,
			"the replay took it from more than one project, and storage was listed when this was recorded",
			e,
		)
	}
	p := judge()
	switch failed := rulings[k.Name].Failed; {
	case p == nil && failed:
		return inconclusive(want, "it failed when this was recorded, and passes in the replay", e)
	case p != nil && (p.Kind == Failed || p.Kind == Blocked) && !failed:
		return inconclusive(
			want,
			"it passed when this was recorded, and in the replay: "+p.Summary,
			append(c.eventsOf(p), e)...)
	}
	return p
}

// recordedVerdicts is what a replay says that its recording settles of the situations that
// end with an act, and the answer with which it says so.
func (c *Case) recordedVerdicts(act string) (e evidence.Event, s recording.RecordedVerdicts, known bool) {
	if !c.Replayed {
		return e, s, false
	}
	for _, e := range c.eventsIn(act, evidence.KindExchange) {
		if s, known = recording.VerdictsFrom(*e.Exchange); known {
			return e, s, true
		}
	}
	return e, s, false
}

// spansProjects says whether the situation's acts from the last of that verb on were played
// from several recorded projects. An attempt answers for itself alone.
func (c *Case) spansProjects(since situation.Verb) bool {
	if since == "" || c.Situation.Last().Verb == situation.Attempt {
		return false
	}
	keys := c.Situation.Nodes()
	_, last, _ := c.recordedVerdicts(c.lastAct())
	for _, act := range keys[max(0, slices.Index(keys, c.lastActOf(since))):] {
		if _, s, known := c.recordedVerdicts(act); known && s.Project != last.Project {
			return true
		}
	}
	return false
}

// eventsOf are the events that a problem shows.
func (c *Case) eventsOf(p *Problem) []evidence.Event {
	var out []evidence.Event
	for _, e := range c.Events {
		for _, seq := range p.Events {
			if e.Seq == seq {
				out = append(out, e)
			}
		}
	}
	return out
}
