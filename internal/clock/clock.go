// Package clock provides the clock of a run and a sleep that a context can end.
//
// A run has one clock and passes it on as a func() time.Time; packages that record events take it as an argument and
// never call time.Now. The package does not schedule anything and has no fake clock: tests use testing/synctest. Stop
// extending it when a wait depends on anything but a duration and a context.
package clock

import (
	"context"
	"time"
)

// New returns the clock of a run. It returns the time of day in UTC and never goes back, even if the clock of the
// machine is set while the run lasts.
func New() func() time.Time {
	start := time.Now().UTC()
	return func() time.Time { return start.Add(time.Since(start)) }
}

// Sleep waits until d has passed or ctx has ended. It returns the error of ctx if ctx has ended.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	return ctx.Err()
}
