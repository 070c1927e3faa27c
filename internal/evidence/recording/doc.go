// Package recording models the recorded behaviour of a service. A recording is an evidence bundle with
// one more file, recording.json, and a timeline of the calls that belong to no situation. [Open] reads
// it; [Recording.Histories] merges its projects into one tree, in which a node is everything that was
// done to a project so far, and has the responses and the storage operations that followed. The server
// that replays a recording and the comparison with another recording look things up in this tree.
//
// The package sends nothing and has no clock. Do not extend it with verdicts: they belong to package
// check.
package recording
