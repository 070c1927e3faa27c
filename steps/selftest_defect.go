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
	"github.com/cvconform/cvconform/internal/selftest/result"
	"github.com/cvconform/cvconform/steps/report"
)

// shortBudgets are budgets for what never comes from a service on this machine.
func shortBudgets() budget.Set {
	return budget.Set{budget.Notification: 800 * time.Millisecond, budget.ConnectionTest: 300 * time.Millisecond,
		budget.TestBlob: 300 * time.Millisecond, budget.Backup: 300 * time.Millisecond, budget.Absence: 100 * time.Millisecond}
}

// A trial is one run of the fake with a defect, kept to be judged again.
type trial struct {
	rules      ruleset
	situations situations
	planned    []features.Requirement // whose situations were performed
	records    *executionLog
	duration   time.Duration
}

// runTrial has the fake with a defect judged by these requirements (all, where there
// are none), and keeps what happened. The error is trouble of the harness.
func (s *selftest) runTrial(ctx context.Context, d defect.Defect, ids []string, budgets budget.Set) (*trial, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	limits := maps.Clone(budgets)
	maps.Copy(limits, d.Conditions.Budgets)
	c := Config{Storage: "external", ConnectionString: s.connection, Defects: []string{d.Name}, Only: ids,
		Readings: d.Conditions.Readings, Budgets: limits}
	if d.Conditions.Sequential {
		c.Parallel = 1
	}
	settled, err := c.settings()
	if err != nil {
		return nil, err
	}
	h := New(settled, nil)
	h.executionLog = &executionLog{}
	r, err := h.runRecorded(ctx)
	if err != nil {
		return nil, err
	}
	if !r.Run.Complete {
		return nil, context.Cause(ctx)
	}
	t := &trial{
		rules:      h.rules(),
		situations: s.situations,
		records:    h.executionLog,
		duration:   r.Run.Finished.Sub(r.Run.Started),
	}
	if t.planned, _, err = engine.Select(s.catalogue, ids, nil); err != nil {
		return nil, err
	}
	return t, harnessError(r.Requirements)
}

// harnessError is the first error of the harness among the verdicts.
func harnessError(requirements []report.Requirement) error {
	for _, q := range requirements {
		if q.Verdict == report.HarnessError || q.Verdict == report.NotRun {
			return fmt.Errorf("%s %s: %s", q.ID, q.Verdict, q.Reason)
		}
	}
	return nil
}

// judged is what these requirements make of the trial.
func (t *trial) judged(ctx context.Context, requirements []features.Requirement) ([]report.Requirement, error) {
	out, err := t.rules.engine(requirements).Rejudge(ctx, t.records.forKeys(t.situations.lineages(requirements)))
	if err != nil {
		return nil, err
	}
	return out.Requirements, harnessError(out.Requirements)
}

// judgeDefect judges one defect.
func (s *selftest) judgeDefect(ctx context.Context, d defect.Defect, row *result.Defect) stepProof {
	p, err := s.judgeCatch(ctx, d, row)
	switch {
	case ctx.Err() != nil:
		row.Outcome = result.NotRun
	case err != nil:
		row.Outcome, row.Error = result.HarnessError, err.Error()
	}
	return p
}

func (s *selftest) judgeCatch(ctx context.Context, d defect.Defect, row *result.Defect) (stepProof, error) {
	named := slices.Clone(d.Conditions.AlsoSelect)
	for _, c := range d.Caught {
		named = append(named, c.ID)
	}
	performed := named
	if s.config.All {
		performed = nil
	}
	t, err := s.runTrial(ctx, d, performed, shortBudgets())
	if err != nil {
		return nil, err
	}
	row.DurationMs = t.duration.Milliseconds()
	verdicts, err := t.judged(ctx, s.situations.covered(s.catalogue, t.planned))
	if err != nil {
		return nil, err
	}
	for i, c := range row.Catches {
		row.Catches[i] = result.JudgeCatch(c.ReasonContains, findRequirement(verdicts, c.Requirement))
	}
	row.Outcome = result.Worst(row.Catches)
	for _, q := range verdicts {
		if !slices.ContainsFunc(row.Catches, func(c result.Catch) bool { return c.Requirement == q.ID }) {
			collateralOf(row, q)
		}
	}
	return t.proof(ctx, row.Catches)
}

// collateralOf notes what a requirement that is not named makes of a defect.
func collateralOf(row *result.Defect, q report.Requirement) {
	if result.HasNoObjection(q) {
		row.Unaffected = append(row.Unaffected, q.ID)
		return
	}
	row.Collateral = append(row.Collateral, result.Result{Requirement: q.ID, Verdict: q.Verdict, Reason: q.Reason})
}

func findRequirement(requirements []report.Requirement, id string) report.Requirement {
	i := slices.IndexFunc(requirements, func(q report.Requirement) bool { return q.ID == id })
	if i < 0 {
		return report.Requirement{ID: id}
	}
	return requirements[i]
}

// judgeVariation judges one liberty, with the patience that a good service is owed.
func (s *selftest) judgeVariation(ctx context.Context, l defect.Defect, row *result.Variation) {
	t, err := s.runTrial(ctx, l, nil, budget.Set{budget.Absence: shortBudgets()[budget.Absence]})
	var verdicts []report.Requirement
	if err == nil {
		row.DurationMs = t.duration.Milliseconds()
		verdicts, err = t.judged(ctx, t.planned)
	}
	switch {
	case ctx.Err() != nil:
		return
	case err != nil:
		row.Outcome, row.Error = result.HarnessError, err.Error()
		return
	}
	row.Outcome = result.Accepted
	for _, q := range verdicts {
		if !result.HasNoObjection(q) {
			row.Outcome = result.Flagged
			row.FlaggedBy = append(row.FlaggedBy, result.Result{Requirement: q.ID, Verdict: q.Verdict, Reason: q.Reason})
		}
	}
}
