// Package gotest adapts a run to the go command: it reads the patterns and the time limit of go test, and it makes the
// result of a test uncacheable.
//
// It knows nothing of requirements, services or reports. Stop extending it if an addition would have to.
package gotest
