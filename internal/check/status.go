package check

import (
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// callOf returns the call whose completion a message of that type announces, or "".
func callOf(kind string) string {
	return map[string]string{Training: "TrainProject", Export: "ExportIteration"}[kind]
}

// statusCallOf returns the call that reports the status that a message of that type announces, or "".
func statusCallOf(kind string) string {
	return map[string]string{Training: "GetIteration", Export: "GetExports"}[kind]
}

// shownStatus returns the status that a response to GetIteration or GetExports shows, or a description of a response
// that shows none.
func shownStatus(c *Case, x evidence.Exchange) string {
	var it trainingapi.Iteration
	var exports []trainingapi.Export
	_ = trainingapi.Decode(x, &it)
	_ = trainingapi.Decode(x, &exports)
	if it.Status != "" {
		return "status " + it.Status
	}
	for _, e := range exports {
		if e.Platform == c.platform() {
			return "status " + e.Status
		}
	}
	return trainingapi.Describe(x)
}

// finalStatus returns the first exchange of the last act that showed the final status of its training or export.
func finalStatus(c *Case, kind string) (evidence.Event, *Problem) {
	return firstFinal(c, c.lastAct(), kind, func(evidence.Event) bool { return true })
}

// finalStatusIn returns the first exchange of an act that showed the final status of the project's training or export.
func finalStatusIn(c *Case, act, kind string, p project) (evidence.Event, *Problem) {
	return firstFinal(c, act, kind, func(e evidence.Event) bool { return e.Project == p.label })
}

func firstFinal(c *Case, act, kind string, matches func(evidence.Event) bool) (evidence.Event, *Problem) {
	platform := ""
	if a := c.history().find(act); a != nil {
		platform = a.platform
	}
	for _, e := range c.calls(act, statusCallOf(kind)) {
		finished := kind == Training && isTrainingFinished(*e.Exchange) ||
			kind == Export && isExportFinished(*e.Exchange, platform)
		if finished && matches(e) {
			return e, nil
		}
	}
	return evidence.Event{}, broken("no final status is on record")
}

func isTrainingFinished(x evidence.Exchange) bool {
	var it trainingapi.Iteration
	if trainingapi.Decode(x, &it) != nil {
		return false
	}
	finished, _ := it.Finished()
	return finished
}

func isExportFinished(x evidence.Exchange, platform string) bool {
	var exports []trainingapi.Export
	if trainingapi.Decode(x, &exports) != nil {
		return false
	}
	for _, e := range exports {
		if finished, _ := e.Finished(); finished && e.Platform == platform {
			return true
		}
	}
	return false
}
