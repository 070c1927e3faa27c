package steps

import (
	"strings"
	"testing"

	"github.com/cvconform/cvconform/steps/report"
)

// Test judges the configured service and reports one subtest for each
// requirement, and in it one for each scenario. A broken must fails the test
// with all that is known of it; what does not apply is skipped with its reason;
// warnings and observations are logged. A service or storage that cannot be had
// fails the test. Subtests that -run leaves out are judged all the same: to
// judge fewer requirements use [Config.Only].
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

// setSubtestResult gives a subtest the scenario's verdict.
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
