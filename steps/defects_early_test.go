package steps

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/steps/report"
)

// A service that finishes immediately is not reported as early.
func TestInstantTrainingIsNotEarly(t *testing.T) {
	for range 10 {
		t.Run("run", func(t *testing.T) {
			t.Parallel()
			o := options(t)
			o.TrainingDuration, o.ExportDuration = time.Nanosecond, time.Nanosecond
			c := serve(t, o)
			c.Only = []string{"CVSI-TRAIN-06", "CVSI-EXPORT-08"}
			r := runJudged(t, c)
			for _, q := range r.Requirements {
				assert.Equal(t, report.Passed, q.Verdict, "%s: %s", q.ID, q.Reasons())
			}
		})
	}
}
