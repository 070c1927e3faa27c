package check

import (
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// RecordedResults holds the results that the evidence of a recording gives, by the key of the
// situation and the name of the check. A replay of a polled recording has to choose an order for
// events whose order was not observed, so it must not prove more than these results do.
type RecordedResults map[string]map[string]RecordedResult

// A RecordedResult is the result of one check over the evidence of a recording.
type RecordedResult struct {
	Outcome RecordedOutcome `json:"outcome"`
	Reason  string          `json:"reason,omitempty"` // of an inconclusive result
}

// A RecordedOutcome is one of the three outcomes of a check.
type RecordedOutcome string

// The outcomes.
const (
	RecordedPass         RecordedOutcome = "passed"
	RecordedFailure      RecordedOutcome = "failed" // blocked included
	RecordedInconclusive RecordedOutcome = "inconclusive"
)

// AddSituation adds a situation without results.
func (r RecordedResults) AddSituation(key string) {
	if r[key] == nil {
		r[key] = map[string]RecordedResult{}
	}
}

// Add adds the result of a check in a situation. Where several recorded projects give different
// results the result is inconclusive, because a replay may play any of them.
func (r RecordedResults) Add(key, name string, p *Problem) {
	r.AddSituation(key)
	result := RecordedResult{Outcome: RecordedPass}
	switch {
	case p == nil:
	case p.Kind == Failed || p.Kind == Blocked:
		result.Outcome = RecordedFailure
	default:
		result = RecordedResult{Outcome: RecordedInconclusive, Reason: p.Summary}
	}
	before, known := r[key][name]
	switch {
	case !known:
		r[key][name] = result
	case before.Outcome == result.Outcome || before.Outcome == RecordedInconclusive:
	case result.Outcome == RecordedInconclusive:
		r[key][name] = result
	default:
		r[key][name] = RecordedResult{RecordedInconclusive, "it passed for one recorded project and failed for another"}
	}
}

// notRecorded returns the problem of an act with a call that is missing from the recording. It
// says something about the recording and nothing about the service.
func (c *Case) notRecorded(act string) *Problem {
	if !c.Replayed {
		return nil
	}
	for _, e := range c.eventsIn(act, evidence.KindExchange) {
		if message, is := trainingapi.NotRecorded(*e.Exchange); is {
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

// limitToRecording makes the result of a check inconclusive unless the recording gave the same
// one. p is the result that the replay alone gives.
func (c *Case) limitToRecording(k Check, p *Problem) *Problem {
	if c.Recorded == nil || p != nil && p.Kind == Broken {
		return p
	}
	results, hasSituation := c.Recorded[c.Situation.Key()]
	result, hasCheck := results[k.Name]
	reason := ""
	switch {
	case result.Outcome == RecordedInconclusive:
		reason = "not observed when this was recorded: " + result.Reason
	case p != nil && p.Kind == Inconclusive:
		return p
	case !hasSituation:
		reason = "the recording has this in another situation only, and storage was polled when this was recorded"
	case !hasCheck:
		reason = "this was not judged when this was recorded, and storage was polled then"
	case p == nil && result.Outcome == RecordedFailure:
		reason = "it failed when this was recorded, and passes in the replay"
	case p != nil && result.Outcome == RecordedPass:
		reason = "it passed when this was recorded, and in the replay: " + p.Summary
	default:
		return p
	}
	limited := &Problem{
		Kind:    Inconclusive,
		Summary: reason,
		Want:    "the result that the recording gives: " + k.Name,
		Got:     reason,
		Events:  c.lastCalls(c.lastAct()),
	}
	if p != nil {
		limited.Events = p.Events
	}
	return limited
}
