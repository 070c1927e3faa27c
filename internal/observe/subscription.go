package observe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/cvconform/cvconform/internal/evidence"
)

// ErrClosed is the error of an Await whose subscription or log was closed before a matching operation was recorded.
var ErrClosed = errors.New("the subscription is closed")

// A Subscription collects the matching operations in the order of their recording. Subscriptions are independent of
// each other. Get one from [OperationLog.Subscribe].
type Subscription struct {
	match  func(evidence.Operation) bool
	remove func() // ends the delivery of operations

	mu     sync.Mutex
	ops    []evidence.Operation
	closed bool
	change chan struct{} // closed, and replaced, when ops grows or the subscription ends
}

// Operations returns the operations collected so far.
func (s *Subscription) Operations() []evidence.Operation {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.ops)
}

// Await returns the first operation, collected before the call or after it, for which pred returns true; nil means
// any. It is woken by events and does not poll. The error wraps the cause of ctx, or [ErrClosed].
func (s *Subscription) Await(ctx context.Context, pred func(op evidence.Operation) bool) (evidence.Operation, error) {
	for seen := 0; ; {
		fresh, closed, change := s.since(seen)
		if i := slices.IndexFunc(fresh, matchAllIfNil(pred)); i >= 0 {
			return fresh[i], nil
		}
		seen += len(fresh)
		if closed {
			return evidence.Operation{}, fmt.Errorf("await a storage operation (%d seen): %w", seen, ErrClosed)
		}
		select {
		case <-change:
		case <-ctx.Done():
			return evidence.Operation{}, fmt.Errorf("await a storage operation (%d seen): %w", seen, context.Cause(ctx))
		}
	}
}

// Close ends the subscription. The collected operations can still be read.
func (s *Subscription) Close() {
	s.remove()
	s.stop()
}

// since returns the operations after the first n, whether there will be no more, and a channel that is closed at the
// next change.
func (s *Subscription) since(n int) (fresh []evidence.Operation, closed bool, change <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ops[n:len(s.ops):len(s.ops)], s.closed, s.change
}

// add collects op if it matches.
func (s *Subscription) add(op evidence.Operation) {
	if !matchAllIfNil(s.match)(op) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.ops = append(s.ops, op)
	close(s.change)
	s.change = make(chan struct{})
}

// stop wakes all callers of Await for the last time.
func (s *Subscription) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.closed = true
		close(s.change)
	}
}

func matchAllIfNil(match func(evidence.Operation) bool) func(evidence.Operation) bool {
	if match == nil {
		return func(evidence.Operation) bool { return true }
	}
	return match
}
