package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"

	"golang.org/x/sync/errgroup"
)

// errInterrupted is the error of an act tree that was not performed, or not completely, because the context of the run
// had ended.
var errInterrupted = errors.New("the run was interrupted")

// perform performs all act trees: first those that are not exclusive, in parallel, then the exclusive ones, one at a
// time.
func (r *Run) perform(ctx context.Context, results []*treeResult) {
	free := newSlots(r.ProjectSlots)
	progress := &progress{all: len(results), observe: r.Observe}
	performOne := func(number int, t *treeResult) {
		defer free.acquire(ctx, t.tree)()
		progress.report(t, false)
		t.err = r.performSafely(ctx, t, number)
		progress.report(t, true)
	}
	var group errgroup.Group
	group.SetLimit(r.Parallel)
	for i, t := range results {
		if !t.tree.Exclusive {
			group.Go(func() error { performOne(i+1, t); return nil })
		}
	}
	_ = group.Wait() // performOne records the errors
	for i, t := range results {
		if t.tree.Exclusive {
			performOne(i+1, t)
		}
	}
}

// performSafely performs an act tree unless the run was interrupted. A panic is an error of the harness.
func (r *Run) performSafely(ctx context.Context, t *treeResult, number int) (err error) {
	if ctx.Err() != nil {
		return errInterrupted
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("performing panicked: %v\n%s", p, debug.Stack())
		}
	}()
	timeline, err := r.Perform(ctx, t.tree, number)
	if timeline != nil {
		err = errors.Join(err, t.set(timeline.Start(), timeline.Close()))
	}
	if err != nil && ctx.Err() != nil {
		err = errors.Join(errInterrupted, err)
	}
	return err
}

// progress counts the act trees that were performed, and reports them one at a time.
type progress struct {
	mu        sync.Mutex
	done, all int
	observe   func(Progress) // nil means that nothing is reported
}

func (p *progress) report(t *treeResult, ended bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if ended {
		p.done++
	}
	if p.observe != nil {
		p.observe(Progress{Done: p.done, All: p.all, Title: t.tree.Key, Ended: ended})
	}
}
