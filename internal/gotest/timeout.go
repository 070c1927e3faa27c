package gotest

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// A TimeLimit is the time limit of go test.
type TimeLimit struct {
	// Left is the time from now until the go command ends the test.
	Left time.Duration
	// Timeout is the value of -timeout.
	Timeout string
}

// NewTimeLimit returns the time limit of a test; false if it has none.
func NewTimeLimit(t *testing.T) (TimeLimit, bool) {
	deadline, ok := t.Deadline()
	return TimeLimit{Left: time.Until(deadline), Timeout: flagValue("test.timeout")}, ok
}

// Reserve returns the part of the time that is left that a run needs after its end, to clean up and to report.
func (l TimeLimit) Reserve() time.Duration {
	return max(min(l.Left/10, time.Minute), min(l.Left/2, 5*time.Second))
}

// CheckEnough returns an error if the time that is left is not enough for a run that takes that long.
func (l TimeLimit) CheckEnough(estimate time.Duration) error {
	missing := estimate - (l.Left - l.Reserve())
	if missing <= 0 {
		return nil
	}
	whole, err := time.ParseDuration(l.Timeout)
	if err != nil {
		return err
	}
	enough := (whole + missing + estimate/5 + time.Minute).Truncate(time.Minute)
	return fmt.Errorf("the run takes about %s, but go test ends the test after %s: give go test -timeout %dm",
		estimate.Round(time.Second), whole, int(enough.Minutes()))
}

// Bound returns a context that is cancelled early enough before the time limit for the run to clean up and to report.
// [context.Cause] returns why.
func (l TimeLimit) Bound(ctx context.Context) (context.Context, context.CancelFunc) {
	bound, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(l.Left-l.Reserve(), func() {
		cancel(fmt.Errorf("stopped %s before go test would have ended the test: give go test a -timeout of more than %s",
			l.Reserve().Round(time.Second), l.Timeout))
	})
	return bound, func() {
		timer.Stop()
		cancel(context.Canceled)
	}
}
