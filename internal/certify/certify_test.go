package certify_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/internal/certify"
	"github.com/cvconform/cvconform/steps/report"
)

func TestSummarize(t *testing.T) {
	conformant := &report.Report{Verdict: report.Conformant}
	of := func(level string, v report.Verdict) *report.Report {
		return &report.Report{
			Verdict:      report.NotConformant,
			Requirements: []report.Requirement{{ID: "CVSI-X-01", Level: level, Verdict: v, Reason: "so"}},
		}
	}
	warned := of("should", report.Warned)
	warned.Verdict = report.ConformantWithWarnings
	for name, c := range map[string]struct {
		reference, null *report.Report
		want            []string
	}{
		"as they have to":          {conformant, of("must", report.Failed), nil},
		"a must does not apply":    {conformant, of("must", report.NotApplicable), nil},
		"a should passes":          {conformant, of("should", report.Passed), nil},
		"a must passes":            {conformant, of("must", report.Passed), []string{"the null server is passed by CVSI-X-01, which it has to fail"}},
		"a must is not decided":    {conformant, of("must", report.Inconclusive), []string{"the null server is inconclusive by CVSI-X-01, which it has to fail"}},
		"the reference fails":      {of("must", report.Failed), of("must", report.Failed), []string{"the reference is not-conformant: CVSI-X-01 failed: so"}},
		"the reference has a wart": {warned, of("must", report.Failed), []string{"the reference is conformant-with-warnings: CVSI-X-01 warned: so"}},
	} {
		got := certify.Summarize(c.reference, c.null)
		assert.Equal(t, c.want, got.Problems, name)
		assert.Equal(t, string(c.reference.Verdict), got.Reference, name)
		assert.Equal(t, string(c.null.Verdict), got.Null, name)
	}
}
