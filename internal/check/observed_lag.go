package check

import (
	"time"

	"github.com/cvconform/cvconform/internal/check/interval"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// addLags adds which came first, the message of a training or an export or the status that it announces. An order
// that was not observed adds nothing.
func (o observations) addLags(c *Case) {
	for _, m := range c.allMessages() {
		if !m.observed() || callOf(m.Type) == "" {
			continue
		}
		reads := readStatuses(c, m.Type, m.put.Act)
		if reads.unfinished.After(m.put.Operation.Ended) {
			o.add("status-lag", m.Type+": message first")
			continue
		}
		if reads.finished.IsZero() {
			continue
		}
		switch interval.At(reads.finished).Compare(c.completion(m.put.Operation)) {
		case interval.Before:
			o.add("status-lag", m.Type+": status first")
		case interval.After:
			o.add("status-lag", m.Type+": status in the first read after the message")
		}
	}
}

// readStatuses holds two reads of a status in one act.
type statusReads struct {
	unfinished time.Time // beginning of the last read before the final status
	finished   time.Time // response to the first read that showed the final status
}

func readStatuses(c *Case, kind, act string) (reads statusReads) {
	for _, e := range c.eventsIn(act, evidence.KindExchange) {
		switch finished, ok := readStatus(kind, *e.Exchange); {
		case !ok:
		case finished && reads.finished.IsZero():
			reads.finished = e.Exchange.Ended
		case !finished && reads.finished.IsZero():
			reads.unfinished = e.Exchange.Began
		}
	}
	return reads
}

// readStatus reports whether an exchange showed the final status of a training, or of the last export. ok is false if
// the exchange is no read of such a status.
func readStatus(kind string, x evidence.Exchange) (finished, ok bool) {
	var it trainingapi.Iteration
	var exports []trainingapi.Export
	switch {
	case kind == Training && x.Call == "GetIteration" && trainingapi.Decode(x, &it) == nil:
		finished, _ = it.Finished()
		return finished, true
	case kind == Export && x.Call == "GetExports" && trainingapi.Decode(x, &exports) == nil && len(exports) > 0:
		finished, _ = exports[len(exports)-1].Finished()
		return finished, true
	}
	return false, false
}
