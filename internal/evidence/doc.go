// Package evidence models the record of a performed situation: one [Timeline] of
// [Event]s. Each event has its offset, the act during which it happened, and one payload: an API
// exchange, a storage operation, a message, a blob, a download, or a wait. Verdicts are functions
// of timelines.
//
// A timeline has no secrets: a [Redactor] replaces them by markers such as ⟦sig:1⟧ before an event
// is recorded. Package redact implements it, package bundle writes timelines to files and reads
// them.
//
// The package has no network, no file system and no clock of its own, and it does not know the
// contract. Do not extend it with terms of the contract (iteration, export, backup): they belong to
// package check.
package evidence
