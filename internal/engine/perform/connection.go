package perform

import (
	"context"
	"time"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/evidence"
)

// connectionMessage waits for the first message in the project's queue since
// the act began.
func (p *execution) connectionMessage(ctx context.Context, j *project, answer evidence.Exchange) {
	p.await(ctx, budget.ConnectionTest, "the ConnectionTest message", answer.Ended, func(op evidence.Operation) bool {
		return op.Name == "PutMessage" && op.Resource == j.queue && op.Succeeded()
	})
}

// testBlob waits for the first blob in the project's container since the act
// began, then until everything that was written since is gone.
func (p *execution) testBlob(ctx context.Context, j *project, answer evidence.Exchange) {
	first, ok := p.await(ctx, budget.ConnectionTest, "the test blob", answer.Ended, func(op evidence.Operation) bool {
		return p.storesBlobIn(op, j.container)
	})
	if !ok {
		return
	}
	began := p.actStarted
	p.await(ctx, budget.TestBlob, "the test blob to go", first.Ended, func(op evidence.Operation) bool {
		return op.Name == "DeleteBlob" && op.Resource == j.container && len(p.remainingBlobs(j.container, began)) == 0
	})
}

// storesBlobIn says whether the operation stored a blob in that container.
func (p *execution) storesBlobIn(op evidence.Operation, container string) bool {
	return op.Service == evidence.Blob && op.Resource == container && op.Object != "" && op.Writes() && op.Succeeded()
}

// remainingBlobs lists the blobs in the container that were written since then and not
// deleted after.
func (p *execution) remainingBlobs(container string, since time.Time) map[string]bool {
	left := map[string]bool{}
	for _, op := range p.watch.Operations() {
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
