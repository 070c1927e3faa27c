package observe

import (
	"slices"
	"sync"

	"github.com/cvconform/cvconform/internal/evidence"
)

// An OperationLog delivers each recorded operation to all subscriptions, one operation at a time, so that all of them
// have the same order. The zero value is ready. It may be used concurrently.
type OperationLog struct {
	mu            sync.Mutex
	subscriptions []*Subscription
	closed        bool
}

// Record delivers an operation to all subscriptions.
func (l *OperationLog) Record(op evidence.Operation) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.subscriptions {
		s.add(op)
	}
}

// Subscribe collects all operations recorded from now on for which match returns true; nil means all. match is called
// during the recording: it must be quick, and must not call the log.
func (l *OperationLog) Subscribe(match func(evidence.Operation) bool) *Subscription {
	s := &Subscription{match: match, change: make(chan struct{})}
	s.remove = func() { l.remove(s) }
	l.add(s)
	return s
}

// Close ends all subscriptions. Their operations can still be read.
func (l *OperationLog) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for _, s := range l.subscriptions {
		s.stop()
	}
	l.subscriptions = nil
}

func (l *OperationLog) add(s *Subscription) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		s.stop()
		return
	}
	l.subscriptions = append(l.subscriptions, s)
}

func (l *OperationLog) remove(s *Subscription) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.subscriptions = slices.DeleteFunc(l.subscriptions, func(other *Subscription) bool { return other == s })
}
