package check

import (
	"fmt"

	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// actProblem returns the problem of an act that was not performed, was blocked, or was not observed to its end.
func actProblem(c *Case, key string) *Problem {
	for _, e := range c.eventsIn(key, evidence.KindAct) {
		if e.ActBoundary.Phase == "ended" {
			return boundaryProblem(c, e)
		}
	}
	return broken(fmt.Sprintf("the act %q was never performed", key))
}

func boundaryProblem(c *Case, e evidence.Event) *Problem {
	switch m := e.ActBoundary; {
	case m.Blocked != "":
		return &Problem{
			Kind:    Blocked,
			Summary: "blocked: " + m.Blocked,
			Want:    "to " + m.Title,
			Got:     m.Blocked,
			Events:  failedCalls(c, e.Act),
		}
	case m.Inconclusive != "":
		return &Problem{
			Kind:    Inconclusive,
			Summary: m.Inconclusive,
			Want:    "to " + m.Title,
			Got:     m.Inconclusive,
			Events:  lastCalls(c, e.Act),
		}
	}
	return nil
}

// failedCalls returns the last three calls of the act without a successful response, or else its last calls.
func failedCalls(c *Case, act string) []int {
	var failed []evidence.Event
	for _, e := range c.eventsIn(act, evidence.KindExchange) {
		if !trainingapi.Succeeded(*e.Exchange) {
			failed = append(failed, e)
		}
	}
	if len(failed) == 0 {
		return lastCalls(c, act)
	}
	return eventNumbers(failed[max(0, len(failed)-3):])
}

// lastCalls returns the last two calls of the act.
func lastCalls(c *Case, act string) []int {
	all := c.eventsIn(act, evidence.KindExchange)
	return eventNumbers(all[max(0, len(all)-2):])
}

// ownCall returns the call that an act consists of.
func ownCall(a situation.Act) string {
	switch a.Verb {
	case situation.Update:
		return "UpdateProject"
	case situation.Train:
		return "TrainProject"
	case situation.Export:
		return "ExportIteration"
	case situation.Read:
		return "GetProject"
	}
	return "CreateProject"
}

// response returns the exchange of the last act's own call.
func (c *Case) response() (evidence.Event, *Problem) {
	call := ownCall(c.Situation.Last())
	for _, e := range c.calls(c.lastAct(), call) {
		return e, nil
	}
	return evidence.Event{}, first(actProblem(c, c.lastAct()), broken("the call of the act is not on record"))
}

// laterGet returns the first exchange of that call in the last act after the act's own call.
func (c *Case) laterGet(call string) (evidence.Event, *Problem) {
	response, problem := c.response()
	if problem != nil {
		return response, problem
	}
	for _, e := range c.calls(c.lastAct(), call) {
		if e.Seq > response.Seq {
			return e, nil
		}
	}
	return response, broken(call + " is not on record after the act")
}

// responseCheck returns a check of the response to the last act.
func responseCheck(name string, judge func(*Case, evidence.Event) *Problem) Check {
	return Check{Name: name, JudgesResponse: true, Immediate: true, Judge: func(c *Case) *Problem {
		e, problem := c.response()
		if problem != nil {
			return problem
		}
		return judge(c, e)
	}}
}
