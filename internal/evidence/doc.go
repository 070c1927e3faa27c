// Package evidence holds what happened while a situation was performed: one
// [Timeline] of [Event]s, each with its offset, the act that was open, and one
// payload (an API exchange, a storage operation, a message, a blob, a download,
// a wait). Verdicts are functions of timelines and of nothing else.
//
// Secrets never enter a timeline: a [Redactor] replaces them by typed markers
// such as ⟦sig:1⟧ while an event is recorded, equal values by equal markers.
//
// A [Writer] keeps timelines, and what else judging needs, in a bundle: a folder
// while things happen, a zip with a manifest in the end. A [Bundle] is one that is
// read, and of which nothing is believed before it was checked.
//
// The package knows nothing of the contract; stop extending it where a word of
// the contract (iteration, export, backup) would have to come in.
package evidence
