package clock_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/clock"
)

func TestNewReturnsTheTimeInUTC(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		now := clock.New()
		require.NoError(t, clock.Sleep(t.Context(), 3*time.Second))
		assert.Equal(t, start.Add(3*time.Second).UTC(), now())
		assert.Equal(t, time.UTC, now().Location())
	})
}

func TestSleep(t *testing.T) {
	for name, c := range map[string]struct {
		timeout, sleep, want time.Duration
		err                  error
	}{
		"context outlives the sleep": {time.Minute, time.Second, time.Second, nil},
		"context ends first":         {time.Second, time.Minute, time.Second, context.DeadlineExceeded},
		"context has ended":          {0, time.Minute, 0, context.DeadlineExceeded},
		"no duration":                {time.Minute, 0, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), c.timeout)
				defer cancel()
				start := time.Now()
				assert.Equal(t, c.err, clock.Sleep(ctx, c.sleep))
				assert.Equal(t, c.want, time.Since(start))
			})
		})
	}
}

// A recorded time has no monotonic reading: times must be ordered and apart as they
// were when they were read.
func TestTimesAgreeWithoutTheirMonotonicReading(t *testing.T) {
	now := clock.New()
	last := now()
	for range 1000 {
		next := now()
		require.Equal(t, next.Sub(last), next.Round(0).Sub(last.Round(0)))
		last = next
	}
}
