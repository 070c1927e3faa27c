// Package effect recognises the effects that the contract expects in storage: the three messages, the test blob and the
// backup. The harness waits for exactly the effects that the checks judge, because both use this package. It is pure
// and knows the names of budgets, not their durations. Stop extending it where a decision would need more than one
// storage operation.
package effect
