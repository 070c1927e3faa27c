package steps_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/report"
	"github.com/cvconform/cvconform/steps"
)

// A defect is one way to break the contract, with the requirements that have
// to catch it and a piece of the reason that each has to give.
type defect struct {
	name, is string // a name, and a sentence
	breaks   map[string]string
	faults   []fault
	beside   []string // judged too, for what their situations do
	budgets  map[string]time.Duration
	readings map[string]string
}

type breaks = map[string]string

func broken(name, is string, breaks breaks, faults ...fault) defect {
	return defect{name: name, is: is, breaks: breaks, faults: faults}
}

// next to judges other requirements in the same run.
func (d defect) nextTo(ids ...string) defect { d.beside = ids; return d }

// within shortens a budget.
func (d defect) within(budget string, limit time.Duration) defect {
	d.budgets = map[string]time.Duration{budget: limit}
	return d
}

// read chooses a reading.
func (d defect) read(name, value string) defect {
	d.readings = map[string]string{name: value}
	return d
}

// only lists what is judged.
func (d defect) only() []string {
	ids := slices.Clone(d.beside)
	for id := range d.breaks {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// defects is the whole table.
func defects() []defect {
	return slices.Concat(createDefects(), updateDefects(), connectDefects(), trainDefects(),
		backupDefects(), exportDefects(), messageDefects(), accessDefects())
}

func TestEveryRequirementCanFail(t *testing.T) {
	catalogue, err := features.Load()
	require.NoError(t, err)
	caught, names := map[string]bool{}, map[string]bool{}
	for _, d := range defects() {
		assert.False(t, names[d.name], "two defects %s", d.name)
		names[d.name] = true
		assert.NotEmpty(t, d.breaks, d.name)
		assert.True(t, strings.HasSuffix(d.is, "."), "%s: no sentence: %q", d.name, d.is)
		for id, why := range d.breaks {
			_, known := catalogue.Find(id)
			assert.True(t, known, "%s names %s", d.name, id)
			assert.NotEmpty(t, why, "%s: %s", d.name, id)
			caught[id] = true
		}
	}
	for _, q := range catalogue.Requirements {
		assert.True(t, caught[q.ID], "no defect fails %s", q.ID)
	}
}

func TestDefectsAreCaught(t *testing.T) {
	for _, d := range defects() {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			c := with(serve(t, d.faults...), d.budgets)
			c.Only, c.Readings = d.only(), d.readings
			r := judgedTwice(t, c)
			failed := false
			for id, why := range d.breaks {
				failed = isBroken(t, r, id, why) || failed
			}
			want := report.Partial
			if failed {
				want = report.NotConformant
			}
			assert.Equal(t, want, r.Verdict, d.is)
		})
	}
}

// judgedTwice judges, and makes sure that whoever judges the evidence again comes
// to the same report.
func judgedTwice(t *testing.T, c steps.Config) *steps.Report {
	t.Helper()
	c.Evidence = filepath.Join(t.TempDir(), "evidence.zip")
	r := judged(t, c)
	again, err := steps.Verify(t.Context(), c.Evidence, nil)
	require.NoError(t, err)
	assert.Empty(t, again.Findings)
	return r
}

// judged runs, and makes sure that the run itself is sound.
func judged(t *testing.T, c steps.Config) *steps.Report {
	t.Helper()
	r, err := steps.Run(t.Context(), c)
	require.NoError(t, err)
	sum := 0
	for _, n := range r.Counts {
		sum += n
	}
	assert.Len(t, r.Requirements, sum, "the verdicts add up to what was planned")
	for _, q := range r.Requirements {
		assert.NotContains(t, []report.Verdict{report.HarnessError, report.NotRun}, q.Verdict, "%s: %s", q.ID, q.Reason)
	}
	noSecrets(t, r)
	return r
}

// isBroken holds a requirement's verdict and reason against what they have to
// be, and says whether it is a must.
func isBroken(t *testing.T, r *steps.Report, id, why string) (must bool) {
	t.Helper()
	q := requirement(t, r, id)
	want := map[string]report.Verdict{"must": report.Failed, "should": report.Warned, "may": report.Observed}[q.Level]
	assert.Equal(t, want, q.Verdict, "%s: %s", id, q.Reason)
	assert.NotEmpty(t, q.Reason, id)
	assert.Contains(t, reasons(q), why, id)
	return q.Level == "must"
}

func requirement(t *testing.T, r *steps.Report, id string) report.Requirement {
	t.Helper()
	i := slices.IndexFunc(r.Requirements, func(q report.Requirement) bool { return q.ID == id })
	require.GreaterOrEqual(t, i, 0, "%s was not judged", id)
	return r.Requirements[i]
}

// reasons is all that a requirement says about what is wrong.
func reasons(q report.Requirement) string {
	var all []string
	for _, s := range q.Scenarios {
		for _, step := range s.Steps {
			if step.Summary != "" {
				all = append(all, step.Text, step.Summary, "want: "+step.Want, "got: "+step.Got, step.Diff)
			}
		}
	}
	return strings.Join(all, "\n")
}

func TestTheUnharmedServiceIsConformant(t *testing.T) {
	t.Parallel()
	isConformant(t, judgedTwice(t, patient(serve(t))))
}

// isConformant makes sure that nothing is wrong, and says what is.
func isConformant(t *testing.T, r *steps.Report) {
	t.Helper()
	for _, q := range r.Requirements {
		assert.Contains(t, []report.Verdict{report.Passed, report.Observed, report.NotApplicable}, q.Verdict, "%s: %s", q.ID, q.Reason)
		assert.Empty(t, reasons(q), q.ID)
	}
	assert.Equal(t, report.Conformant, r.Verdict)
}
