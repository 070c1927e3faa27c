package selftest

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/engine"
	"github.com/cvconform/cvconform/internal/selftest/result"
	"github.com/cvconform/cvconform/internal/session"
	"github.com/cvconform/cvconform/steps/report"
)

// shortBudgets returns budgets for events that never come from a service on this
// machine.
func shortBudgets() budget.Set {
	return budget.Set{
		budget.Notification:   800 * time.Millisecond,
		budget.ConnectionTest: 300 * time.Millisecond,
		budget.TestBlob:       300 * time.Millisecond,
		budget.Backup:         300 * time.Millisecond,
		budget.Absence:        100 * time.Millisecond,
	}
}

// judgedBudgets returns the budgets by which the evidence of a trial is judged. Apart from those that a defect exceeds
// they are long, so that a busy machine delays no effect beyond them. The waits of a trial may still be short.
func judgedBudgets(d defect.Defect) (budget.Set, error) {
	long := budget.Set{}
	for _, name := range []string{budget.ConnectionTest, budget.TestBlob, budget.Notification, budget.Backup} {
		long[name] = 10 * budget.Local()[name]
	}
	long[budget.Absence] = budget.Local()[budget.Absence]
	maps.Copy(long, d.Conditions.Budgets)
	return budget.Local().With(long)
}

// A trial is one run of the fake with a defect, whose timelines can be judged
// again.
type trial struct {
	run        session.Logged
	situations situations
	planned    []features.Requirement // whose situations were performed
	durationMs int64
}

// runTrial judges the fake with a defect by the requirements with these ids; nil
// means all. The error is one of the harness.
func (t *tester) runTrial(ctx context.Context, d defect.Defect, ids []string, budgets budget.Set) (*trial, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	s, err := session.Trial(session.TrialSpec{
		Defect: d, Only: ids, Budgets: budgets, Connection: t.connection, Definitions: t.definitions,
	})
	if err != nil {
		return nil, err
	}
	run, err := session.RunLogged(ctx, s)
	if err != nil {
		return nil, err
	}
	r := run.Report
	if !r.Run.Complete {
		return nil, context.Cause(ctx)
	}
	if run.Rules.Budgets, err = judgedBudgets(d); err != nil {
		return nil, err
	}
	out := &trial{run: run, situations: t.situations, durationMs: r.Run.Finished.Sub(r.Run.Started).Milliseconds()}
	if out.planned, _, err = engine.Select(t.choice.catalogue, ids, nil); err != nil {
		return nil, err
	}
	return out, session.HarnessError(r.Requirements)
}

// judge judges the timelines of the trial again by these requirements.
func (t *trial) judge(ctx context.Context, requirements []features.Requirement) ([]report.Requirement, error) {
	out, err := t.run.Rules.Engine(requirements).Rejudge(ctx, t.run.Log.ForKeys(t.situations.treeKeys(requirements)))
	if err != nil {
		return nil, err
	}
	return out.Requirements, session.HarnessError(out.Requirements)
}

// judgeDefect judges one defect, and returns the steps that prove it.
func (t *tester) judgeDefect(ctx context.Context, d defect.Defect, row *result.Defect) stepProof {
	p, err := t.judgeCatches(ctx, d, row)
	switch {
	case ctx.Err() != nil:
		row.Outcome = result.NotRun
	case err != nil:
		row.Outcome, row.Error = result.HarnessError, err.Error()
	}
	return p
}

func (t *tester) judgeCatches(ctx context.Context, d defect.Defect, row *result.Defect) (stepProof, error) {
	var performed []string // nil means all
	if !t.choice.All {
		performed = slices.Clone(d.Conditions.AlsoSelect)
		for _, c := range d.Caught {
			performed = append(performed, c.ID)
		}
	}
	tr, err := t.runTrial(ctx, d, performed, shortBudgets())
	if err != nil {
		return nil, err
	}
	row.DurationMs = tr.durationMs
	verdicts, err := tr.judge(ctx, t.situations.covered(t.choice.catalogue, tr.planned))
	if err != nil {
		return nil, err
	}
	for i, c := range row.Catches {
		row.Catches[i] = result.JudgeCatch(c.ReasonContains, findRequirement(verdicts, c.Requirement))
	}
	row.Outcome = result.Worst(row.Catches)
	for _, q := range verdicts {
		if !slices.ContainsFunc(row.Catches, func(c result.Catch) bool { return c.Requirement == q.ID }) {
			addCollateral(row, q)
		}
	}
	return tr.proof(ctx, row.Catches)
}

// addCollateral adds the verdict of a requirement that does not have to catch the
// defect.
func addCollateral(row *result.Defect, q report.Requirement) {
	if result.HasNoObjection(q) {
		row.Unaffected = append(row.Unaffected, q.ID)
		return
	}
	row.Collateral = append(row.Collateral, result.Result{Requirement: q.ID, Verdict: q.Verdict, Reason: q.Reason})
}

// findRequirement returns the requirement with this id, or one without a verdict.
func findRequirement(requirements []report.Requirement, id string) report.Requirement {
	i := slices.IndexFunc(requirements, func(q report.Requirement) bool { return q.ID == id })
	if i < 0 {
		return report.Requirement{ID: id}
	}
	return requirements[i]
}

// judgeVariation judges one variation, with the budgets of a conformant service.
func (t *tester) judgeVariation(ctx context.Context, v defect.Defect, row *result.Variation) {
	tr, err := t.runTrial(ctx, v, nil, budget.Set{budget.Absence: shortBudgets()[budget.Absence]})
	var verdicts []report.Requirement
	if err == nil {
		row.DurationMs = tr.durationMs
		verdicts, err = tr.judge(ctx, tr.planned)
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
