package check_test

import (
	"slices"
	"testing"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/steps/report"
)

const messageNotObserved = "inconclusive: not observed: when a message was stored; no poll showed it"

func TestNothingWritten(t *testing.T) {
	k := check.NothingWritten()
	withoutStorage := func(deletedBlobs bool) *timelineBuilder {
		s := newTimeline(deletedBlobs)
		s.situation = situation.Situation{}.With(situation.Act{Verb: situation.Create})
		for i := range s.events {
			s.events[i].Act = s.situation.Key()
		}
		s.events = s.events[2:] // without the queue and the container
		return s
	}
	noContainers := withoutStorage(false)
	noContainers.containers = false
	const maybe = "inconclusive: order not observed: another situation may have written this"
	gateway := withoutStorage(true)
	gateway.visibility = report.Visibility{}
	gatewayWith := func(began, ended float64) *timelineBuilder {
		s := *gateway
		s.events = slices.Clone(s.events)
		return s.putMessage(otherQueue, "m", began, ended)
	}
	assertVerdicts(t, map[string]verdict{
		"nothing, deleted blobs kept": {k, withoutStorage(true), ""},
		"nothing, no deleted blobs":   {k, withoutStorage(false), cannotBeObserved},
		"nothing, no containers":      {k, noContainers, ""},
		"a message":                   {k, withoutStorage(true).putMessage(otherQueue, "m", 1, 2), "failed: PutMessage to queue " + otherQueue},
		"a message before":            {k, withoutStorage(true).putMessage(otherQueue, "m", -2, -1), ""},
		"a message maybe before":      {k, withoutStorage(true).putMessage(otherQueue, "m", -1, 1.5), maybe},
		"a message after":             {k, withoutStorage(true).putMessage(otherQueue, "m", 2.5, 3), ""},
		"a blob":                      {k, withoutStorage(true).putBlob(otherContainer, "x", "1", 1, 3.5, 4), maybe},
		"a blob after":                {k, withoutStorage(true).putBlob(otherContainer, "x", "1", 1, 4.5, 5), ""},
		"a queue of the service":      {k, withoutStorage(true).putMessage("jobs", "m", 1, 2), ""},
		"gateway, a message":          {k, gatewayWith(1.2, 1.5), "failed: PutMessage to queue " + otherQueue},
		"gateway, after the call":     {k, gatewayWith(2.2, 2.5), ""},
		"own backup":                  {k, withoutStorage(true).putBlob(otherContainer, backupName, "1", 1, -5, 4), "failed: PutBlob to blob " + otherContainer + "/" + backupName},
		"another project's backup":    {k, withoutStorage(true).putBlob(otherContainer, "2"+backupName[1:], "1", 1, 3, 4), ""},
		"operation not observed":      {k, withoutStorage(true).messageAtEnd(otherQueue, "m", "{}"), messageNotObserved},
	})
}

func TestNothingWrittenByAnAttempt(t *testing.T) {
	k := check.NothingWritten()
	afterWait := func(wait float64) *timelineBuilder {
		s := newTimeline(true)
		if wait > 0 {
			absence := &evidence.Wait{Budget: budget.Absence, Satisfied: true}
			s.add(evidence.Event{At: at(wait).Sub(at(0)), Kind: evidence.KindWait, Wait: absence})
		}
		s.endAct().act(situation.Act{Verb: situation.Attempt, Key: "wrong"})
		return s.resource(evidence.Queue, "q2").resource(evidence.Blob, "c2").call("CreateProject", 11, 12, "{}")
	}
	attempt := func() *timelineBuilder { return afterWait(0) }
	const maybeBefore = "inconclusive: order not observed: another situation may have written this"
	assertVerdicts(t, map[string]verdict{
		"nothing":                         {k, attempt(), ""},
		"to its own container":            {k, attempt().putBlob("c2", "x", "1", 1, 10, 13), "failed: PutBlob to blob c2/x"},
		"to its own queue":                {k, attempt().putMessage("q2", "m", 10, 13), "failed: PutMessage to queue q2"},
		"to the other queue":              {k, attempt().putMessage("q", "m", 10, 13), "failed: PutMessage to queue q"},
		"to the other container":          {k, attempt().putBlob("c", "x", "1", 1, 10, 13), "failed: PutBlob to blob c/x"},
		"maybe by the earlier project":    {k, attempt().putBlob("c", "x", "1", 1, 3, 13), maybeBefore},
		"maybe before":                    {k, attempt().putMessage("q", "m", 1, 13), maybeBefore},
		"maybe during the wait before it": {k, afterWait(8).putMessage("q", "m", 7, 13), maybeBefore},
		"after the wait before it":        {k, afterWait(8).putMessage("q", "m", 9, 13), "failed: PutMessage to queue q"},
	})
}
