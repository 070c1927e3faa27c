package engine

import (
	"context"

	"golang.org/x/sync/semaphore"

	"github.com/cvconform/cvconform/internal/engine/situation"
)

// Places are how many projects the service takes at a time: a resource of the
// free tier has two. A lineage waits for as many as its projects may need.
type slots struct {
	all   int // 0 means any number
	taken *semaphore.Weighted
}

func newPlaces(all int) slots { return slots{all, semaphore.NewWeighted(int64(all))} }

// acquire waits until the lineage has its places, or ctx ends; the function that it
// returns gives them back. A lineage that needs more than there are gets all.
func (p slots) acquire(ctx context.Context, l *situation.ActTree) (free func()) {
	n := int64(min(l.Projects(), p.all))
	if n == 0 || p.taken.Acquire(ctx, n) != nil {
		return func() {}
	}
	return func() { p.taken.Release(n) }
}
