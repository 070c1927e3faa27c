package steps

import (
	"context"
	"slices"
	"sync"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/engine"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/selftest/result"
)

// A stepProof lists, for each requirement that caught a defect as it has to, the lines
// of the steps without which it would not have.
type stepProof map[string][]int

// proof judges the trial once more for each step of each requirement that caught
// the defect, by the features as they would be without that step.
func (t *trial) proof(ctx context.Context, catches []result.Catch) (stepProof, error) {
	p := stepProof{}
	for _, c := range catches {
		if c.Outcome != result.Caught {
			continue
		}
		p[c.Requirement] = []int{}
		for i, q := range t.planned {
			if q.ID != c.Requirement {
				continue
			}
			for _, j := range judgements(q) {
				mutated := slices.Clone(t.planned)
				mutated[i] = withoutStep(q, j)
				verdicts, err := t.judged(ctx, mutated)
				if err != nil {
					return nil, err
				}
				if result.JudgeCatch(c.ReasonContains, findRequirement(verdicts, q.ID)).Outcome != result.Caught {
					p[q.ID] = append(p[q.ID], j.Line)
				}
			}
		}
	}
	return p, nil
}

// judgements lists the judging steps of a requirement as they stand in the file:
// rows of an outline share theirs.
func judgements(q features.Requirement) []features.ThenStep {
	var out []features.ThenStep
	for _, s := range q.Scenarios {
		for _, j := range s.ThenSteps() {
			if !slices.ContainsFunc(out, func(k features.ThenStep) bool { return k.Line == j.Line }) {
				out = append(out, j)
			}
		}
	}
	return out
}

// withoutStep is the requirement without a step of its file.
func withoutStep(q features.Requirement, j features.ThenStep) features.Requirement {
	q.Scenarios = slices.Clone(q.Scenarios)
	for i, s := range q.Scenarios {
		q.Scenarios[i] = s.WithoutStep(j)
	}
	return q
}

// assignProofs gives a requirement and its steps the defects that prove them.
func assignProofs(q *result.Requirement, defects []result.Defect, proofs []stepProof) {
	for i, d := range defects {
		lines, ok := proofs[i][q.ID]
		if !ok {
			continue
		}
		q.ProvenBy = append(q.ProvenBy, d.Name)
		for n, step := range q.Steps {
			if slices.Contains(lines, step.Line) {
				q.Steps[n].ProvenBy = append(step.ProvenBy, d.Name)
			}
		}
	}
}

// situations are those of the scenarios of each requirement, by id.
type situations map[string][]situation.Situation

// situationsOf has every scenario say what its situation is.
func situationsOf(c *features.Catalogue) (situations, error) {
	out := situations{}
	run := ruleset{profileName: "full", profile: bothIntegrations}.engine(c.Requirements)
	run.Applicable = func(s features.Scenario, done situation.Situation) string {
		out[s.Requirement] = append(out[s.Requirement], done)
		return "it is only declared"
	}
	_, err := run.Rejudge(context.Background(), nil)
	return out, err
}

// lineages lists the keys of the lineages that these requirements need, in the
// order in which they are planned.
func (all situations) lineages(requirements []features.Requirement) []string {
	var needed []situation.Situation
	for _, q := range requirements {
		needed = append(needed, all[q.ID]...)
	}
	var keys []string
	for _, l := range situation.Plan(needed) {
		keys = append(keys, l.Key)
	}
	return keys
}

// covered lists the requirements whose situations are all performed where those of
// the planned ones are.
func (all situations) covered(c *features.Catalogue, planned []features.Requirement) []features.Requirement {
	performed := map[string]bool{}
	for _, q := range planned {
		for _, act := range all.acts(q) {
			performed[act] = true
		}
	}
	var out []features.Requirement
	for _, q := range c.Requirements {
		if !slices.ContainsFunc(all.acts(q), func(act string) bool { return !performed[act] }) {
			out = append(out, q)
		}
	}
	return out
}

// acts lists what has to be performed for a requirement, each act with its lineage.
func (all situations) acts(q features.Requirement) []string {
	var out []string
	for _, s := range all[q.ID] {
		for _, act := range s.Nodes() {
			out = append(out, s.TreeKey()+": "+act)
		}
	}
	return out
}

// executionLog are kept of performances, by the key of the lineage.
type executionLog struct {
	mu    sync.Mutex
	byKey map[string]engine.TimelineRecord
}

func (r *executionLog) add(l *situation.ActTree, timeline *evidence.Timeline, err error) {
	if r == nil || timeline == nil {
		return
	}
	one := engine.TimelineRecord{Key: l.Key, Started: timeline.Start(), Events: timeline.Close()}
	if err != nil {
		one.Error = err.Error()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byKey == nil {
		r.byKey = map[string]engine.TimelineRecord{}
	}
	r.byKey[l.Key] = one
}

// forKeys lists the records of these lineages, in that order.
func (r *executionLog) forKeys(lineages []string) []engine.TimelineRecord {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []engine.TimelineRecord
	for _, key := range lineages {
		out = append(out, r.byKey[key])
	}
	return out
}
