package check_test

import (
	"testing"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
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
	const maybeBefore = "inconclusive: order not observed: this may have been written before"
	assertVerdicts(t, map[string]verdict{
		"nothing, deleted blobs kept": {k, withoutStorage(true), ""},
		"nothing, no deleted blobs":   {k, withoutStorage(false), cannotBeObserved},
		"nothing, no containers":      {k, noContainers, ""},
		"a message":                   {k, withoutStorage(true).putMessage("q9", "m", 1, 2), "failed: PutMessage to queue q9"},
		"a message before":            {k, withoutStorage(true).putMessage("q9", "m", -2, -1), ""},
		"a message maybe before":      {k, withoutStorage(true).putMessage("q9", "m", -1, 1), maybeBefore},
		"a blob":                      {k, withoutStorage(true).putBlob("c9", "x", "1", 1, 3, 4), "failed: PutBlob to blob c9/x"},
		"a blob, or a stale listing":  {k, withoutStorage(true).putBlob("c9", "x", "1", 1, 1, 4), maybeBefore},
		"own backup":                  {k, withoutStorage(true).putBlob("c9", backupName, "1", 1, -5, 4), "failed: PutBlob to blob c9/" + backupName},
		"another project's backup":    {k, withoutStorage(true).putBlob("c9", "2"+backupName[1:], "1", 1, 3, 4), ""},
		"operation not observed":      {k, withoutStorage(true).messageAtEnd("q9", "m", "{}"), messageNotObserved},
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
	const maybeBefore = "inconclusive: order not observed: this may have been written before"
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
