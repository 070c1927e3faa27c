package perform

import (
	"context"
	"time"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/evidence"
)

// awaitConnectionMessage waits for the first message in the project's queue since the act started.
func (w *storageWatcher) awaitConnectionMessage(ctx context.Context, j *project, response evidence.Exchange) {
	w.await(ctx, budget.ConnectionTest, "the ConnectionTest message", response.Ended, func(op evidence.Operation) bool {
		return op.Name == "PutMessage" && op.Resource == j.queue && op.Succeeded()
	})
}

// awaitTestBlob waits for the first blob in the project's container since the act started, then until all blobs that
// were written since are deleted.
func (w *storageWatcher) awaitTestBlob(ctx context.Context, j *project, response evidence.Exchange) {
	first, ok := w.await(ctx, budget.ConnectionTest, "the test blob", response.Ended, func(op evidence.Operation) bool {
		return storesBlobIn(op, j.container)
	})
	if !ok {
		return
	}
	started := w.actStarted
	w.await(ctx, budget.TestBlob, "the test blob to go", first.Ended, func(op evidence.Operation) bool {
		return op.Name == "DeleteBlob" && op.Resource == j.container && len(w.remainingBlobs(j.container, started)) == 0
	})
}

// storesBlobIn reports whether the operation stored a blob in that container.
func storesBlobIn(op evidence.Operation, container string) bool {
	return op.Service == evidence.Blob && op.Resource == container && op.Object != "" && op.Writes() && op.Succeeded()
}

// remainingBlobs returns the blobs in the container that were written since then and not deleted afterwards.
func (w *storageWatcher) remainingBlobs(container string, since time.Time) map[string]bool {
	left := map[string]bool{}
	for _, op := range w.watch.Operations() {
		switch {
		case op.Service != evidence.Blob || op.Resource != container || op.Ended.Before(since) || !op.Succeeded():
		case op.Name == "DeleteBlob":
			delete(left, op.Object)
		case op.Writes() && op.Object != "":
			left[op.Object] = true
		}
	}
	return left
}
