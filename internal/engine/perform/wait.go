package perform

import (
	"context"
	"time"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/clock"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/observe"
)

// await waits for a storage operation of the current act, within a budget that started at from, and records the wait.
func (p *execution) await(
	ctx context.Context,
	name, purpose string,
	from time.Time,
	match func(evidence.Operation) bool,
) (evidence.Operation, bool) {
	limit := p.Budgets[name]
	waiting, cancel := context.WithDeadline(ctx, p.Now().Add(limit-p.Now().Sub(from)))
	defer cancel()
	waiting, done := p.whileAlive(waiting)
	defer done()
	op, err := p.awaitOfAct(waiting, match)
	elapsed := limit
	switch {
	case err == nil:
		elapsed = max(0, op.Ended.Sub(from))
	case p.serviceEnded():
		elapsed = min(limit, max(0, p.Now().Sub(from)))
	}
	p.waited(name, purpose, err == nil && elapsed <= limit, elapsed)
	if err != nil {
		p.flush(ctx)
	}
	return op, err == nil
}

// awaitOfAct waits for a storage operation of the current act.
func (p *execution) awaitOfAct(ctx context.Context, match func(evidence.Operation) bool) (evidence.Operation, error) {
	started := p.actStarted
	return p.watch.Await(ctx, func(op evidence.Operation) bool { return !op.Ended.Before(started) && match(op) })
}

// flush makes sure that every operation so far on the tree's queues and containers, or on all of the run if the tree is
// exclusive, has been observed. Storage that cannot be observed is an error of the execution.
func (p *execution) flush(ctx context.Context) {
	if p.exclusive {
		p.flushAll(ctx)
	} else if names := p.owned.resourceNames(); len(names) > 0 {
		p.errs.set(p.Observer.Flush(ctx, names...))
	}
}

// flushAll makes sure that every operation of the run so far has been observed, because effects of this tree may show in
// the queues and containers of others.
func (p *execution) flushAll(ctx context.Context) { p.errs.set(p.Observer.Flush(ctx)) }

// waitForEarlierWrites waits until the writes of earlier trees are observed. An exclusive tree claims that nothing is
// written, and a polled list of blobs may lag by up to the absence window. A gateway has seen all writes already.
func (p *execution) waitForEarlierWrites(ctx context.Context) {
	if _, ok := p.Observer.(observe.Interceptor); ok {
		return
	}
	p.errs.set(p.waitForAbsence(ctx))
	p.flushAll(ctx)
}

// waitForAbsence waits for the absence window. An operation that was not observed by its end is taken as absent.
func (p *execution) waitForAbsence(ctx context.Context) error {
	if err := clock.Sleep(ctx, p.Budgets[budget.Absence]); err != nil {
		return err
	}
	p.waited(budget.Absence, "nothing more to come", true, p.Budgets[budget.Absence])
	return nil
}
