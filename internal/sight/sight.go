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
	// Hold keeps back the requests that arrive from now on and for which match is
	// true, each until release is called, ctx ends, or limit has passed.
	Hold(ctx context.Context, match func(evidence.Operation) bool, limit time.Duration) (release func())
	// Deny refuses, from now until undo, every request to the queue or container of
	// that name.
	Deny(s evidence.Service, resource string) (undo func())
	// BlobURL and QueueURL are the roots of the services as the service under test
	// has to be given them.
	BlobURL() *url.URL
	QueueURL() *url.URL
}

// PutsTo matches every PutMessage to the queue of that name, for Hold and Watch.
func PutsTo(queue string) func(evidence.Operation) bool {
	return func(op evidence.Operation) bool { return op.Name == "PutMessage" && op.Resource == queue }
}
