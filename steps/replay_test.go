package steps_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/internal/report"
	"github.com/cvconform/cvconform/steps"
)

// scenarios are all verdicts of a report, by requirement and scenario.
func scenarios(r *steps.Report) map[string]report.Verdict {
	out := map[string]report.Verdict{}
	for _, q := range r.Requirements {
		for _, s := range q.Scenarios {
			out[q.ID+": "+s.Name] = s.Verdict
		}
	}
	return out
}

// replayed judges the recording that c has made, by what c says.
func replayed(t *testing.T, c steps.Config) *steps.Report {
	t.Helper()
	c.Target, c.Record, c.Defects, c.TrainingKey = "replay:"+c.Record, "", nil, ""
	return judgedTwice(t, c)
}

// TestEveryDefectReplays is slow
func TestEveryDefectReplays(t *testing.T) {
	if os.Getenv("CVCONFORM_TEST_ALL_REPLAYS") == "" {
		t.Skip("takes minutes")
	}
	for _, d := range defect.All() {
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			c := with(faulty(t, d.Name), d.Shown.Budgets)
			c.Only, c.Readings = append([]string(nil), d.Shown.Beside...), d.Shown.Readings
			if d.Shown.InTurn {
				c.Parallel = 1
			}
			for _, caught := range d.Caught {
				c.Only = append(c.Only, caught.ID)
			}
			c.Record = filepath.Join(t.TempDir(), "recording")
			want, err := steps.Run(t.Context(), c)
			require.NoError(t, err)
			got := replayed(t, c)
			assert.Equal(t, scenarios(want), scenarios(got))
			assert.Empty(t, own(got))
		})
	}
}

// own are the warnings that are no verdicts.
func own(r *steps.Report) []string {
	return r.Warnings[:len(r.Warnings)-len(r.Unsettled())]
}
