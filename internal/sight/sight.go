package sight

import (
	"context"
	"net/url"
	"time"

	"github.com/cvconform/cvconform/internal/evidence"
)

// A Sight sees the storage operations of the service under test. Its methods may
// be called concurrently.
type Sight interface {
	// Watch begins to collect all operations recorded from now on for which match
	// is true; nil means all. match must be quick.
	Watch(match func(evidence.Operation) bool) *Watch
	// Follow is told of each queue and container that the run has made, before the
	// service is. What is in it by then is nobody's operation. The error says that
	// it cannot be seen.
	Follow(ctx context.Context, s evidence.Service, resource string) error
	// Hurry asks, until relax is called, to look at these queues and containers as
	// often as may be: something is about to happen there.
	Hurry(resources ...string) (relax func())
	// Order asks, until relax is called, to look so that of two things of which one is
	// put into the first of these and then one into the second that order shows. A name
	// that is "" is left out.
	Order(first, second string) (relax func())
	// Settle returns when all that can be seen now of these queues and containers is
	// on record; none named means all of the run. The error says which could not be
	// looked at, and why.
	Settle(ctx context.Context, resources ...string) error
	// Leave says that nothing more is expected in these queues and containers: they
	// are seen to only where Settle asks for it.
	Leave(resources ...string)
	// BlobURL and QueueURL are the roots of the services as the service under test
	// has to be given them; nil where it is given the account's own endpoints.
	BlobURL() *url.URL
	QueueURL() *url.URL
}

// A Between is a sight that stands between the service and its storage: it can
// do what a mere observer cannot.
type Between interface {
	Sight
	// Hold keeps back the requests that arrive from now on and for which match is
	// true, each until release is called, ctx ends, or limit has passed.
	Hold(ctx context.Context, match func(evidence.Operation) bool, limit time.Duration) (release func())
	// Deny refuses, from now until undo, every request to the queue or container of
	// that name.
	Deny(s evidence.Service, resource string) (undo func())
}

// AtOnce is the part of a sight that a gateway needs nothing for: each operation
// is on record when it happens, wherever it happens.
type AtOnce struct{}

// Follow does nothing.
func (AtOnce) Follow(context.Context, evidence.Service, string) error { return nil }

// Hurry does nothing.
func (AtOnce) Hurry(...string) (relax func()) { return func() {} }

// Order does nothing.
func (AtOnce) Order(string, string) (relax func()) { return func() {} }

// Settle does nothing.
func (AtOnce) Settle(context.Context, ...string) error { return nil }

// Leave does nothing.
func (AtOnce) Leave(...string) {}

// PutsTo matches every PutMessage to the queue of that name, for Hold and Watch.
func PutsTo(queue string) func(evidence.Operation) bool {
	return func(op evidence.Operation) bool { return op.Name == "PutMessage" && op.Resource == queue }
}
