package perform

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/training"
)

// A standing project is one that is not removed yet.
type standing struct{ id, name string }

// clean removes the lineage's projects. Its queues and containers stay until
// the run ends: that nothing is written to any of them is for the quiet
// lineages to say, which come last.
func (p *performance) clean(ctx context.Context) {
	p.remove(ctx, 0)
	for _, s := range p.standing {
		p.suspect(s.name)
	}
}

// remove removes the projects that stand, but for the first so many. One that the
// service does not remove in time is tried again when the lineage ends, and then
// it is the run's to find.
func (p *performance) remove(ctx context.Context, but int) {
	ctx, cancel := context.WithTimeout(ctx, p.Budgets[budget.Request])
	defer cancel()
	but = min(but, len(p.standing))
	var left []standing
	for _, s := range p.standing[but:] {
		x := p.Client.DeleteProject(ctx, s.id)
		if p.Aside != nil {
			p.Aside(x)
		}
		if Remains(x) != nil {
			left = append(left, s)
		}
	}
	p.standing = append(slices.Clip(p.standing[:but]), left...)
}

// Remains says, by the answer to DeleteProject, why the project may still be there;
// nil where there is no such project any more.
func Remains(x evidence.Exchange) error {
	switch {
	case training.Succeeded(x), x.Status == http.StatusNotFound:
		return nil
	case x.Error != "":
		return errors.New(training.Trouble(x))
	}
	return errors.New(training.Answer(x))
}

// createProject calls CreateProject. A call that was sent and is not answered may have
// made the project all the same.
func (p *performance) createProject(ctx context.Context, n training.NewProject) evidence.Exchange {
	if ctx.Err() != nil {
		return p.Client.CreateProject(ctx, n) // is not sent
	}
	x := p.Client.CreateProject(ctx, n)
	if x.Status == 0 && training.Sent(x) {
		p.suspect(n.Name)
	}
	return x
}

func (p *performance) suspect(name string) {
	if p.Suspect != nil {
		p.Suspect(name)
	}
}
