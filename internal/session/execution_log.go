package session

import (
	"sync"

	"github.com/cvconform/cvconform/internal/engine"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
)

// An ExecutionLog keeps the timelines of a run in memory, by the key of their act
// tree. The zero value is empty. Its methods may be called concurrently.
type ExecutionLog struct {
	mu    sync.Mutex
	byKey map[string]engine.TimelineRecord
}

// add adds the timeline of an act tree. A nil log keeps nothing.
func (l *ExecutionLog) add(tree *situation.ActTree, timeline *evidence.Timeline, err error) {
	if l == nil || timeline == nil {
		return
	}
	record := engine.TimelineRecord{Key: tree.Key, Started: timeline.Start(), Events: timeline.Close()}
	if err != nil {
		record.Error = err.Error()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.byKey == nil {
		l.byKey = map[string]engine.TimelineRecord{}
	}
	l.byKey[tree.Key] = record
}

// ForKeys returns the timelines of these act trees, in that order.
func (l *ExecutionLog) ForKeys(keys []string) []engine.TimelineRecord {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []engine.TimelineRecord
	for _, key := range keys {
		out = append(out, l.byKey[key])
	}
	return out
}
