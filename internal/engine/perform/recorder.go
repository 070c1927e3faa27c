package perform

import (
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/evidence"
)

// A recorder records the events of one act tree.
type recorder struct {
	timeline *evidence.Timeline
	limits   budget.Set
}

func (r recorder) record(e evidence.Event) { r.timeline.Record(e) }

// exchange records a call and returns it as it was recorded. Texts about the call are made from the redacted exchange,
// because the redactor does not recognise a secret that was cut.
func (r recorder) exchange(j *project, x evidence.Exchange) evidence.Exchange {
	return *r.timeline.Record(evidence.Event{Kind: evidence.KindExchange, Project: j.label, Exchange: &x}).Exchange
}

// waited records a wait and whether it was satisfied.
func (r recorder) waited(name, purpose string, satisfied bool, elapsed time.Duration) {
	r.record(evidence.Event{Kind: evidence.KindWait,
		Wait: &evidence.Wait{Budget: name, For: purpose, Satisfied: satisfied, Elapsed: elapsed, Limit: r.limits[name]}})
}

// A firstError keeps the first error of concurrent work: a panic, or storage that could not be observed.
type firstError struct {
	mu  sync.Mutex
	err error
}

func (f *firstError) set(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil {
		f.err = err
	}
}

func (f *firstError) get() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

// recoverPanics returns a function that calls do and keeps its panic as an error, because a panic on a goroutine of
// its own would end the program.
func (f *firstError) recoverPanics(do func()) func() {
	return func() {
		defer func() {
			if r := recover(); r != nil {
				f.set(fmt.Errorf("performing panicked: %v\n%s", r, debug.Stack()))
			}
		}()
		do()
	}
}

// A caller makes calls to the service and records them.
type caller struct {
	*Performer
	recorder
}
