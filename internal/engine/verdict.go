package engine

import (
	"fmt"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/steps/report"
)

// verdict returns the verdict for a problem, or for none, at that level.
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

// severity orders verdicts from the best to the worst. A violation that is proven, of a should as well as of a must, is
// worse than a scenario that was not observed. A harness error is the worst because nothing is proven then. An unknown
// verdict is worse than every known one.
func severity(v report.Verdict) int {
	for i, known := range []report.Verdict{report.NotApplicable, report.Passed, report.Observed, report.ExpectedFailure,
		report.NotRun, report.Inconclusive, report.Warned, report.UnexpectedPass, report.Failed, report.HarnessError} {
		if v == known {
			return i
		}
	}
	return len(report.Verdicts())
}

// applyWorstScenario sets the verdict and the reason of a requirement to those of its worst scenario.
func applyWorstScenario(q *report.Requirement) {
	for i, s := range q.Scenarios {
		if i == 0 || severity(s.Verdict) > severity(q.Verdict) {
			q.Verdict, q.Reason = s.Verdict, s.Reason
		}
	}
}

// RunVerdict returns the verdict of the run, the first that applies of: invalid (a harness error or an unexpected
// result of a control), not-conformant (a failed must), inconclusive (a must that was not observed or not run),
// partial (a part was deselected), conformant-with-warnings, conformant.
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

// count returns the number of requirements by verdict, with an entry for every verdict. The error says that some have
// an unknown verdict or are missing.
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
		return counts, fmt.Errorf("%d requirements were planned, but there are %d verdicts", planned, sum)
	}
	return counts, nil
}
