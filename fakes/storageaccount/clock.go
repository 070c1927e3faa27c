package storageaccount

import (
	"context"
	"time"
)

// now is the time of the bubble.
func now() time.Time { return time.Now().UTC() }

// sleep lets d pass. The error is that of a context which ends before.
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
