package check

import (
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// Judge applies a check to a case. First it verifies that the situation was brought about: an act that was blocked is
// a failure with its reason; one that was not over within its budget is inconclusive, unless it is the last one and the
// check proves a violation all the same; one with a call that is missing from a recording is inconclusive, too. A
// failure that storage caused is inconclusive, and one that the harness may have caused is inconclusive or a fault of
// the harness. Case.Recorded may make the result inconclusive.
func Judge(c *Case, k Check) *Problem {
	return limitToRecording(c, k, excuseStorageFault(c, k, excuseHarnessFault(c, judgeEvidence(c, k))))
}

func judgeEvidence(c *Case, k Check) *Problem {
	keys := c.Situation.Nodes()
	for i, key := range keys {
		if p := notRecorded(c, key); p != nil {
			return p
		}
		last := i == len(keys)-1
		if k.JudgesResponse && last {
			break
		}
		if p := actProblem(c, key); p != nil {
			if last && k.JudgesUnfinished && p.Kind == Inconclusive {
				return violationOr(p, k.Judge(c))
			}
			return p
		}
	}
	return k.Judge(c)
}

// violationOr returns the problem of a check of an act that was not over in time, if it proves a violation, or else the
// problem of the act. An effect that is missing proves nothing, because it may follow the end of the act.
func violationOr(unfinished, found *Problem) *Problem {
	if found != nil && found.Kind == Failed && !found.missing {
		return found
	}
	return unfinished
}

// notRecorded returns the problem of an act with a call that the recording does not contain, which says nothing about
// the service.
func notRecorded(c *Case, act string) *Problem {
	if !c.Replayed {
		return nil
	}
	for _, e := range c.eventsIn(act, evidence.KindExchange) {
		if message, refused := trainingapi.NotRecorded(*e.Exchange); refused {
			return inconclusive("a recorded response to "+e.Exchange.Call, message, e)
		}
	}
	return nil
}

// limitToRecording makes the result of a check inconclusive unless the recording gave the same
// one. p is the result that the replay alone gives.
func limitToRecording(c *Case, k Check, p *Problem) *Problem {
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
		Events:  lastCalls(c, c.lastAct()),
	}
	if p != nil {
		limited.Events = p.Events
	}
	return limited
}
