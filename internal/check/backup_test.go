package check_test

import (
	"testing"

	"github.com/cvconform/cvconform/internal/check"
)

// exported returns a timeline with an export, of an account that keeps deleted blobs and overwritten ones.
func exported() *timelineBuilder {
	s := newTimeline(true)
	s.visibility.OverwrittenBlobs = true
	return s.export()
}

func TestCompleteWhenFirstSeen(t *testing.T) {
	k := check.CompleteWhenFirstSeen()
	once := func(s *timelineBuilder) *timelineBuilder {
		return s.putBlob("c", backupName, "2", 9, 33, 34).blobAtEnd(backupName, "2", 9)
	}
	twice := func(s *timelineBuilder, length int64) *timelineBuilder {
		return once(s.putBlob("c", backupName, "1", length, 33, 34))
	}
	const changed = "failed: the content changed after the first operation (PutBlob): "
	assertVerdicts(t, map[string]verdict{
		"one content": {k, once(exported()), ""},
		"one content, overwritten blobs not kept": {k, once(newTimeline(true).export()),
			"inconclusive: cannot be observed: storage is polled in this run, and a content that is overwritten"},
		"overwritten blobs not kept, names the command": {k, once(newTimeline(true).export()), check.KeepVersions},
		"two contents": {k, twice(exported(), 0), changed + "0 bytes, at the end 9"},
		"two contents of one length": {
			k,
			twice(exported(), 9),
			"inconclusive: not observed: which content was written first",
		},
		"a content after the last poll": {
			k,
			exported().putBlob("c", backupName, "1", 3, 33, 34).blobAtEnd(backupName, "2", 9),
			changed + "3 bytes, at the end 9",
		},
		"operation not observed": {k, exported().blobAtEnd(backupName, "2", 9),
			"inconclusive: not observed: how the backup was stored; no poll showed it"},
		"gateway, one content":  {k, once(newGatewayTimeline().export()), ""},
		"gateway, two contents": {k, twice(newGatewayTimeline().export(), 9), changed + "9 bytes, at the end 9"},
	})
}

func TestBackupBeforeMessage(t *testing.T) {
	k := check.BackupBeforeMessage()
	export := func(s *timelineBuilder, messageBegan, messageEnded, blobBegan, blobEnded float64) *timelineBuilder {
		return s.putBlob("c", backupName, "2", 9, blobBegan, blobEnded).putMessage("q", "m", messageBegan, messageEnded).
			messageAtEnd("q", "m", exportText).blobAtEnd(backupName, "2", 9)
	}
	const unknown = "inconclusive: order not observed: no poll falls between the backup and the message"
	const after = "failed: the message was stored first"
	gateway := newGatewayTimeline
	assertVerdicts(t, map[string]verdict{
		"before":                    {k, export(exported(), 36, 37, 33, 34), ""},
		"between the same polls":    {k, export(exported(), 33, 36, 33, 34), unknown},
		"long after":                {k, export(exported(), 33, 34, 38, 39), after},
		"after, or a stale listing": {k, export(exported(), 33, 34, 35, 39), unknown},
		"last content not observed": {k, exported().putBlob("c", backupName, "1", 9, 33, 34).putMessage("q", "m", 36, 37).
			messageAtEnd("q", "m", exportText).blobAtEnd(backupName, "2", 9),
			"inconclusive: not observed: when the backup got its last content"},
		"gateway, before": {k, export(gateway().export(), 33, 35, 33, 34), ""},
		"gateway, after":  {k, export(gateway().export(), 33, 34, 33, 35), after},
	})
}
