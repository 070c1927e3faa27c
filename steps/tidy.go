package steps

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/cvconform/cvconform/internal/naming"
)

// The removal of all queues and containers of a run: so long at most, and so many
// at a time.
const (
	cleanupTimeout     = 2 * time.Minute
	cleanupConcurrency = 8
)

// deleteRunStorage removes queues and containers of this run that are still there.
func (h *Session) deleteRunStorage(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, cleanupTimeout)
	defer cancel()
	queues, blobs, err := h.account.Names(ctx, naming.RunPrefix(h.id))
	errs := []error{err}
	var mu sync.Mutex
	var beside errgroup.Group
	beside.SetLimit(cleanupConcurrency)
	remove := func(name string, delete func(context.Context, string) error) {
		beside.Go(func() error {
			err := delete(ctx, name)
			mu.Lock()
			defer mu.Unlock()
			errs = append(errs, err)
			return nil
		})
	}
	for _, q := range queues {
		remove(q, h.account.DeleteQueue)
	}
	for _, c := range blobs {
		remove(c, h.account.DeleteContainer)
	}
	_ = beside.Wait() // remove keeps the errors
	if err := errors.Join(errs...); err != nil && h.usesExternalStorage() {
		return h.leftBehindError(err)
	}
	return errors.Join(errs...)
}
