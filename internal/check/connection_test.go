package check_test

import (
	"testing"

	"github.com/cvconform/cvconform/internal/check"
)

// cannotBeObserved is the problem of a blob that a poller may have missed.
const cannotBeObserved = "inconclusive: cannot be observed: storage is polled in this run, and " +
	"a blob that exists only between two polls leaves no trace"

// The deadline is 12: the response ended at 2, and the budget is 10 s.
func TestHasConnectionTestInTime(t *testing.T) {
	k := check.HasMessage(check.ConnectionTest)
	message := func(s *timelineBuilder, began, ended float64) *timelineBuilder {
		return s.putMessage("q", "m", began, ended).messageAtEnd("q", "m", connectionTestText)
	}
	polled := func(began, ended float64) *timelineBuilder { return message(newTimeline(true), began, ended) }
	gateway := func(ended float64) *timelineBuilder { return message(newGatewayTimeline(), 11, ended) }
	later := func(s *timelineBuilder) *timelineBuilder { // a message that a training follows
		s.train().putMessage("q", "m", 11, 12.5)
		return s.endAct().messageAtEnd("q", "m", connectionTestText)
	}
	const unknown = "inconclusive: not observed: whether it was stored in time"
	const late = "failed: stored 10.5 s after the response; budget connection-test is 10 s"
	assertVerdicts(t, map[string]verdict{
		"stored in time":                    {k, polled(1, 12), ""},
		"stored late":                       {k, polled(12.5, 13), late},
		"stored in time or late":            {k, polled(11, 13), unknown},
		"operation not observed, read late": {k, newTimeline(true).putMessage("q", "x", 12, 13).messageAtEnd("q", "m", connectionTestText), unknown},
		"operation not observed":            {k, newTimeline(true).messageAtEnd("q", "m", connectionTestText), ""},
		"not stored":                        {k, newTimeline(true), "failed: none that belongs here: the queue is empty"},
		"one late, another in time":         {k, message(polled(12.5, 13), 1, 2), ""},
		"gateway, stored in time":           {k, gateway(12), ""},
		"gateway, stored late":              {k, gateway(12.5), late},
		"gateway, late by a moment":         {k, gateway(12.01), "failed: stored 10.01 s after the response"},
		"gateway, stored before call":       {k, message(newGatewayTimeline(), 0, 0.5), ""},
		"gateway, during the next act":      {k, later(newGatewayTimeline()), "failed: none that belongs here"},
		"another tree's message": {k, newGatewayTimeline().putMessage("q", "m", 2, 3).
			messageAtEnd("q", "m", `{"type":"ConnectionTest","Content":{"projectId":"other"}}`), "failed: none that belongs here"},
	})
}

// A message that comes after the absence window of its act is not counted: a run that ends with the act does not see it.
func TestOneConnectionTestCountsUntilTheEndOfTheWindow(t *testing.T) {
	k := check.OneConnectionTest()
	twice := func(began, second float64) *timelineBuilder { // the act ends at 3, its window at 5
		s := newGatewayTimeline().putMessage("q", "m", 2, 3).endAct().putMessage("q", "n", began, second)
		return s.messageAtEnd("q", "m", connectionTestText).messageAtEnd("q", "n", connectionTestText)
	}
	polled := newTimeline(true).putMessage("q", "m", 2, 3).endAct().putMessage("q", "n", 4, 6)
	polled.messageAtEnd("q", "m", connectionTestText).messageAtEnd("q", "n", connectionTestText)
	assertVerdicts(t, map[string]verdict{
		"within the window":       {k, twice(4, 5), "failed: 2"},
		"after the window":        {k, twice(5, 5.1), ""},
		"polled, perhaps within":  {k, polled, "inconclusive: not observed: when a message was stored"},
		"none":                    {k, newGatewayTimeline(), "failed: 0"},
		"unobserved, exactly one": {k, newTimeline(true).messageAtEnd("q", "m", connectionTestText), "inconclusive"},
	})
}

