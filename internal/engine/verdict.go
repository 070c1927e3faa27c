package engine

import (
	"fmt"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/steps/report"
)

// verdict is what a problem, or its absence, means at a level.
func verdict(level features.Level, p *check.Problem) report.Verdict {
	switch {
	case p != nil && p.Kind == check.Broken:
		return report.HarnessError
	case level == features.May:
		return report.Observed
	case p == nil:
		return report.Passed
	case p.Kind == check.Inconclusive:
		return report.Inconclusive
	case level == features.Should:
		return report.Warned
	}
	return report.Failed
}

// severity orders verdicts: a requirement takes the worst of its scenarios'. What is
// proven to be broken, a should as well as a must, is worse than what could not be
// seen beside it; where the suite itself is at fault nothing is proven.
func severity(v report.Verdict) int {
	for i, known := range []report.Verdict{report.NotApplicable, report.Passed, report.Observed, report.ExpectedFailure,
		report.NotRun, report.Inconclusive, report.Warned, report.UnexpectedPass, report.Failed, report.HarnessError} {
		if v == known {
			return i
		}
	}
	return len(report.Verdicts())
}

// applyWorstScenario gives a requirement the verdict and the reason of its worst scenario.
func applyWorstScenario(q *report.Requirement) {
	for i, s := range q.Scenarios {
		if i == 0 || severity(s.Verdict) > severity(q.Verdict) {
			q.Verdict, q.Reason = s.Verdict, s.Reason
		}
	}
}

// RunVerdict is the verdict of the whole run: the first that holds of invalid
// (a harness error, or a control that did not come out as it has to), not-conformant (a failed must), inconclusive (a must that
// could not be seen or was not run), partial (anything was deselected),
// conformant-with-warnings, conformant.
func RunVerdict(r *report.Report) report.RunVerdict {
	has := func(level string, verdicts ...report.Verdict) bool {
		for _, q := range r.Requirements {
			for _, v := range verdicts {
				if q.Verdict == v && (level == "" || q.Level == level) {
					return true
				}
			}
		}
		return false
	}
	switch {
	case has("", report.HarnessError), len(r.Controls.Problems) > 0:
		return report.Invalid
	case has("must", report.Failed, report.UnexpectedPass):
		return report.NotConformant
	case has("must", report.Inconclusive, report.NotRun), !r.Run.Complete:
		return report.RunInconclusive
	case len(r.Run.Selection.Deselected) > 0:
		return report.Partial
	case has("", report.Warned, report.Inconclusive, report.NotRun):
		return report.ConformantWithWarnings
	}
	return report.Conformant
}

// count counts requirements by verdict, every verdict named, and makes sure
// that the sum is what was planned.
func count(requirements []report.Requirement, planned int) (map[report.Verdict]int, error) {
	counts := map[report.Verdict]int{}
	for _, v := range report.Verdicts() {
		counts[v] = 0
	}
	for _, q := range requirements {
		counts[q.Verdict]++
	}
	sum := 0
	for _, v := range report.Verdicts() {
		sum += counts[v]
	}
	if sum != planned {
		return counts, fmt.Errorf("%d requirements were planned, the verdicts sum up to %d", planned, sum)
	}
	return counts, nil
}
