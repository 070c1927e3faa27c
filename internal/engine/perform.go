package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"

	"golang.org/x/sync/semaphore"
)

// errInterrupted is the error of an act tree that was not performed, or not completely, because the context of the run
// had ended.
var errInterrupted = errors.New("the run was interrupted")

// perform performs all act trees: first those that are not exclusive, in parallel, then the exclusive ones, one at a
// time. A tree frees its place as soon as its acts are over; the effects of its last acts are observed while others are
// performed. All timelines stay open until the last tree is done, so that each records its late effects.
func (r *Run) perform(ctx context.Context, results []*treeResult) {
	free, workers := newSlots(r.ProjectSlots), semaphore.NewWeighted(int64(r.Parallel))
	progress := &progress{all: len(results), observe: r.Observe}
	var acting, running sync.WaitGroup
	start := func(number int, t *treeResult) {
		_ = workers.Acquire(context.WithoutCancel(ctx), 1) // without a deadline it returns no error
		acting.Add(1)
		running.Go(func() {
			release := free.acquire(ctx, t.tree)
			defer release()
			progress.report(t, false)
			ended := sync.OnceFunc(func() {
				progress.report(t, true)
				workers.Release(1)
				acting.Done()
			})
			defer ended()
			t.err = r.performSafely(ctx, t, number, ended)
		})
	}
	for i, t := range results {
		if !t.tree.Exclusive {
			start(i+1, t)
		}
	}
	acting.Wait()
	for i, t := range results {
		if t.tree.Exclusive {
			start(i+1, t)
			acting.Wait()
		}
	}
	running.Wait()
	for _, t := range results {
		t.err = errors.Join(t.err, t.closeTimeline())
	}
}

// performSafely performs an act tree unless the run was interrupted. A panic is an error of the harness.
func (r *Run) performSafely(ctx context.Context, t *treeResult, number int, actsEnded func()) (err error) {
	if ctx.Err() != nil {
		return errInterrupted
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("performing panicked: %v\n%s", p, debug.Stack())
		}
	}()
	t.timeline, err = r.Perform(ctx, t.tree, number, actsEnded)
	if err != nil && ctx.Err() != nil {
		err = errors.Join(errInterrupted, err)
	}
	return err
}

// closeTimeline ends the recording of the tree and stores its evidence.
func (t *treeResult) closeTimeline() error {
	if t.timeline == nil {
		return nil
	}
	return t.set(t.timeline.Start(), t.timeline.Close())
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
