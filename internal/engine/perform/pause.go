package perform

import (
	"time"

	"github.com/cvconform/cvconform/internal/evidence"
)

const (
	pauseTick = 500 * time.Millisecond // between two looks at the clock
	minPause  = time.Second            // of the pauses that are recorded
)

// watchPauses records the times in which this process was stopped, until stop is called. The service may have gone on
// meanwhile, and budgets may have ended.
func (w *storageWatcher) watchPauses() (stop func()) {
	tick := time.NewTicker(pauseTick)
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		last := w.Now()
		for {
			select {
			case <-tick.C:
				now := w.Now()
				if gap := now.Sub(last) - pauseTick; gap >= minPause {
					w.record(evidence.Event{Kind: evidence.KindPause, Pause: &evidence.Pause{Elapsed: gap}})
				}
				last = now
			case <-done:
				return
			}
		}
	}()
	return func() {
		tick.Stop()
		close(done)
		<-ended
	}
}
