package steps

import (
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/evidence/bundle"

	"github.com/cvconform/cvconform/steps/report"
)

func TestEveryRequirementCanFail(t *testing.T) {
	catalogue, err := features.Load()
	require.NoError(t, err)
	caught := map[string]bool{}
	for _, d := range defect.All() {
		for _, c := range d.Caught {
			_, known := catalogue.Find(c.ID)
			assert.True(t, known, "%s names %s", d.Name, c.ID)
			caught[c.ID] = true
		}
	}
	for _, q := range catalogue.Requirements {
		assert.True(t, caught[q.ID], "no defect fails %s", q.ID)
	}
}

func TestDefectsAreCaught(t *testing.T) {
	for _, d := range defect.All() {
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			r := runAndVerify(t, defectConfig(t, d))
			failed := false
			for _, caught := range d.Caught {
				failed = assertBroken(t, r, caught.ID, caught.ReasonContains) || failed
			}
			want := report.Partial
			if failed {
				want = report.NotConformant
			}
			assert.Equal(t, want, r.Verdict, d.Description)
		})
	}
}

// defectConfig returns the configuration of a run over the fake with this defect, under the
// conditions that expose it.
func defectConfig(t *testing.T, d defect.Defect) Config {
	t.Helper()
	return selectDefect(withBudgets(withDefects(t, d.Name), d.Conditions.Budgets), d)
}

// selectDefect selects the requirements that the defect breaks, with the readings that expose it.
func selectDefect(c Config, d defect.Defect) Config {
	c.Only, c.Readings = slices.Clone(d.Conditions.AlsoSelect), maps.Clone(d.Conditions.Readings)
	if d.Conditions.Sequential {
		c.Parallel = 1
	}
	for _, caught := range d.Caught {
		c.Only = append(c.Only, caught.ID)
	}
	return c
}

// runAndVerify runs and checks that verifying the evidence gives the same report.
func runAndVerify(t *testing.T, c Config) *Report {
	t.Helper()
	c.Evidence = filepath.Join(t.TempDir(), "evidence.zip")
	r := runJudged(t, c)
	openVerified(t, c.Evidence)
	return r
}

// openVerified checks that a bundle has no findings and opens it.
func openVerified(t *testing.T, path string) *bundle.Bundle {
	t.Helper()
	v, err := Verify(t.Context(), path, nil)
	require.NoError(t, err)
	assert.Empty(t, v.Findings)
	b, err := bundle.Open(path)
	require.NoError(t, err)
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// runJudged runs and checks that every requirement was judged without an error of the harness.
func runJudged(t *testing.T, c Config) *Report {
	t.Helper()
	r, err := Run(t.Context(), c)
	require.NoError(t, err)
	sum := 0
	for _, n := range r.Counts {
		sum += n
	}
	assert.Len(t, r.Requirements, sum, "the counts add up to the number of requirements")
	for _, q := range r.Requirements {
		assert.NotContains(t, []report.Verdict{report.HarnessError, report.NotRun}, q.Verdict, "%s: %s", q.ID, q.Reason)
	}
	assertNoSecrets(t, r)
	return r
}

// assertBroken checks that a requirement is violated for this reason. It reports whether the
// requirement is a must.
func assertBroken(t *testing.T, r *Report, id, why string) (must bool) {
	t.Helper()
	q := requirement(t, r, id)
	want := map[string]report.Verdict{"must": report.Failed, "should": report.Warned, "may": report.Observed}[q.Level]
	assert.Equal(t, want, q.Verdict, "%s: %s", id, q.Reason)
	assert.NotEmpty(t, q.Reason, id)
	assert.Contains(t, q.Reasons(), why, id)
	return q.Level == "must"
}

func requirement(t *testing.T, r *Report, id string) report.Requirement {
	t.Helper()
	i := slices.IndexFunc(r.Requirements, func(q report.Requirement) bool { return q.ID == id })
	require.GreaterOrEqual(t, i, 0, "%s was not judged", id)
	return r.Requirements[i]
}

func TestServiceWithoutDefectIsConformant(t *testing.T) {
	t.Parallel()
	assertConformant(t, runAndVerify(t, defaultBudgets(serve(t, options(t)))))
}

// assertConformant checks that no requirement is violated or inconclusive.
func assertConformant(t *testing.T, r *Report) {
	t.Helper()
	for _, q := range r.Requirements {
		assert.Contains(
			t,
			[]report.Verdict{report.Passed, report.Observed, report.NotApplicable},
			q.Verdict,
			"%s: %s",
			q.ID,
			q.Reason,
		)
		assert.Empty(t, q.Reasons(), q.ID)
	}
	assert.Equal(t, report.Conformant, r.Verdict)
}
