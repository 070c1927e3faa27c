package session

import (
	"sync/atomic"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// unrecordedCalls counts the calls of a replay that are not in the recording.
type unrecordedCalls struct{ n atomic.Int64 }

// count adds the unrecorded calls of a timeline.
func (c *unrecordedCalls) count(t Target, timeline *evidence.Timeline) {
	if t.Kind != target.Replay || timeline == nil {
		return
	}
	for _, e := range timeline.Events() {
		if e.Kind != evidence.KindExchange {
			continue
		}
		if _, unrecorded := trainingapi.NotRecorded(*e.Exchange); unrecorded {
			c.n.Add(1)
		}
	}
}

// addReplayWarnings adds a warning for each recorded behaviour that the replay
// could not reproduce.
func addReplayWarnings(v *Service, c *unrecordedCalls, notes *Notes) {
	if v.Notes != nil {
		for _, note := range v.Notes() {
			notes.Warn("replay: %s", notes.Redactor.Redact(note))
		}
	}
	if n := c.n.Load(); n > 0 {
		notes.Warn("replay: %d calls are not in the recording; the checks that depend on them are inconclusive, "+
			"because of the recording, not of the service", n)
	}
}
