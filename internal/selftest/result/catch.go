package result

import (
	"strings"

	"github.com/cvconform/cvconform/steps/report"
)

// JudgeCatch says whether a requirement caught what it has to catch: it is broken, at
// its level, and gives that piece of a reason.
func JudgeCatch(why string, q report.Requirement) Catch {
	c := Catch{Requirement: q.ID, ReasonContains: why, Verdict: q.Verdict, Reason: q.Reason}
	switch reasons := q.Reasons(); {
	case q.Verdict == report.HarnessError:
		c.Outcome = HarnessError
	case q.Verdict == report.NotRun:
		c.Outcome = NotRun
	case q.Verdict != broken(q.Level) || reasons == "":
		c.Outcome = Missed
	case !strings.Contains(reasons, why):
		c.Outcome = WrongReason
	default:
		c.Outcome = Caught
	}
	return c
}

// broken is the verdict of a requirement of that level that does not hold.
func broken(level string) report.Verdict {
	switch level {
	case "must":
		return report.Failed
	case "should":
		return report.Warned
	}
	return report.Observed
}

// NoObjection says whether the verdict objects to nothing.
func NoObjection(q report.Requirement) bool {
	switch q.Verdict {
	case report.Passed, report.NotApplicable:
		return true
	case report.Observed:
		return q.Reasons() == ""
	}
	return false
}

// Worst is the outcome of a defect whose catches these are.
func Worst(catches []Catch) Outcome {
	for _, o := range []Outcome{HarnessError, NotRun, Missed, WrongReason} {
		for _, c := range catches {
			if c.Outcome == o {
				return o
			}
		}
	}
	return Caught
}
