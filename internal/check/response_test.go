package check_test

import (
	"testing"

	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine/situation"
)

func TestResponseIsOK(t *testing.T) {
	answered := func(call string, verb situation.Verb, status int) *timelineBuilder {
		s := newGatewayTimeline().endAct().act(situation.Act{Verb: verb}).call(call, 11, 12, `{"id":"x"}`)
		s.events[len(s.events)-1].Exchange.Status = status
		return s
	}
	k := check.ResponseIsOK()
	assertVerdicts(t, map[string]verdict{
		"created":     {k, newGatewayTimeline(), ""},
		"updated":     {k, answered("UpdateProject", situation.Update, 200), ""},
		"trained":     {k, answered("TrainProject", situation.Train, 200), ""},
		"exported":    {k, answered("ExportIteration", situation.Export, 200), ""},
		"another 2xx": {k, answered("TrainProject", situation.Train, 202), "failed: TrainProject returned 202: "},
		"no response": {k, answered("ExportIteration", situation.Export, 0), "failed: ExportIteration got no response"},
		"no call":     {k, answered("GetIteration", situation.Train, 200), "broken: the call of the act is not on record"},
	})
}
