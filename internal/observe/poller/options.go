package poller

import (
	"context"
	"time"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/storage"
	"github.com/cvconform/cvconform/steps/report"
)

// An Account is the storage account that is polled, such as a [storage.Account].
type Account interface {
	Name() string
	Peek(ctx context.Context, queue string) ([]storage.Message, error)
	ListVersions(ctx context.Context, container string, former bool) ([]storage.BlobVersion, error)
	StatBlob(ctx context.Context, container, blob string) (storage.BlobVersion, error)
}

// Options configures a [Poller]. All fields but Visibility are required.
type Options struct {
	Account      Account
	Now          func() time.Time  // the clock of the record
	PollInterval time.Duration     // the pause between two polls of a resource, unless PollFaster is in effect
	Timeout      time.Duration     // of one poll, and of all attempts of Flush
	Visibility   report.Visibility // the retention of the account, as returned by [DetectRetention]
}

// A reader reads one queue or container and records the operations that it infers.
type reader interface {
	// poll reads the resource once. An error means that some of its content is not recorded.
	poll(ctx context.Context) error
}

// source is the resource of a reader.
type source struct {
	Options
	name   string
	record func(evidence.Operation)
	since  time.Time // the beginning of the last poll that did not fail
}
