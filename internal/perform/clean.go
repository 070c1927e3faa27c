package perform

import (
	"context"
	"net/http"
	"slices"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/training"
)

// clean removes the lineage's projects. Its queues and containers stay until
// the run ends: that nothing is written to any of them is for the quiet
// lineages to say, which come last.
func (p *performance) clean(ctx context.Context) { p.remove(ctx, 0) }

// remove removes the projects that stand, but for the first so many. One that the
// service does not remove in time is tried again when the lineage ends, and then
// it is the run's to find.
func (p *performance) remove(ctx context.Context, but int) {
	ctx, cancel := context.WithTimeout(ctx, p.Budgets[budget.Request])
	defer cancel()
	but = min(but, len(p.standing))
	var left []string
	for _, id := range p.standing[but:] {
		if !Gone(p.Client.DeleteProject(ctx, id)) {
			left = append(left, id)
		}
	}
	p.standing = append(slices.Clip(p.standing[:but]), left...)
}

// Gone says whether the answer to DeleteProject means that there is no such
// project any more.
func Gone(x evidence.Exchange) bool {
	return training.Succeeded(x) || x.Status == http.StatusNotFound
}

// tried tells of a creation that was not answered: the project may come to be all
// the same.
func (p *performance) tried(name string, x evidence.Exchange) evidence.Exchange {
	if x.Status == 0 && p.Unanswered != nil {
		p.Unanswered(name)
	}
	return x
}
