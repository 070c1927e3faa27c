package engine

import (
	"context"

	"golang.org/x/sync/semaphore"

	"github.com/cvconform/cvconform/internal/engine/situation"
)

// slots limits the projects that exist at a time: a resource of the free tier allows two.
type slots struct {
	all int // 0 means any number
	sem *semaphore.Weighted
}

func newSlots(all int) slots { return slots{all, semaphore.NewWeighted(int64(all))} }

// acquire waits until there is a slot for every project that the tree may need, or ctx ends. A tree that needs more
// slots than there are gets all. The caller calls release.
func (s slots) acquire(ctx context.Context, tree *situation.ActTree) (release func()) {
	n := int64(min(tree.Projects(), s.all))
	if n == 0 || s.sem.Acquire(ctx, n) != nil {
		return func() {}
	}
	return func() { s.sem.Release(n) }
}
