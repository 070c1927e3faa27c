package replay

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/recording"
)

// A look that was on its way when something happened proves nothing about after it.
func TestAwaitWantsLooksThatBeganSince(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &playback{
			script:       recording.Playback{Shown: []evidence.Exchange{{}}},
			pollsAwaited: 1,
			looked:       make(chan struct{}),
		}
		_, stale, _ := a.currentStatus()
		a.begin(pollsNeeded, func() {})
		over := false
		go func() { a.await(t.Context(), time.Hour); over = true }()
		for _, want := range []bool{false, true} {
			stale()
			_, done, ok := a.currentStatus()
			assert.True(t, ok)
			done()
			synctest.Wait()
			assert.Equal(t, want, over)
		}
	})
}

// Whoever never looks does not stop what happens next.
func TestAwaitEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &playback{
			script:       recording.Playback{Shown: []evidence.Exchange{{}}},
			pollsAwaited: 1,
			looked:       make(chan struct{}),
		}
		began := time.Now()
		a.await(t.Context(), minStatusTime)
		assert.Equal(t, minStatusTime, time.Since(began))
		nothing := &playback{looked: make(chan struct{})}
		nothing.await(t.Context(), time.Hour)
		_, _, ok := nothing.currentStatus()
		assert.False(t, ok)
	})
}

// Once the last status is shown it is enough that somebody has seen it.
func TestTheLastStatusIsAwaitedOnce(t *testing.T) {
	a := &playback{script: recording.Playback{Shown: []evidence.Exchange{{}, {}}}}
	assert.True(t, a.hasNextStatus())
	a.begin(1, func() { a.shown++ })
	assert.False(t, a.hasNextStatus())
}
