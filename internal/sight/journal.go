package sight

import (
	"slices"
	"sync"

	"github.com/cvconform/cvconform/internal/evidence"
)

// A Journal hands each recorded operation to all watches, one operation at a
// time, which gives them all the same order. The zero value is ready; it is safe
// for concurrent use.
type Journal struct {
	mu      sync.Mutex
	watches []*Watch
	closed  bool
}

// Record tells all watches of an operation.
func (j *Journal) Record(op evidence.Operation) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, w := range j.watches {
		w.offer(op)
	}
}

// Close ends all watches; what they have seen can still be read.
func (j *Journal) Close() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.closed = true
	for _, w := range j.watches {
		w.end()
	}
	j.watches = nil
}

func (j *Journal) add(w *Watch) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		w.end()
		return
	}
	j.watches = append(j.watches, w)
}

func (j *Journal) remove(w *Watch) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.watches = slices.DeleteFunc(j.watches, func(o *Watch) bool { return o == w })
}
