package report

// A Verdict is the outcome of a step, a scenario or a requirement.
type Verdict string

// The verdicts.
const (
	Passed          Verdict = "passed"           // the evidence agrees with the requirement
	Failed          Verdict = "failed"           // the evidence contradicts a must
	Warned          Verdict = "warned"           // the evidence contradicts a should
	Observed        Verdict = "observed"         // a may: the behaviour is reported, whichever it is
	Inconclusive    Verdict = "inconclusive"     // the evidence does not decide
	NotApplicable   Verdict = "not-applicable"   // the profile, a reading or a missing capability excludes it
	ExpectedFailure Verdict = "expected-failure" // it failed, as the baseline expects
	UnexpectedPass  Verdict = "unexpected-pass"  // it passed, but the baseline expects a failure
	HarnessError    Verdict = "harness-error"    // the harness or its environment failed, not the service
	NotRun          Verdict = "not-run"          // the run was interrupted before it was judged
)

// Verdicts returns every verdict, in the order in which the renderers count them.
func Verdicts() []Verdict {
	return []Verdict{Passed, Failed, Warned, Observed, Inconclusive, NotApplicable, ExpectedFailure, UnexpectedPass,
		HarnessError, NotRun}
}

// A RunVerdict is the outcome of a whole run.
type RunVerdict string

// The run verdicts. A run has the first one that applies.
const (
	Invalid                RunVerdict = "invalid"                  // the harness or a control failed
	NotConformant          RunVerdict = "not-conformant"           // a must failed
	RunInconclusive        RunVerdict = "inconclusive"             // a must is inconclusive
	Partial                RunVerdict = "partial"                  // requirements were left out, or not all were judged
	ConformantWithWarnings RunVerdict = "conformant-with-warnings" // a should is broken
	Conformant             RunVerdict = "conformant"
)
