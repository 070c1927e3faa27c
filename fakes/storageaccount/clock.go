package storageaccount

import (
	"context"
	"time"
)

func now() time.Time { return time.Now().UTC() }

// sleep waits for d, or until ctx ends, and returns the error of ctx if it ended first.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
