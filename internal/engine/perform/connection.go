package perform

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/check/effect"
	"github.com/cvconform/cvconform/internal/evidence"
)

// awaitConnectionMessage waits for the ConnectionTest message in the project's queue since the act started.
func (e *execution) awaitConnectionMessage(ctx context.Context, j *project, response evidence.Exchange) {
	e.await(ctx, budget.ConnectionTest, "the ConnectionTest message", response.Ended, func(op evidence.Operation) bool {
		return effect.StoresMessage(op, effect.ConnectionTest, j.queue) && e.belongsTo(j, op)
	})
}

// belongsTo reports whether a message may be the project's: two projects may share a queue.
func (e *execution) belongsTo(j *project, op evidence.Operation) bool {
	named := effect.ProjectNamedBy(op)
	return len(e.projects) == 1 || named == "" || strings.EqualFold(named, j.id)
}

// awaitTestBlob waits for the test blob in the project's container since the act started, then until each blob that was
// written since is deleted, or its budget is over.
func (w *storageWatcher) awaitTestBlob(ctx context.Context, j *project, response evidence.Exchange) {
	first, ok := w.await(ctx, budget.ConnectionTest, "the test blob", response.Ended, func(op evidence.Operation) bool {
		return effect.StoresBlob(op, j.container) && effect.IsTestBlob(op.Object, w.Readings)
	})
	if !ok {
		w.Shared.addOverdue(j.container)
		return
	}
	w.awaitDeletion(ctx, j.container, first.Object, first.Ended)
	started, awaited := w.actStarted, map[string]time.Time{first.Object: first.Ended}
	for ctx.Err() == nil && !w.serviceEnded() {
		left := w.remainingBlobs(j.container, started)
		maps.DeleteFunc(left, func(name string, stored time.Time) bool { return awaited[name].Equal(stored) })
		if len(left) == 0 {
			return
		}
		name := firstStored(left)
		awaited[name] = left[name]
		w.awaitDeletion(ctx, j.container, name, left[name])
	}
}

// awaitDeletion waits for the deletion of a blob of the connection check.
func (w *storageWatcher) awaitDeletion(ctx context.Context, container, name string, stored time.Time) {
	purpose := "the test blob to go"
	if !effect.IsTestBlob(name, w.Readings) {
		purpose = "the blob " + name + " to go"
	}
	w.await(ctx, budget.TestBlob, purpose, stored, func(op evidence.Operation) bool {
		return op.Name == "DeleteBlob" && op.Resource == container && op.Object == name &&
			!op.Ended.Before(stored) && op.Succeeded()
	})
}

// firstStored returns the name of the blob that was stored first.
func firstStored(blobs map[string]time.Time) (first string) {
	for _, name := range slices.Sorted(maps.Keys(blobs)) {
		if first == "" || blobs[name].Before(blobs[first]) {
			first = name
		}
	}
	return first
}

// remainingBlobs returns the blobs in the container that were written since then and not deleted afterwards, with the
// times at which they were written last.
func (w *storageWatcher) remainingBlobs(container string, since time.Time) map[string]time.Time {
	left := map[string]time.Time{}
	for _, op := range w.watch.Operations() {
		switch {
		case op.Service != evidence.Blob || op.Resource != container || op.Ended.Before(since) || !op.Succeeded():
		case op.Name == "DeleteBlob":
			delete(left, op.Object)
		case effect.StoresBlob(op, container) && effect.MakesVisible(op):
			left[op.Object] = op.Ended
		}
	}
	return left
}
