package replay

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/recording"
)

// A read that was on its way at a step does not count after it.
func TestAwaitReadsCountsReadsSinceTheReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &playback{
			steps:        recording.Playback{Statuses: []evidence.Exchange{{}}},
			pollsAwaited: 1,
			read:         make(chan struct{}),
		}
		_, stale, _ := a.currentStatus()
		a.resetReads(pollsNeeded, func() {})
		ended := false
		go func() { a.awaitReads(t.Context(), time.Hour); ended = true }()
		for _, want := range []bool{false, true} {
			stale()
			_, done, ok := a.currentStatus()
			assert.True(t, ok)
			done()
			synctest.Wait()
			assert.Equal(t, want, ended)
		}
	})
}

// A caller that never reads the status does not stop the playback.
func TestAwaitReadsEndsAtTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &playback{
			steps:        recording.Playback{Statuses: []evidence.Exchange{{}}},
			pollsAwaited: 1,
			read:         make(chan struct{}),
		}
		began := time.Now()
		a.awaitReads(t.Context(), minStatusTime)
		assert.Equal(t, minStatusTime, time.Since(began))
		nothing := &playback{read: make(chan struct{})}
		nothing.awaitReads(t.Context(), time.Hour)
		_, _, ok := nothing.currentStatus()
		assert.False(t, ok)
	})
}

func TestHasNextStatus(t *testing.T) {
	a := &playback{steps: recording.Playback{Statuses: []evidence.Exchange{{}, {}}}}
	assert.True(t, a.hasNextStatus())
	a.resetReads(1, func() { a.shown++ })
	assert.False(t, a.hasNextStatus())
}
