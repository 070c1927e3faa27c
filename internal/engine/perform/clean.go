package perform

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
	"github.com/cvconform/cvconform/internal/trainingapi/client"
)

// A projectDeleter deletes the projects of one act tree. The queues and containers remain until the run ends, because
// the exclusive trees, which come last, check that nothing is written to any of them.
type projectDeleter struct {
	*Performer
	mu        sync.Mutex
	undeleted []undeletedProject
}

// An undeletedProject is a project that was created and not deleted yet.
type undeletedProject struct{ id, name string }

// create calls CreateProject. A request that was sent and got no response may have created the project.
func (d *projectDeleter) create(ctx context.Context, n client.NewProject) evidence.Exchange {
	interrupted := ctx.Err() != nil // then the request is not sent
	x := d.Client.CreateProject(ctx, n)
	if !interrupted && x.Status == 0 && client.Sent(x) {
		d.reportUnconfirmed(n.Name)
	}
	return x
}

// add adds a project to delete.
func (d *projectDeleter) add(id, name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.undeleted = append(d.undeleted, undeletedProject{id, name})
}

// deleteAll deletes all projects and reports those that may still exist.
func (d *projectDeleter) deleteAll(ctx context.Context) {
	d.deleteAfter(ctx, 0)
	for _, p := range d.undeleted {
		d.reportUnconfirmed(p.name)
	}
}

// deleteAfter deletes the projects but the first ones. A project that the service does not delete in time stays in the
// list.
func (d *projectDeleter) deleteAfter(ctx context.Context, first int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, d.Budgets[budget.Request])
	defer cancel()
	first = min(first, len(d.undeleted))
	var left []undeletedProject
	for _, p := range d.undeleted[first:] {
		x := d.Client.DeleteProject(ctx, p.id)
		if d.OnOutsideCall != nil {
			d.OnOutsideCall(x)
		}
		if DeleteError(x) != nil {
			left = append(left, p)
		}
	}
	d.undeleted = append(slices.Clip(d.undeleted[:first]), left...)
}

func (d *projectDeleter) reportUnconfirmed(name string) {
	if d.OnUnconfirmedProject != nil {
		d.OnUnconfirmedProject(name)
	}
}

// DeleteError returns why the project may still exist after a call of DeleteProject; nil if it does not exist any more.
func DeleteError(x evidence.Exchange) error {
	switch {
	case trainingapi.Succeeded(x), x.Status == http.StatusNotFound:
		return nil
	case x.Error != "":
		return errors.New(trainingapi.FailureReason(x))
	}
	return errors.New(trainingapi.DescribeResponse(x))
}
