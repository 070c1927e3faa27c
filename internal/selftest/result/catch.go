package result

import (
	"strings"

	"github.com/cvconform/cvconform/steps/report"
)

// JudgeCatch returns whether the requirement q caught a defect: q must have the verdict
// of a broken requirement of its level, and its reasons must contain reason.
func JudgeCatch(reason string, q report.Requirement) Catch {
	c := Catch{Requirement: q.ID, ReasonContains: reason, Verdict: q.Verdict, Reason: q.Reason}
	switch reasons := q.Reasons(); {
	case q.Verdict == report.HarnessError:
		c.Outcome = HarnessError
	case q.Verdict == report.NotRun:
		c.Outcome = NotRun
	case q.Verdict != brokenVerdict(q.Level) || reasons == "":
		c.Outcome = Missed
	case !strings.Contains(reasons, reason):
		c.Outcome = WrongReason
	default:
		c.Outcome = Caught
	}
	return c
}

// brokenVerdict returns the verdict of a broken requirement of that level.
func brokenVerdict(level string) report.Verdict {
	switch level {
	case "must":
		return report.Failed
	case "should":
		return report.Warned
	}
	return report.Observed
}

// HasNoObjection reports whether the requirement's verdict is not an objection to the
// service's behaviour.
func HasNoObjection(q report.Requirement) bool {
	switch q.Verdict {
	case report.Passed, report.NotApplicable:
		return true
	case report.Observed:
		return q.Reasons() == ""
	}
	return false
}

// Worst returns the outcome of a defect from those of its catches.
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
