package engine

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/steps/report"
)

// A step that is inconclusive ends no scenario: one behind it may prove more.
func TestAnInconclusiveStepLeavesTheVerdictToThoseBehindIt(t *testing.T) {
	const first, second = "was complete before", "could be downloaded"
	kinds := func(a, b check.Kind) judgement {
		return func(text string) *check.Problem {
			kind := b
			if strings.Contains(text, first) {
				kind = a
			}
			if kind == "" {
				return nil
			}
			return &check.Problem{Kind: kind, Summary: text}
		}
	}
	for name, c := range map[string]struct {
		judge  judgement
		want   report.Verdict
		reason string
		steps  []report.Verdict
	}{
		"nothing":               {kinds("", ""), report.Passed, "", []report.Verdict{report.Passed, report.Passed}},
		"open, then fine":       {kinds(check.Inconclusive, ""), report.Inconclusive, first, []report.Verdict{report.Inconclusive, report.Passed}},
		"fine, then open":       {kinds("", check.Inconclusive), report.Inconclusive, second, []report.Verdict{report.Passed, report.Inconclusive}},
		"open twice":            {kinds(check.Inconclusive, check.Inconclusive), report.Inconclusive, first, []report.Verdict{report.Inconclusive, report.Inconclusive}},
		"open, then broken":     {kinds(check.Inconclusive, check.Failed), report.Warned, second, []report.Verdict{report.Inconclusive, report.Warned}},
		"open, then an error":   {kinds(check.Inconclusive, check.Broken), report.HarnessError, second, []report.Verdict{report.Inconclusive, report.HarnessError}},
		"broken, then not read": {kinds(check.Failed, check.Inconclusive), report.Warned, first, []report.Verdict{report.Warned, report.NotRun}},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := runOf(t, &fakePerformer{}, c.judge, "CVSI-EXPORT-07").Execute(t.Context())
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
