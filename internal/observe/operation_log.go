package observe

import (
	"slices"
	"sync"

	"github.com/cvconform/cvconform/internal/evidence"
)

// A OperationLog hands each recorded operation to all watches, one operation at a
// time, which gives them all the same order. The zero value is ready; it is safe
// for concurrent use.
type OperationLog struct {
	mu      sync.Mutex
	watches []*Subscription
	closed  bool
}

// Record tells all watches of an operation.
func (j *OperationLog) Record(op evidence.Operation) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, w := range j.watches {
		w.add(op)
	}
}

// Close ends all watches; what they have seen can still be read.
func (j *OperationLog) Close() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.closed = true
	for _, w := range j.watches {
		w.stop()
	}
	j.watches = nil
}

func (j *OperationLog) add(w *Subscription) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		w.stop()
		return
	}
	j.watches = append(j.watches, w)
}

func (j *OperationLog) remove(w *Subscription) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.watches = slices.DeleteFunc(j.watches, func(o *Subscription) bool { return o == w })
}
