package replay

import (
	"context"
	"sync"
	"time"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/recording"
)

// A playback is one transition that is played.
type playback struct {
	transition *recording.Transition
	node       string // of the project before it
	isExport   bool
	host       string // to which the call was sent
	steps      recording.Playback

	mu           sync.Mutex
	shown        int            // index of the current status
	seen         int            // reads of it since it, or the last message, appeared
	pollsAwaited int            // reads to wait for
	generation   int            // incremented when seen is reset
	read         chan struct{}  // closed and replaced at each read
	counted      map[string]int // reads of other kinds so far, by name
}

// hasNextStatus reports whether another status follows the current one.
func (a *playback) hasNextStatus() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.shown < len(a.steps.Statuses)-1
}

// resetReads calls change and counts the reads from zero, until awaited of them are awaited.
func (a *playback) resetReads(awaited int, change func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	change()
	a.seen, a.pollsAwaited = 0, awaited
	a.generation++
}

// awaitReads waits until the current status was read often enough, or limit has passed.
func (a *playback) awaitReads(ctx context.Context, limit time.Duration) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		a.mu.Lock()
		enough, read := a.seen >= a.pollsAwaited || len(a.steps.Statuses) == 0, a.read
		a.mu.Unlock()
		if enough {
			return
		}
		select {
		case <-read:
		case <-timer.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// currentStatus returns the current status, and a function to be called after the response. ok is false if
// the recording has no status.
func (a *playback) currentStatus() (x evidence.Exchange, done func(), ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.steps.Statuses) == 0 {
		return x, nil, false
	}
	return a.steps.Statuses[min(a.shown, len(a.steps.Statuses)-1)], a.markRead(a.generation), true
}

// markRead returns a function that counts a read, unless the reads were reset after generation.
func (a *playback) markRead(generation int) func() {
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.generation != generation {
			return
		}
		a.seen++
		close(a.read)
		a.read = make(chan struct{})
	}
}

// nextRead returns the next recorded response to a call of that name. The last one is repeated.
func (a *playback) nextRead(name string) (x evidence.Exchange, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := a.counted[name]
	for _, read := range a.transition.Reads {
		if read.Call != name {
			continue
		}
		x, ok = read, true
		if n--; n < 0 {
			break
		}
	}
	a.counted[name]++
	return x, ok
}
