// Package recording models what was kept of a service's answers by a run with
// --record: how it is described (the file recording.json), how it is read back,
// and what it says as a whole. The recorded projects are merged into one [Tree]:
// a node is what had been done to a project so far, and every node knows what the
// service answered there and did to storage. Both the server that plays a recording
// and the comparison with another recording look things up in it.
//
// The package is pure: it reads through fs.FS, sends nothing, and knows no clock.
// Stop extending it where a verdict would have to come in: that is the business of
// the package check.
package recording
