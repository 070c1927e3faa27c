package check_test

import (
	"testing"

	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
)

func TestNotBeforeResponse(t *testing.T) {
	k := check.NotBeforeResponse(check.Training)
	message := func(s *timelineBuilder, began, ended float64) *timelineBuilder {
		return s.train().putMessage("q", "m", began, ended).messageAtEnd("q", "m", trainingText)
	}
	polled := func(began, ended float64) *timelineBuilder { return message(newTimeline(true), began, ended) }
	const unknown = "inconclusive: order not observed: no poll of the queue shows whether the message or"
	assertVerdicts(t, map[string]verdict{
		"polled long before the response":    {k, polled(1, 1.5), "failed: it was stored 10.5s before the response"},
		"polled shortly before the response": {k, polled(11, 11.5), unknown},
		"absent after the response":          {k, polled(12.5, 13), ""},
		"no poll between":                    {k, polled(11.5, 12.5), unknown},
		"operation not observed": {k, newTimeline(true).train().messageAtEnd("q", "m", trainingText),
			"inconclusive: not observed: when the message was stored; no poll showed it"},
		"one unknown, another early": {k, polled(11, 11.5).putMessage("q", "n", 1, 1.5).messageAtEnd("q", "n", trainingText),
			"failed: it was stored 10.5s before the response"},
		"gateway, before": {k, message(newGatewayTimeline(), 11, 11.5), "failed: it was stored 500ms before the response"},
		"gateway, after":  {k, message(newGatewayTimeline(), 11, 12), ""},
	})
}

// A status that is never final breaks the requirement by itself. Effects that may still come do not.
func TestViolationsOfAnActThatWasNotOverInTime(t *testing.T) {
	stuck := func(lastRead float64, status int) *timelineBuilder {
		s := newGatewayTimeline().train().endAct().act(situation.Act{Verb: situation.Export, Platform: "CoreML"})
		s.call("ExportIteration", 31, 32, `{"platform":"CoreML","status":"Exporting"}`).
			putMessage("q", "m", 33, 34).messageAtEnd("q", "m", exportText).
			call("GetExports", lastRead, lastRead+1, `[{"platform":"CoreML","status":"Exporting"}]`)
		s.events[len(s.events)-1].Exchange.Status = status
		s.add(ended(evidence.ActBoundary{Inconclusive: "the export was not over within 10s"})).ended = true
		return s
	}
	const notOver = "inconclusive: the export was not over within 10s"
	assertVerdicts(t, map[string]verdict{
		"status never final": {check.FinishedWhenStored(check.Export), stuck(50, 200),
			"failed: GetExports did not show it 16s after the message: it showed status Exporting"},
		"a read without a response":  {check.FinishedWhenStored(check.Export), stuck(50, 0), notOver},
		"read too early to tell":     {check.FinishedWhenStored(check.Export), stuck(40, 200), notOver},
		"a message that is missing":  {check.FinishedWhenStored(check.Training), stuck(50, 200), notOver},
		"a check that is not marked": {check.HasBackup(), stuck(50, 200), notOver},
	})
}

func TestFinishedWhenStored(t *testing.T) {
	k := check.FinishedWhenStored(check.Training)
	slow := func(s *timelineBuilder, began, ended float64) *timelineBuilder {
		s.train()
		reads := s.events[len(s.events)-2:]
		reads[0].Exchange.Began = at(30)
		reads[1].Exchange.Began, reads[1].Exchange.Ended = at(40), at(41)
		return s.putMessage("q", "m", began, ended).messageAtEnd("q", "m", trainingText)
	}
	polled := func(began, ended float64) *timelineBuilder { return slow(newTimeline(true), began, ended) }
	quick := newTimeline(true).train().putMessage("q", "m", 13, 14).messageAtEnd("q", "m", trainingText)
	const late = "failed: GetIteration did not show it 16s after the message"
	assertVerdicts(t, map[string]verdict{
		"final in time":                {k, quick, ""},
		"read too late for the latest": {k, polled(13, 14), late},
		"read too late for the earliest": {
			k,
			polled(13, 21),
			"inconclusive: not observed: when the message was stored; no poll of the queue was close enough",
		},
		"read in time":           {k, polled(21, 22), ""},
		"gateway, read too late": {k, slow(newGatewayTimeline(), 13, 14), late},
		"gateway, read in time":  {k, slow(newGatewayTimeline(), 13, 20), ""},
	})
}
