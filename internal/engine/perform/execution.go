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

func newExecution(w *Performer, number int, exclusive bool) *execution {
	calls := caller{w, recorder{w.newTimeline(number), w.Budgets}}
	owned := &ownership{exclusive: exclusive}
	return &execution{
		storageWatcher: &storageWatcher{caller: calls, exclusive: exclusive, owned: owned, errs: &firstError{}},
		number:         number,
		resources:      resourceCreator{calls, owned, &namer{runID: w.RunID, number: number}},
		created:        &projectDeleter{Performer: w},
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
func (p *execution) performTree(ctx context.Context, tree *situation.ActTree) error {
	if err := p.performChildren(ctx, tree.Root); err != nil {
		return err
	}
	return p.recordFinalState(ctx)
}

// performChildren performs the children of n, each with its own children unless it did not succeed.
func (p *execution) performChildren(ctx context.Context, n *situation.Node) error {
	for _, child := range n.Children {
		out, err := p.act(ctx, child)
		if err != nil {
			return err
		}
		if out.succeeded() {
			if err := p.performChildren(ctx, child); err != nil {
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
func (p *execution) act(ctx context.Context, n *situation.Node) (actResult, error) {
	p.timeline.BeginAct(n.Key)
	p.actStarted = p.Now()
	p.record(
		evidence.Event{Kind: evidence.KindAct, ActBoundary: &evidence.ActBoundary{Phase: "began", Title: n.Act.Title()}},
	)
	out, err := p.performVerb(ctx, n.Act)
	if err == nil {
		err = p.errs.get()
	}
	if err == nil && p.exclusive && needsAbsenceWindow(n.Act) {
		err = p.waitForAbsence(ctx)
	}
	if err == nil {
		p.flush(ctx)
		err = p.errs.get()
	}
	p.record(evidence.Event{Kind: evidence.KindAct, Act: n.Key,
		ActBoundary: &evidence.ActBoundary{
			Phase:        "ended",
			Title:        n.Act.Title(),
			Blocked:      out.blocked,
			Inconclusive: out.inconclusive,
		}})
	if n.Act.Verb == situation.Attempt {
		// a project that should have been refused takes a project slot
		p.created.deleteAfter(context.WithoutCancel(ctx), len(p.projects))
	}
	if err == nil {
		err = ctx.Err()
	}
	return out, err
}

// needsAbsenceWindow reports whether an absence window has to follow the act of an exclusive tree. Of the attempts it
// follows those without the right key.
func needsAbsenceWindow(a situation.Act) bool { return a.Verb != situation.Attempt || a.Key != "" }

func (p *execution) performVerb(ctx context.Context, a situation.Act) (actResult, error) {
	switch a.Verb {
	case situation.Create:
		return p.create(ctx, a)
	case situation.Attempt:
		return p.attempt(ctx, a)
	case situation.Update:
		return p.update(ctx, p.projects[0], a)
	case situation.Train:
		return p.each(func(j *project) actResult { return p.train(ctx, j) }), nil
	case situation.Export:
		return p.each(func(j *project) actResult { return p.export(ctx, j, a.Platform) }), nil
	}
	panic("perform: unknown act " + a.String())
}

// each calls f for all projects concurrently and returns the first result that is not a success.
func (p *execution) each(f func(*project) actResult) actResult {
	results := make([]actResult, len(p.projects))
	var wg sync.WaitGroup
	for i, j := range p.projects {
		wg.Go(p.errs.recoverPanics(func() { results[i] = f(j) }))
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
func (p *execution) onOperation(op evidence.Operation) bool {
	owned := p.owned.owns(op)
	if owned {
		p.record(evidence.Event{Kind: evidence.KindOperation, Operation: &op})
	}
	return owned
}

// addProject registers a project of the service: it will be deleted, and operations that mention its id belong to the
// tree. Earlier ones are recorded now.
func (p *execution) addProject(id, name string) {
	p.created.add(id, name)
	for _, op := range p.owned.addProject(id) {
		p.record(evidence.Event{Kind: evidence.KindOperation, Operation: &op})
	}
}
