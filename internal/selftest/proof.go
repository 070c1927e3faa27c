package selftest

import (
	"context"
	"slices"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/selftest/result"
)

// A stepProof holds, for each requirement that caught a defect as it has to, the
// lines of the Then steps without which it would not have caught it.
type stepProof map[string][]int

// proof judges the trial again for each Then step of each requirement that caught
// the defect, by the features without that step.
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
			for _, j := range thenSteps(q) {
				mutated := slices.Clone(t.planned)
				mutated[i] = withoutStep(q, j)
				verdicts, err := t.judge(ctx, mutated)
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

// thenSteps returns the Then steps of a requirement as the file has them: the
// rows of an outline share theirs.
func thenSteps(q features.Requirement) []features.ThenStep {
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

// withoutStep returns the requirement without a Then step.
func withoutStep(q features.Requirement, j features.ThenStep) features.Requirement {
	q.Scenarios = slices.Clone(q.Scenarios)
	for i, s := range q.Scenarios {
		q.Scenarios[i] = s.WithoutStep(j)
	}
	return q
}

// assignProofs adds to a requirement and its steps the defects that prove them.
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
