package perform

import (
	"context"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
)

// Perform performs one act tree, from its first act to the last observation, and deletes its projects. It leaves the
// queues and containers to the caller: their names contain RunID. number identifies the tree in names. It calls
// actsEnded when the acts are over; other trees may begin then. Later operations of the tree are recorded until the
// caller closes the timeline. The error is one of the harness: storage failed, ctx ended, or there was a panic. Faults
// of the service are evidence, not errors.
func (p *Performer) Perform(
	ctx context.Context,
	tree *situation.ActTree,
	number int,
	actsEnded func(),
) (*evidence.Timeline, error) {
	e := newExecution(p, number, tree)
	if tree.Exclusive {
		e.waitForEarlierWrites(ctx)
	}
	e.watch = p.Observer.Subscribe(e.onOperation)
	defer func() { e.Observer.StopPolling(e.owned.resourceNames()...) }()
	defer e.created.deleteAll(context.WithoutCancel(ctx))
	defer e.watchPauses()()
	err := e.errs.get()
	e.errs.recoverPanics(func() {
		if err == nil {
			err = e.performTree(ctx, tree, actsEnded)
		}
	})()
	if err == nil {
		err = e.errs.get()
	}
	return e.timeline, err
}

// performTree performs the acts of the tree and records the final state of storage.
func (e *execution) performTree(ctx context.Context, tree *situation.ActTree, actsEnded func()) error {
	if err := e.performChildren(ctx, tree.Root); err != nil {
		return err
	}
	e.timeline.BeginAct(situation.End)
	e.owned.endExclusive()
	actsEnded()
	return e.recordFinalState(ctx)
}

// performChildren performs the children of n, each with its own children unless it did not succeed.
func (e *execution) performChildren(ctx context.Context, n *situation.Node) error {
	for _, child := range n.Children {
		out, err := e.act(ctx, child)
		if err != nil {
			return err
		}
		if out.succeeded() {
			if err := e.performChildren(ctx, child); err != nil {
				return err
			}
		}
	}
	return nil
}

// act performs one act and records its boundaries.
func (e *execution) act(ctx context.Context, n *situation.Node) (actResult, error) {
	e.timeline.BeginAct(n.Key)
	e.actStarted = e.Now()
	e.record(
		evidence.Event{Kind: evidence.KindAct, ActBoundary: &evidence.ActBoundary{Phase: "began", Title: n.Act.Title()}},
	)
	out, err := e.performVerb(ctx, n.Act)
	if err == nil {
		err = e.errs.get()
	}
	if err == nil && e.exclusive && e.isPolled() && needsAbsenceWindow(n.Act) {
		err = e.waitForAbsence(ctx, e.Budgets[budget.Absence])
	}
	if err == nil {
		e.flush(ctx)
		err = e.errs.get()
	}
	e.record(evidence.Event{Kind: evidence.KindAct, Act: n.Key,
		ActBoundary: &evidence.ActBoundary{
			Phase:        "ended",
			Title:        n.Act.Title(),
			Blocked:      out.blocked,
			Inconclusive: out.inconclusive,
		}})
	if missed := e.missed.Swap(false); n.Watched || missed {
		e.watchUntil = e.Now().Add(e.Budgets[budget.Absence])
	}
	if n.Act.Verb == situation.Attempt {
		// a project that should have been refused takes a project slot
		e.created.deleteAfter(context.WithoutCancel(ctx), len(e.projects))
	}
	if err == nil {
		err = ctx.Err()
	}
	return out, err
}

// needsAbsenceWindow reports whether an absence window has to follow the act of an exclusive tree where storage is
// polled. Of the attempts it follows those without the right key.
func needsAbsenceWindow(a situation.Act) bool { return a.Verb != situation.Attempt || a.Key != "" }

func (e *execution) performVerb(ctx context.Context, a situation.Act) (actResult, error) {
	switch a.Verb {
	case situation.Create:
		return e.create(ctx, a)
	case situation.Attempt:
		return e.attempt(ctx, a)
	case situation.Update:
		return e.update(ctx, e.projects[0], a)
	case situation.Train:
		return e.each(func(j *project) actResult { return e.train(ctx, j) }), nil
	case situation.Export:
		return e.each(func(j *project) actResult { return e.export(ctx, j, a.Platform) }), nil
	case situation.Read:
		return e.each(func(j *project) actResult { return e.read(ctx, j, a) }), nil
	}
	panic("perform: unknown act " + a.String())
}
