package check

import (
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// callOf returns the call whose completion a message of that type announces, or "".
func callOf(kind string) string {
	return map[string]string{Training: "TrainProject", Export: "ExportIteration"}[kind]
}

// finalStatus returns the first exchange of the last act that showed the final status of its training or export.
func finalStatus(c *Case, kind string) (evidence.Event, *Problem) {
	for _, e := range c.eventsIn(c.lastAct(), evidence.KindExchange) {
		if kind == Training && e.Exchange.Call == "GetIteration" && isTrainingFinished(*e.Exchange) ||
			kind == Export && e.Exchange.Call == "GetExports" && isExportFinished(*e.Exchange, c.platform()) {
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
