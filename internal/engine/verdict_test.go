package engine

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/steps/report"
)

func TestVerdict(t *testing.T) {
	kinds := []check.Kind{"", check.Failed, check.Blocked, check.Inconclusive, check.Broken} // "" is no problem
	for level, want := range map[features.Level][]report.Verdict{
		features.Must:   {report.Passed, report.Failed, report.Failed, report.Inconclusive, report.HarnessError},
		features.Should: {report.Passed, report.Warned, report.Warned, report.Inconclusive, report.HarnessError},
		features.May:    {report.Observed, report.Observed, report.Observed, report.Observed, report.HarnessError},
	} {
		for i, kind := range kinds {
			var p *check.Problem
			if kind != "" {
				p = &check.Problem{Kind: kind}
			}
			assert.Equal(t, want[i], verdict(level, p), "%s, %s", level, kind)
		}
	}
}

func TestApplyWorstScenario(t *testing.T) {
	for name, c := range map[string]struct {
		scenarios []report.Verdict
		want      report.Verdict
	}{
		"one":                       {[]report.Verdict{report.Passed}, report.Passed},
		"not applicable and a pass": {[]report.Verdict{report.NotApplicable, report.Passed}, report.Passed},
		"all not applicable": {
			[]report.Verdict{report.NotApplicable, report.NotApplicable}, report.NotApplicable,
		},
		"a warning": {[]report.Verdict{report.Passed, report.Warned, report.Observed}, report.Warned},
		"a warning beats inconclusive": {
			[]report.Verdict{report.Inconclusive, report.Warned, report.Inconclusive}, report.Warned,
		},
		"a warning beats not run":         {[]report.Verdict{report.Warned, report.NotRun}, report.Warned},
		"inconclusive beats not run":      {[]report.Verdict{report.NotRun, report.Inconclusive}, report.Inconclusive},
		"not run beats a pass":            {[]report.Verdict{report.Passed, report.NotRun, report.Observed}, report.NotRun},
		"failed beats not run":            {[]report.Verdict{report.NotRun, report.Failed}, report.Failed},
		"failed beats inconclusive":       {[]report.Verdict{report.Failed, report.Inconclusive}, report.Failed},
		"failed beats an unexpected pass": {[]report.Verdict{report.UnexpectedPass, report.Failed}, report.Failed},
		"an error beats a warning": {
			[]report.Verdict{report.HarnessError, report.Warned, report.Inconclusive}, report.HarnessError,
		},
		"a harness error beats all": {
			[]report.Verdict{report.Failed, report.HarnessError, report.Passed}, report.HarnessError,
		},
	} {
		t.Run(name, func(t *testing.T) {
			var q report.Requirement
			for _, v := range c.scenarios {
				q.Scenarios = append(q.Scenarios, report.Scenario{Verdict: v, Reason: "because " + string(v)})
			}
			applyWorstScenario(&q)
			assert.Equal(t, c.want, q.Verdict)
			assert.Equal(t, "because "+string(c.want), q.Reason)
		})
	}
}

func TestEveryVerdictHasItsOwnSeverity(t *testing.T) {
	seen := map[int]report.Verdict{}
	for _, v := range report.Verdicts() {
		assert.Less(t, severity(v), len(report.Verdicts()), v)
		assert.Empty(t, seen[severity(v)], v)
		seen[severity(v)] = v
	}
	assert.Equal(t, len(report.Verdicts()), severity("unknown"), "an unknown verdict is the worst")
}

func TestRunVerdict(t *testing.T) {
	must := func(v report.Verdict) report.Requirement { return report.Requirement{Level: "must", Verdict: v} }
	should := func(v report.Verdict) report.Requirement { return report.Requirement{Level: "should", Verdict: v} }
	for name, c := range map[string]struct {
		requirements        []report.Requirement
		partial, incomplete bool
		want                report.RunVerdict
	}{
		"all passed": {
			[]report.Requirement{must(report.Passed), should(report.Passed)}, false, false, report.Conformant,
		},
		"not applicable does not count": {
			[]report.Requirement{must(report.NotApplicable), must(report.Passed)}, false, false, report.Conformant,
		},
		"an expected failure": {
			[]report.Requirement{must(report.ExpectedFailure)}, false, false, report.Conformant,
		},
		"an observed may": {
			[]report.Requirement{{Level: "may", Verdict: report.Observed}}, false, false, report.Conformant,
		},
		"a broken should": {
			[]report.Requirement{must(report.Passed), should(report.Warned)}, false, false, report.ConformantWithWarnings,
		},
		"an inconclusive should": {
			[]report.Requirement{should(report.Inconclusive)}, false, false, report.ConformantWithWarnings,
		},
		"a should that was not run": {
			[]report.Requirement{should(report.NotRun)}, false, false, report.ConformantWithWarnings,
		},
		"deselected":                 {[]report.Requirement{must(report.Passed)}, true, false, report.Partial},
		"deselected, with a warning": {[]report.Requirement{should(report.Warned)}, true, false, report.Partial},
		"an inconclusive must": {
			[]report.Requirement{must(report.Inconclusive)}, false, false, report.RunInconclusive,
		},
		"a must that was not run": {[]report.Requirement{must(report.NotRun)}, true, false, report.RunInconclusive},
		"interrupted":             {[]report.Requirement{must(report.Passed)}, true, true, report.RunInconclusive},
		"a failed must": {
			[]report.Requirement{must(report.Failed), must(report.Inconclusive)}, true, false, report.NotConformant,
		},
		"a failed must, then interrupted": {
			[]report.Requirement{must(report.Failed), must(report.NotRun)}, false, true, report.NotConformant,
		},
		"an unexpected pass": {
			[]report.Requirement{must(report.UnexpectedPass)}, false, false, report.NotConformant,
		},
		"a harness error": {
			[]report.Requirement{should(report.HarnessError), must(report.Failed)}, true, true, report.Invalid,
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := &report.Report{Requirements: c.requirements}
			r.Run.Complete = !c.incomplete
			if c.partial {
				r.Run.Selection.Deselected = []string{"CVSI-TRAIN-01"}
			}
			assert.Equal(t, c.want, RunVerdict(r))
		})
	}
}

func TestProblemOfAControlMakesTheRunInvalid(t *testing.T) {
	r := &report.Report{Requirements: []report.Requirement{{Level: "must", Verdict: report.Passed}}}
	r.Run.Complete, r.Controls = true, report.Controls{Reference: "conformant", Null: "not-conformant"}
	assert.Equal(t, report.Conformant, RunVerdict(r))
	r.Controls.Problems = []string{"CVSI-TRAIN-01 passed against the null server"}
	assert.Equal(t, report.Invalid, RunVerdict(r))
}

func TestCount(t *testing.T) {
	requirements := []report.Requirement{{Verdict: report.Passed}, {Verdict: report.Failed}, {Verdict: report.Passed}}
	counts, err := count(requirements, 3)
	assert.NoError(t, err)
	assert.Len(t, counts, len(report.Verdicts()), "every verdict has an entry")
	assert.Equal(t, []int{2, 1, 0}, []int{counts[report.Passed], counts[report.Failed], counts[report.NotRun]})
	_, err = count(requirements, 4)
	assert.EqualError(t, err, "4 requirements were planned, but there are 3 verdicts")
	_, err = count([]report.Requirement{{}}, 1)
	assert.EqualError(t, err, "1 requirements were planned, but there are 0 verdicts", "the empty verdict does not count")
}
