package perform

import (
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

func newExecution(p *Performer, number int, tree *situation.ActTree) *execution {
	calls := caller{p, recorder{p.newTimeline(number), p.Budgets}}
	owned := &ownership{exclusive: tree.Exclusive, shared: p.Shared}
	return &execution{
		storageWatcher: &storageWatcher{caller: calls, exclusive: tree.Exclusive, owned: owned, errs: &firstError{}},
		number:         number,
		resources:      resourceCreator{calls, owned, &namer{runID: p.RunID, number: number}},
		created:        &projectDeleter{Performer: p},
	}
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

// onOperation receives every storage operation of the run. It records those that belong to the tree, and the first use
// of a queue or container that is not of the run. It reports whether the subscription has to keep the operation.
func (e *execution) onOperation(op evidence.Operation) bool {
	owned := e.owned.owns(op)
	if owned || e.Shared.isFirstUse(op) {
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
