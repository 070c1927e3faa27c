package steps

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/engine"
	"github.com/cvconform/cvconform/internal/matrix"
	"github.com/cvconform/cvconform/internal/report"
)

// impatience are budgets for what never comes from a service on this machine.
func impatience() budget.Set {
	return budget.Set{budget.Notification: 800 * time.Millisecond, budget.ConnectionTest: 300 * time.Millisecond,
		budget.TestBlob: 300 * time.Millisecond, budget.Backup: 300 * time.Millisecond, budget.Absence: 100 * time.Millisecond}
}

// A trial is one run of the fake with a defect, kept to be judged again.
type trial struct {
	rules      rules
	situations situations
	planned    []features.Requirement // whose situations were performed
	records    *records
	took       time.Duration
}

// try has the fake with a defect judged by these requirements (all, where there
// are none), and keeps what happened. The error is trouble of the harness.
func (s *selftest) try(ctx context.Context, d defect.Defect, ids []string, budgets budget.Set) (*trial, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	limits := maps.Clone(budgets)
	maps.Copy(limits, d.Shown.Budgets)
	c := Config{Storage: "external", ConnectionString: s.connection, Defects: []string{d.Name}, Only: ids,
		Readings: d.Shown.Readings, Budgets: limits}
	if d.Shown.InTurn {
		c.Parallel = 1
	}
	settled, err := c.settle()
	if err != nil {
		return nil, err
	}
	h := newHouse(settled, nil)
	h.records = &records{}
	r, err := h.judge(ctx)
	if err != nil {
		return nil, err
	}
	if !r.Run.Complete {
		return nil, context.Cause(ctx)
	}
	t := &trial{rules: h.rules(), situations: s.situations, records: h.records, took: r.Run.Finished.Sub(r.Run.Started)}
	if t.planned, _, err = engine.Select(s.catalogue, ids, nil); err != nil {
		return nil, err
	}
	return t, trouble(r.Requirements)
}

// trouble is the first error of the harness among the verdicts.
func trouble(requirements []report.Requirement) error {
	for _, q := range requirements {
		if q.Verdict == report.HarnessError || q.Verdict == report.NotRun {
			return fmt.Errorf("%s %s: %s", q.ID, q.Verdict, q.Reason)
		}
	}
	return nil
}

// judged is what these requirements make of the trial.
func (t *trial) judged(ctx context.Context, requirements []features.Requirement) ([]report.Requirement, error) {
	out, err := t.rules.engine(requirements).Again(ctx, t.records.of(t.situations.lineages(requirements)))
	if err != nil {
		return nil, err
	}
	return out.Requirements, trouble(out.Requirements)
}

// catch judges one defect.
func (s *selftest) catch(ctx context.Context, d defect.Defect, row *matrix.Defect) proof {
	p, err := s.caught(ctx, d, row)
	switch {
	case ctx.Err() != nil:
		row.Outcome = matrix.NotRun
	case err != nil:
		row.Outcome, row.Error = matrix.BrokenHarness, err.Error()
	}
	return p
}

func (s *selftest) caught(ctx context.Context, d defect.Defect, row *matrix.Defect) (proof, error) {
	named := slices.Clone(d.Shown.Beside)
	for _, c := range d.Caught {
		named = append(named, c.ID)
	}
	performed := named
	if s.config.All {
		performed = nil
	}
	t, err := s.try(ctx, d, performed, impatience())
	if err != nil {
		return nil, err
	}
	row.DurationMs = t.took.Milliseconds()
	verdicts, err := t.judged(ctx, s.situations.shown(s.catalogue, t.planned))
	if err != nil {
		return nil, err
	}
	for i, c := range row.Catches {
		row.Catches[i] = matrix.Judge(c.Why, find(verdicts, c.Requirement))
	}
	row.Outcome = matrix.Worst(row.Catches)
	for _, q := range verdicts {
		if !slices.ContainsFunc(row.Catches, func(c matrix.Catch) bool { return c.Requirement == q.ID }) {
			aside(row, q)
		}
	}
	return t.proof(ctx, row.Catches)
}

// aside notes what a requirement that is not named makes of a defect.
func aside(row *matrix.Defect, q report.Requirement) {
	if matrix.Holds(q) {
		row.Held = append(row.Held, q.ID)
		return
	}
	row.Collateral = append(row.Collateral, matrix.Result{Requirement: q.ID, Verdict: q.Verdict, Reason: q.Reason})
}

func find(requirements []report.Requirement, id string) report.Requirement {
	i := slices.IndexFunc(requirements, func(q report.Requirement) bool { return q.ID == id })
	if i < 0 {
		return report.Requirement{ID: id}
	}
	return requirements[i]
}

// spare judges one liberty, with the patience that a good service is owed.
func (s *selftest) spare(ctx context.Context, l defect.Defect, row *matrix.Liberty) {
	t, err := s.try(ctx, l, nil, budget.Set{budget.Absence: impatience()[budget.Absence]})
	var verdicts []report.Requirement
	if err == nil {
		row.DurationMs = t.took.Milliseconds()
		verdicts, err = t.judged(ctx, t.planned)
	}
	switch {
	case ctx.Err() != nil:
		return
	case err != nil:
		row.Outcome, row.Error = matrix.BrokenHarness, err.Error()
		return
	}
	row.Outcome = matrix.Spared
	for _, q := range verdicts {
		if !matrix.Holds(q) {
			row.Outcome = matrix.Blamed
			row.Blamed = append(row.Blamed, matrix.Result{Requirement: q.ID, Verdict: q.Verdict, Reason: q.Reason})
		}
	}
}
