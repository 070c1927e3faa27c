package steps

import (
	"strings"
	"testing"

	"github.com/cvconform/cvconform/steps/report"
)

// Test judges the configured service and reports one subtest for each
// requirement, with one subtest for each of its scenarios. A broken must fails
// the test with all details. A scenario that does not apply is skipped with its
// reason; warnings and observations are logged. If the service or the storage is
// not available, the test fails. The -run flag of go test only selects which
// subtests are reported: to judge fewer requirements use [Config.Only].
func Test(t *testing.T, c Config) {
	t.Helper()
	if c.Progress == nil {
		c.Progress = func(p Progress) {
			if p.Line != "" {
				t.Log(p.Line)
			}
		}
	}
	r, err := Run(t.Context(), c)
	if err != nil {
		t.Fatalf("cvconform: %v%s", err, formatHint(err))
	}
	for _, q := range r.Requirements {
		t.Run(q.ID, func(t *testing.T) {
			for _, s := range q.Scenarios {
				t.Run(s.Name, func(t *testing.T) { setSubtestResult(t, r, q, s) })
			}
		})
	}
	judged, all, rest := r.MustCounts()
	t.Logf("%s: %d of %d musts judged %s", r.Verdict, judged, all, strings.Join(rest, ", "))
}

// setSubtestResult fails, skips or passes the subtest of a scenario by its
// verdict.
func setSubtestResult(t *testing.T, r *Report, q report.Requirement, s report.Scenario) {
	t.Helper()
	text := r.Explain(q, s)
	switch s.Verdict {
	case report.Failed, report.HarnessError, report.UnexpectedPass:
		t.Error(text)
	case report.Inconclusive, report.NotRun:
		if q.Level == "must" {
			t.Error(text)
			return
		}
		t.Skip(text)
	case report.NotApplicable:
		t.Skip(s.Reason)
	case report.Warned, report.Observed:
		t.Log(text)
	}
}
