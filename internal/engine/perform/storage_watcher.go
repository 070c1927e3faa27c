package perform

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/clock"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/observe"
)

// A storageWatcher observes the storage of one act tree: it waits for operations and records the final state.
type storageWatcher struct {
	caller
	exclusive  bool
	watchUntil time.Time // end of the last absence window in which effects are judged; zero without one
	owned      *ownership
	errs       *firstError
	watch      *observe.Subscription
	actStarted time.Time   // start of the current act
	missed     atomic.Bool // an effect of the current act did not come in time; it may come late
}

// await waits for a storage operation of the current act, within a budget that started at from, and records the wait.
func (w *storageWatcher) await(
	ctx context.Context,
	name, purpose string,
	from time.Time,
	match func(evidence.Operation) bool,
) (evidence.Operation, bool) {
	limit := w.Budgets[name]
	waiting, cancel := context.WithDeadline(ctx, w.Now().Add(limit-w.Now().Sub(from)))
	defer cancel()
	waiting, done := w.whileAlive(waiting)
	defer done()
	op, err := w.awaitOfAct(waiting, match)
	elapsed := limit
	switch {
	case err == nil:
		elapsed = max(0, op.Ended.Sub(from))
	case w.serviceEnded():
		elapsed = min(limit, max(0, w.Now().Sub(from)))
	}
	w.waited(name, purpose, err == nil && elapsed <= limit, elapsed)
	if err != nil {
		w.missed.Store(true)
		w.flush(ctx)
	}
	return op, err == nil
}

// awaitOfAct waits for a storage operation of the current act.
func (w *storageWatcher) awaitOfAct(
	ctx context.Context,
	match func(evidence.Operation) bool,
) (evidence.Operation, error) {
	started := w.actStarted
	return w.watch.Await(ctx, func(op evidence.Operation) bool { return !op.Ended.Before(started) && match(op) })
}

// flush makes sure that every operation so far on the tree's queues and containers, or on all of the run if the tree is
// exclusive, has been observed. Storage that cannot be observed is an error of the execution.
func (w *storageWatcher) flush(ctx context.Context) {
	if w.exclusive {
		w.flushAll(ctx)
	} else if names := w.owned.resourceNames(); len(names) > 0 {
		w.errs.set(w.Observer.Flush(ctx, names...))
	}
}

// flushAll makes sure that every operation of the run so far has been observed, because effects of this tree may show
// in the queues and containers of others.
func (w *storageWatcher) flushAll(ctx context.Context) { w.errs.set(w.Observer.Flush(ctx)) }

// isPolled reports whether storage is polled: no gateway records each operation as it happens.
func (w *storageWatcher) isPolled() bool {
	_, gateway := w.Observer.(observe.Interceptor)
	return !gateway
}

// waitForEarlierWrites waits until the writes of earlier trees are observed. An exclusive tree claims that nothing is
// written, and a polled list of blobs may lag by up to the absence window. A gateway has seen all writes already.
func (w *storageWatcher) waitForEarlierWrites(ctx context.Context) {
	if !w.isPolled() {
		return
	}
	w.errs.set(w.waitForAbsence(ctx, w.Budgets[budget.Absence]))
	w.flushAll(ctx)
}

// waitForAbsence waits for the absence window, or for the rest of it. An operation that was not observed by its end is
// taken as absent.
func (w *storageWatcher) waitForAbsence(ctx context.Context, rest time.Duration) error {
	if err := clock.Sleep(ctx, rest); err != nil {
		return err
	}
	w.waited(budget.Absence, "nothing more to come", true, w.Budgets[budget.Absence])
	return nil
}
