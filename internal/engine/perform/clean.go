package perform

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
	"github.com/cvconform/cvconform/internal/trainingapi/client"
)

// A undeletedProject project is one that is not removed yet.
type undeletedProject struct{ id, name string }

// clean removes the lineage's projects. Its queues and containers stay until
// the run ends: that nothing is written to any of them is for the quiet
// lineages to say, which come last.
func (p *execution) clean(ctx context.Context) {
	p.remove(ctx, 0)
	for _, s := range p.undeleted {
		p.reportUnconfirmed(s.name)
	}
}

// remove removes the projects that stand, but for the first so many. One that the
// service does not remove in time is tried again when the lineage ends, and then
// it is the run's to find.
func (p *execution) remove(ctx context.Context, but int) {
	ctx, cancel := context.WithTimeout(ctx, p.Budgets[budget.Request])
	defer cancel()
	but = min(but, len(p.undeleted))
	var left []undeletedProject
	for _, s := range p.undeleted[but:] {
		x := p.Client.DeleteProject(ctx, s.id)
		if p.OnOutsideCall != nil {
			p.OnOutsideCall(x)
		}
		if DeleteError(x) != nil {
			left = append(left, s)
		}
	}
	p.undeleted = append(slices.Clip(p.undeleted[:but]), left...)
}

// DeleteError says, by the answer to DeleteProject, why the project may still be there;
// nil where there is no such project any more.
func DeleteError(x evidence.Exchange) error {
	switch {
	case trainingapi.Succeeded(x), x.Status == http.StatusNotFound:
		return nil
	case x.Error != "":
		return errors.New(trainingapi.FailureReason(x))
	}
	return errors.New(trainingapi.DescribeResponse(x))
}

// createProject calls CreateProject. A call that was sent and is not answered may have
// made the project all the same.
func (p *execution) createProject(ctx context.Context, n client.NewProject) evidence.Exchange {
	if ctx.Err() != nil {
		return p.Client.CreateProject(ctx, n) // is not sent
	}
	x := p.Client.CreateProject(ctx, n)
	if x.Status == 0 && client.Sent(x) {
		p.reportUnconfirmed(n.Name)
	}
	return x
}

func (p *execution) reportUnconfirmed(name string) {
	if p.OnUnconfirmedProject != nil {
		p.OnUnconfirmedProject(name)
	}
}
