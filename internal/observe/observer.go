package observe

import (
	"context"
	"net/url"
	"time"

	"github.com/cvconform/cvconform/internal/evidence"
)

// An Observer records the storage operations of the service under test. Its methods may be called concurrently.
type Observer interface {
	// Subscribe collects all operations recorded from now on for which match returns true; nil means all. match must be
	// quick.
	Subscribe(match func(evidence.Operation) bool) *Subscription
	// Track registers a queue or container that the run has created, before the service knows of it. The present content
	// is attributed to no operation. The error describes why the resource cannot be observed.
	Track(ctx context.Context, s evidence.Service, resource string) error
	// PollFaster polls these queues and containers as often as possible until relax is called. Use it while an operation
	// is expected.
	PollFaster(resources ...string) (relax func())
	// PollInOrder polls two resources such that, until relax is called, a write to the first and a later one to the
	// second are observed in that order. An empty name disables it.
	PollInOrder(first, second string) (relax func())
	// Flush waits until everything that these queues and containers show now is recorded; without names, those of the
	// whole run. The error names one that could not be read, and why.
	Flush(ctx context.Context, resources ...string) error
	// StopPolling ends the polling of these queues and containers. Afterwards only Flush reads them.
	StopPolling(resources ...string)
	// BlobURL and QueueURL return the roots of the storage services for the service under test; nil for the endpoints of
	// the account itself.
	BlobURL() *url.URL
	QueueURL() *url.URL
}

// An Interceptor is an observer that stands between the service and its storage, so that it can delay and refuse
// requests.
type Interceptor interface {
	Observer
	// Hold delays the requests that arrive from now on and for which match returns true, each until release is called,
	// ctx ends, or limit has passed.
	Hold(ctx context.Context, match func(evidence.Operation) bool, limit time.Duration) (release func())
	// Deny refuses every request to the queue or container of that name until undo is called.
	Deny(s evidence.Service, resource string) (undo func())
}

// Immediate implements the methods of [Observer] that concern polling for an observer that does not poll: it records
// each operation when it happens.
type Immediate struct{}

// Track does nothing.
func (Immediate) Track(context.Context, evidence.Service, string) error { return nil }

// PollFaster does nothing.
func (Immediate) PollFaster(...string) (relax func()) { return func() {} }

// PollInOrder does nothing.
func (Immediate) PollInOrder(string, string) (relax func()) { return func() {} }

// Flush does nothing.
func (Immediate) Flush(context.Context, ...string) error { return nil }

// StopPolling does nothing.
func (Immediate) StopPolling(...string) {}

// PutMessageTo returns a match of every PutMessage to the queue of that name.
func PutMessageTo(queue string) func(evidence.Operation) bool {
	return func(op evidence.Operation) bool { return op.Name == "PutMessage" && op.Resource == queue }
}
