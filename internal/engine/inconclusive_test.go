package engine

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/steps/report"
)

// The texts of the two Then steps of CVSI-EXPORT-07.
const firstStep, secondStep = "was complete before", "could be downloaded"

// judgeWith returns a problem of kind a for the first Then step and one of kind b for the second; "" means none.
func judgeWith(a, b check.Kind) judgeFunc {
	return func(text string) *check.Problem {
		kind := b
		if strings.Contains(text, firstStep) {
			kind = a
		}
		if kind == "" {
			return nil
		}
		return &check.Problem{Kind: kind, Summary: text}
	}
}

// An inconclusive step does not end the scenario, because a later step may prove more.
func TestScenarioContinuesAfterAnInconclusiveStep(t *testing.T) {
	for name, c := range map[string]struct {
		judge  judgeFunc
		want   report.Verdict
		reason string
		steps  []report.Verdict
	}{
		"both pass": {
			judgeWith("", ""), report.Passed, "", []report.Verdict{report.Passed, report.Passed},
		},
		"inconclusive, then passed": {
			judgeWith(check.Inconclusive, ""), report.Inconclusive, firstStep,
			[]report.Verdict{report.Inconclusive, report.Passed},
		},
		"passed, then inconclusive": {
			judgeWith("", check.Inconclusive), report.Inconclusive, secondStep,
			[]report.Verdict{report.Passed, report.Inconclusive},
		},
		"inconclusive twice": {
			judgeWith(check.Inconclusive, check.Inconclusive), report.Inconclusive, firstStep,
			[]report.Verdict{report.Inconclusive, report.Inconclusive},
		},
		"inconclusive, then violated": {
			judgeWith(check.Inconclusive, check.Failed), report.Warned, secondStep,
			[]report.Verdict{report.Inconclusive, report.Warned},
		},
		"inconclusive, then an error": {
			judgeWith(check.Inconclusive, check.Broken), report.HarnessError, secondStep,
			[]report.Verdict{report.Inconclusive, report.HarnessError},
		},
		"violated, then not evaluated": {
			judgeWith(check.Failed, check.Inconclusive), report.Warned, firstStep, []report.Verdict{report.Warned, report.NotRun},
		},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := newRun(t, &fakePerformer{}, c.judge, "CVSI-EXPORT-07").Execute(t.Context())
			require.NoError(t, err)
			require.Len(t, out.Requirements[0].Scenarios, 1)
			s := out.Requirements[0].Scenarios[0]
			assert.Equal(t, c.want, s.Verdict)
			assert.Contains(t, s.Reason, c.reason)
			var got []report.Verdict
			for _, step := range s.Steps[3:] {
				got = append(got, step.Verdict)
			}
			assert.Equal(t, c.steps, got)
		})
	}
}
