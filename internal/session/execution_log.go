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
	byKey map[string]loggedTree
}

// A loggedTree is the timeline of an act tree, and why it was not performed to its end.
type loggedTree struct {
	timeline *evidence.Timeline
	err      error
}

// record returns the timeline as a record; an empty record if the tree was not performed.
func (l loggedTree) record(key string) (r engine.TimelineRecord) {
	if l.timeline == nil {
		return r
	}
	r = engine.TimelineRecord{Key: key, Started: l.timeline.Start(), Events: l.timeline.Events()}
	if l.err != nil {
		r.Error = l.err.Error()
	}
	return r
}

// add adds the timeline of an act tree. A nil log keeps nothing.
func (l *ExecutionLog) add(tree *situation.ActTree, timeline *evidence.Timeline, err error) {
	if l == nil || timeline == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.byKey == nil {
		l.byKey = map[string]loggedTree{}
	}
	l.byKey[tree.Key] = loggedTree{timeline, err}
}

// ForKeys returns the timelines of these act trees, in that order, after the run has ended.
func (l *ExecutionLog) ForKeys(keys []string) []engine.TimelineRecord {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []engine.TimelineRecord
	for _, key := range keys {
		out = append(out, l.byKey[key].record(key))
	}
	return out
}
