package check_test

import (
	"testing"

	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
)

func TestOldStorageUnused(t *testing.T) {
	queue, container := check.OldQueueUnused(), check.OldContainerUnused()
	move := func(s *timelineBuilder) *timelineBuilder {
		both := situation.Integrations{Queue: true, Container: true}
		s.endAct().act(situation.Act{Verb: situation.Update, Change: situation.MoveStorage, Storage: both})
		s.resource(evidence.Queue, "q2").resource(evidence.Blob, "c2").call("UpdateProject", 11, 12, "{}")
		return s.requestBody(`{"settings":{"notificationQueueUri":"http://s/q2","exportModelContainerUri":"http://s/c2"}}`)
	}
	moved := func(deletedBlobs bool) *timelineBuilder { return move(newTimeline(deletedBlobs)) }
	const message, blob = "failed: PutMessage to queue q", "failed: PutBlob to blob c/x"
	const maybeBefore = "inconclusive: order not observed: this may have been stored before the response to the update"
	assertVerdicts(t, map[string]verdict{
		"queue unused":                  {queue, moved(false), ""},
		"message before":                {queue, moved(false).putMessage("q", "m", 2, 3), ""},
		"message after":                 {queue, moved(false).putMessage("q", "m", 12.5, 13), message},
		"message maybe after":           {queue, moved(false).putMessage("q", "m", 11, 13), maybeBefore},
		"operation not observed":        {queue, moved(false).messageAtEnd("q", "m", "{}"), messageNotObserved},
		"gateway, message after":        {queue, move(newGatewayTimeline()).putMessage("q", "m", 12.5, 13), message},
		"gateway, message begun before": {queue, move(newGatewayTimeline()).putMessage("q", "m", 11, 13), ""},

		"container unused":                   {container, moved(true), ""},
		"container unused, no deleted blobs": {container, moved(false), cannotBeObserved},
		"blob after":                         {container, moved(true).putBlob("c", "x", "1", 1, 15, 16), blob},
		"blob after, or a stale listing":     {container, moved(true).putBlob("c", "x", "1", 1, 13, 16), maybeBefore},
		"blob before":                        {container, moved(true).putBlob("c", "x", "1", 1, 1, 2), ""},
		"blob after, no deleted blobs":       {container, moved(false).putBlob("c", "x", "1", 1, 15, 16), blob},
		"gateway, blob after":                {container, move(newGatewayTimeline()).putBlob("c", "x", "", 1, 15, 16), blob},
	})
}
