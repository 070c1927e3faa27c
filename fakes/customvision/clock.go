package customvision

import "time"

// Clock is the time that a [Server] lives in: what it stamps on documents,
// when trainings and exports complete, and when links expire.
type Clock interface {
	// Now returns the current time.
	Now() time.Time
	// AfterFunc calls f, in a goroutine of the clock's choice, once d has
	// passed. The function returned prevents the call if it is still to come.
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}

type wallClock struct{}

func (wallClock) Now() time.Time { return time.Now() }

func (wallClock) AfterFunc(d time.Duration, f func()) func() bool {
	return time.AfterFunc(d, f).Stop
}
