package observe

import (
	"context"
	"net/url"
	"time"

	"github.com/cvconform/cvconform/internal/evidence"
)

// A Observer sees the storage operations of the service under test. Its methods may
// be called concurrently.
type Observer interface {
	// Subscribe begins to collect all operations recorded from now on for which match
	// is true; nil means all. match must be quick.
	Subscribe(match func(evidence.Operation) bool) *Subscription
	// Track is told of each queue and container that the run has made, before the
	// service is. What is in it by then is nobody's operation. The error says that
	// it cannot be seen.
	Track(ctx context.Context, s evidence.Service, resource string) error
	// PollFaster asks, until relax is called, to look at these queues and containers as
	// often as may be: something is about to happen there.
	PollFaster(resources ...string) (relax func())
	// PollInOrder asks, until relax is called, to look so that of two things of which one is
	// put into the first of these and then one into the second that order shows. A name
	// that is "" is left out.
	PollInOrder(first, second string) (relax func())
	// Flush returns when all that can be seen now of these queues and containers is
	// on record; none named means all of the run. The error says which could not be
	// looked at, and why.
	Flush(ctx context.Context, resources ...string) error
	// StopPolling says that nothing more is expected in these queues and containers: they
	// are seen to only where Settle asks for it.
	StopPolling(resources ...string)
	// BlobURL and QueueURL are the roots of the services as the service under test
	// has to be given them; nil where it is given the account's own endpoints.
	BlobURL() *url.URL
	QueueURL() *url.URL
}

// A Interceptor is a sight that stands between the service and its storage: it can
// do what a mere observer cannot.
type Interceptor interface {
	Observer
	// Hold keeps back the requests that arrive from now on and for which match is
	// true, each until release is called, ctx ends, or limit has passed.
	Hold(ctx context.Context, match func(evidence.Operation) bool, limit time.Duration) (release func())
	// Deny refuses, from now until undo, every request to the queue or container of
	// that name.
	Deny(s evidence.Service, resource string) (undo func())
}

// Immediate is the part of a sight that a gateway needs nothing for: each operation
// is on record when it happens, wherever it happens.
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

// PutMessageTo matches every PutMessage to the queue of that name, for Hold and Watch.
func PutMessageTo(queue string) func(evidence.Operation) bool {
	return func(op evidence.Operation) bool { return op.Name == "PutMessage" && op.Resource == queue }
}
