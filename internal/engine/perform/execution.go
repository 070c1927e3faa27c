package perform

import (
	"context"
	"sync"

	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
)

// An execution is one act tree while it is performed.
type execution struct {
	*storageWatcher
	number    int // of the tree
	resources resourceCreator
	created   *projectDeleter
	projects  []*project
}

func newExecution(p *Performer, number int, exclusive bool) *execution {
	calls := caller{p, recorder{p.newTimeline(number), p.Budgets}}
	owned := &ownership{exclusive: exclusive}
	return &execution{
		storageWatcher: &storageWatcher{caller: calls, exclusive: exclusive, owned: owned, errs: &firstError{}},
		number:         number,
		resources:      resourceCreator{calls, owned, &namer{runID: p.RunID, number: number}},
		created:        &projectDeleter{Performer: p},
	}
}

// A caller makes calls to the service and records them.
type caller struct {
	*Performer
	recorder
}

// A project is one project of the act tree.
type project struct {
	label, name, id  string // label is "" unless there are two projects
	failureMode      situation.Failure
	queue, container string // names; "" if it has none
	queueURI         string
	containerURI     string
	tagged           bool
	iteration        string
}

// performTree performs the acts of the tree and records the final state of storage.
func (e *execution) performTree(ctx context.Context, tree *situation.ActTree) error {
	if err := e.performChildren(ctx, tree.Root); err != nil {
		return err
	}
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

// An actResult is the result of an act. The zero value is success.
type actResult struct {
	blocked      string // why the act could not be performed
	inconclusive string // why it did not end within its budget, or did not have the provoked effect
}

func (r actResult) succeeded() bool { return r.blocked == "" && r.inconclusive == "" }

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
	if err == nil && e.exclusive && needsAbsenceWindow(n.Act) {
		err = e.waitForAbsence(ctx)
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
	if n.Act.Verb == situation.Attempt {
		// a project that should have been refused takes a project slot
		e.created.deleteAfter(context.WithoutCancel(ctx), len(e.projects))
	}
	if err == nil {
		err = ctx.Err()
	}
	return out, err
}

// needsAbsenceWindow reports whether an absence window has to follow the act of an exclusive tree. Of the attempts it
// follows those without the right key.
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
	}
	panic("perform: unknown act " + a.String())
}

// each calls f for all projects concurrently and returns the first result that is not a success.
func (e *execution) each(f func(*project) actResult) actResult {
	results := make([]actResult, len(e.projects))
	var wg sync.WaitGroup
	for i, j := range e.projects {
		wg.Go(e.errs.recoverPanics(func() { results[i] = f(j) }))
	}
	wg.Wait()
	for _, r := range results {
		if !r.succeeded() {
			return r
		}
	}
	return actResult{}
}

// onOperation receives every storage operation of the run. It records those that belong to the tree, and reports
// whether the subscription has to keep the operation.
func (e *execution) onOperation(op evidence.Operation) bool {
	owned := e.owned.owns(op)
	if owned {
		e.record(evidence.Event{Kind: evidence.KindOperation, Operation: &op})
	}
	return owned
}

// addProject registers a project of the service: it will be deleted, and operations that mention its id belong to the
// tree. Earlier ones are recorded now.
func (e *execution) addProject(id, name string) {
	e.created.add(id, name)
	for _, op := range e.owned.addProject(id) {
		e.record(evidence.Event{Kind: evidence.KindOperation, Operation: &op})
	}
}
