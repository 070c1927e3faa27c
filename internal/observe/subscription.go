package observe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/cvconform/cvconform/internal/evidence"
)

// ErrClosed is what Await returns when its watch, or its journal, has been
// closed and nothing recorded until then was what it waited for.
var ErrClosed = errors.New("the watch is closed")

// A Subscription collects the operations that match, in the order of recording, from
// the moment it began. Watches are independent: each sees all of its own.
type Subscription struct {
	journal *OperationLog
	match   func(evidence.Operation) bool

	mu     sync.Mutex
	ops    []evidence.Operation
	ended  bool
	change chan struct{} // closed, and replaced, when ops grows or the watch ends
}

// Subscribe begins to collect all operations recorded from now on for which match
// is true; nil means all. match is called while recording: it must be quick and
// must not record or watch itself.
func (j *OperationLog) Subscribe(match func(evidence.Operation) bool) *Subscription {
	w := &Subscription{journal: j, match: match, change: make(chan struct{})}
	j.add(w)
	return w
}

// Operations is what the watch has collected so far.
func (w *Subscription) Operations() []evidence.Operation {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.ops)
}

// Await returns the first operation collected, before the call or after it,
// for which pred is true; nil means any. It wakes by event. The error wraps
// ctx's cause, or is ErrClosed.
func (w *Subscription) Await(ctx context.Context, pred func(op evidence.Operation) bool) (evidence.Operation, error) {
	for seen := 0; ; {
		fresh, ended, change := w.since(seen)
		if i := slices.IndexFunc(fresh, matchAllIfNil(pred)); i >= 0 {
			return fresh[i], nil
		}
		seen += len(fresh)
		if ended {
			return evidence.Operation{}, fmt.Errorf("await a storage operation (%d seen): %w", seen, ErrClosed)
		}
		select {
		case <-change:
		case <-ctx.Done():
			return evidence.Operation{}, fmt.Errorf("await a storage operation (%d seen): %w", seen, context.Cause(ctx))
		}
	}
}

// Close ends the watch. What it has collected stays; Await no longer waits.
func (w *Subscription) Close() {
	w.journal.remove(w)
	w.stop()
}

// since returns what was collected after the first n operations, whether that
// is all there will be, and a channel that closes at the next change.
func (w *Subscription) since(n int) (fresh []evidence.Operation, ended bool, change <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.ops[n:len(w.ops):len(w.ops)], w.ended, w.change
}

// add collects op if it matches.
func (w *Subscription) add(op evidence.Operation) {
	if !matchAllIfNil(w.match)(op) {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		return
	}
	w.ops = append(w.ops, op)
	close(w.change)
	w.change = make(chan struct{})
}

// stop wakes all who wait, for the last time.
func (w *Subscription) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.ended {
		w.ended = true
		close(w.change)
	}
}

// matchAllIfNil is match, or for nil a match of everything.
func matchAllIfNil(match func(evidence.Operation) bool) func(evidence.Operation) bool {
	if match == nil {
		return func(evidence.Operation) bool { return true }
	}
	return match
}
