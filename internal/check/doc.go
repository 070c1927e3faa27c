// Package check holds the checks of the contract. A [Check] is a name and a pure function from a [Case] (the evidence
// of one situation and the settings of the run) to a [Problem] or nil. Each Then step of the features is one check.
//
// The package performs nothing, and depends on no network, clock or Gherkin. A check whose precondition is missing
// returns a problem: it never passes because there was nothing to judge. If the evidence does not decide, as it may
// where storage is polled, the problem is inconclusive. Package interval has the comparisons for that.
//
// Stop extending it where a check would need more than the evidence: record an event for it instead.
package check