func TestTestBlobAppeared(t *testing.T) {
	k := check.TestBlobAppeared()
	versions := newTimeline(false)
	versions.visibility.Versions = true
	assertVerdicts(t, map[string]verdict{
		"observed":                    {k, newTimeline(false).putBlob("c", testBlob, "1", 1, 1, 2), ""},
		"absent, deleted blobs kept":  {k, newTimeline(true), "failed: no blob was stored"},
		"absent, versions kept":       {k, versions, "failed: no blob was stored"},
		"absent, no deleted blobs":    {k, newTimeline(false), cannotBeObserved},
		"absent, names the command":   {k, newTimeline(false), check.KeepDeleted},
		"elsewhere":                   {k, newTimeline(true).putBlob("c", "x", "1", 1, 1, 2), "failed: stored instead: x"},
		"elsewhere, no deleted blobs": {k, newTimeline(false).putBlob("c", "x", "1", 1, 1, 2), cannotBeObserved},
		"listed after the act": {k, newTimeline(true).endAct().putBlob("c", testBlob, "1", 1, 1, 30),
			"inconclusive: not observed: whether it was stored in time"},
		"elsewhere, listed after the act": {k, newTimeline(true).endAct().putBlob("c", "x", "1", 1, 1, 30),
			"inconclusive: order not observed: blob x was listed only after the call"},
		"gateway, absent": {k, newGatewayTimeline(), "failed: no blob was stored"},
		"gateway, stored late": {k, newGatewayTimeline().putBlob("c", testBlob, "1", 1, 12, 16),
			"failed: stored 14 s after the response; budget connection-test is 10 s"},
	})
}

func TestTestBlobGone(t *testing.T) {
	k := check.TestBlobGone()
	blob := func() *timelineBuilder { return newTimeline(false).putBlob("c", testBlob, "1", 1, 1, 2) }
	gateway := func() *timelineBuilder { return newGatewayTimeline().putBlob("c", testBlob, "", 1, 1, 2) }
	const unknown = "inconclusive: not observed: whether it was deleted in time"
	const exists = "failed: test blob " + testBlob + " is still there at the end"
	assertVerdicts(t, map[string]verdict{
		"deleted in time":                        {k, blob().deleteBlob(testBlob, 3, 10), ""},
		"deleted late":                           {k, blob().deleteBlob(testBlob, 15, 16), "failed: it was deleted too late"},
		"deleted late, unless listing was stale": {k, blob().deleteBlob(testBlob, 13, 16), unknown},
		"deleted between polls far apart":        {k, blob().deleteBlob(testBlob, 3, 30), unknown},
		"deletion not observed":                  {k, blob(), "inconclusive: not observed: when the test blob was deleted"},
		"there at the end":                       {k, blob().blobAtEnd(testBlob, "1", 1), exists},
		"stored again, there at the end": {
			k,
			gateway().deleteBlob(testBlob, 2, 3).blobAtEnd(testBlob, "", 1),
			exists,
		},
		"gateway, deleted in time": {k, gateway().deleteBlob(testBlob, 11, 12), ""},
		"gateway, deleted late": {
			k,
			gateway().deleteBlob(testBlob, 11, 12.5),
			"failed: it was deleted too late",
		},
	})
}

func TestNothingLeftBehind(t *testing.T) {
	k := check.NothingLeftBehind()
	deleted := func() *timelineBuilder {
		return newTimeline(false).putBlob("c", testBlob, "1", 1, 1, 2).deleteBlob(testBlob, 3, 4)
	}
	marker := func(s *timelineBuilder) *timelineBuilder {
		return s.putBlob("c", "x", "2", 1, 1, 2).blobAtEnd("x", "2", 1)
	}
	assertVerdicts(t, map[string]verdict{
		"nothing":                {k, deleted(), ""},
		"a marker":               {k, marker(deleted()), "failed: blob x stays"},
		"a marker, no test blob": {k, marker(newTimeline(false)), "failed: blob x stays"},
		"nothing, no test blob":  {k, newTimeline(false), cannotBeObserved},
		"a backup listed after":  {k, deleted().endAct().putBlob("c", backupName, "2", 1, 4, 30), ""},
		"a marker listed after": {
			k,
			deleted().endAct().putBlob("c", "x", "2", 1, 4, 30),
			"inconclusive: order not observed: blob x was listed later",
		},
		"gateway, a marker that is deleted late": {
			k,
			newGatewayTimeline().putBlob("c", testBlob, "", 1, 1, 2).deleteBlob(testBlob, 2, 3).
				putBlob("c", "x", "", 1, 2, 3).endAct().deleteBlob("x", 13, 14),
			"failed: it was deleted too late: 11 s after it was stored; budget test-blob is 10 s",
		},
		"gateway, a marker after that": {
			k,
			newGatewayTimeline().putBlob("c", testBlob, "", 1, 1, 2).deleteBlob(testBlob, 2, 3).
				endAct().putBlob("c", "x", "", 1, 4, 5),
			"",
		},
	})
}
