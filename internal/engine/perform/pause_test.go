package perform

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/clock"
	"github.com/cvconform/cvconform/internal/evidence"
)

// The clock of the run goes on while this process is stopped, and its timers do not.
func TestPausesAreRecorded(t *testing.T) {
	for _, c := range []struct {
		stopped time.Duration
		pauses  int
	}{{0, 0}, {minPause - time.Millisecond, 0}, {4 * time.Second, 1}} {
		synctest.Test(t, func(t *testing.T) {
			var stopped atomic.Int64
			p := withBusyService(t, busyService{})
			p.Now = func() time.Time { return time.Now().Add(time.Duration(stopped.Load())) }
			stop := p.watchPauses()
			require.NoError(t, clock.Sleep(t.Context(), 3*pauseTick/2))
			stopped.Store(int64(c.stopped))
			require.NoError(t, clock.Sleep(t.Context(), 2*pauseTick))
			stop()
			events := p.timeline.Events()
			require.Len(t, events, c.pauses)
			if c.pauses == 1 {
				assert.Equal(t, evidence.Pause{Elapsed: c.stopped}, *events[0].Pause)
			}
		})
	}
}
