package customvision

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Clock is the time source of a [Server]. It determines the times in documents, the completion of trainings and
// exports, and the expiry of links.
type Clock interface {
	// Now returns the current time.
	Now() time.Time
	// AfterFunc calls f in a goroutine after d has passed. The returned function cancels the call. It reports
	// whether the call was still pending.
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}

type wallClock struct{}

func (wallClock) Now() time.Time { return time.Now() }

func (wallClock) AfterFunc(d time.Duration, f func()) func() bool {
	return time.AfterFunc(d, f).Stop
}

// adjustableClock is a clock that can be advanced. Timers that become due by an advance fire immediately, in order.
type adjustableClock struct {
	base Clock

	mu     sync.Mutex
	offset time.Duration
	timers map[*timer]bool
}

type timer struct {
	due  time.Time
	fire func() // calls the function at most once
	stop func() bool
}

func newAdjustableClock(base Clock) *adjustableClock {
	return &adjustableClock{base: base, timers: map[*timer]bool{}}
}

func (m *adjustableClock) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.base.Now().Add(m.offset)
}

func (m *adjustableClock) AfterFunc(d time.Duration, f func()) func() bool {
	t := &timer{stop: func() bool { return true }}
	t.fire = sync.OnceFunc(func() {
		m.remove(t)
		f()
	})
	m.mu.Lock()
	t.due = m.base.Now().Add(m.offset + d)
	m.timers[t] = true
	m.mu.Unlock()
	m.start(t, d)
	return func() bool { return m.remove(t) }
}

// start sets a timer on the base clock. The base clock may fire it immediately, so the caller must not hold m.mu.
func (m *adjustableClock) start(t *timer, d time.Duration) {
	stop := m.base.AfterFunc(d, t.fire)
	m.mu.Lock()
	defer m.mu.Unlock()
	t.stop = stop
}

// remove cancels a timer and reports whether it was still pending.
func (m *adjustableClock) remove(t *timer) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	known := m.timers[t]
	delete(m.timers, t)
	if known {
		t.stop()
	}
	return known
}

// advance moves the clock forward and fires the timers that become due.
func (m *adjustableClock) advance(by time.Duration) {
	due, pending := m.shift(by)
	for _, t := range pending {
		m.start(t, t.due.Sub(m.Now()))
	}
	for _, t := range due {
		t.fire()
	}
}

// shift changes the offset and stops all timers. It returns the timers that are due, in order, and those still
// pending.
func (m *adjustableClock) shift(by time.Duration) (due, pending []*timer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.offset += by
	now := m.base.Now().Add(m.offset)
	for t := range m.timers {
		t.stop()
		if t.due.After(now) {
			pending = append(pending, t)
		} else {
			due = append(due, t)
		}
	}
	slices.SortFunc(due, func(a, b *timer) int { return a.due.Compare(b.due) })
	return due, pending
}

// reset undoes all advances.
func (m *adjustableClock) reset() {
	m.mu.Lock()
	ahead := m.offset
	m.mu.Unlock()
	m.advance(-ahead)
}

// sleep waits for d on the clock, or returns the error of ctx if it ends first.
func (m *adjustableClock) sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	passed := make(chan struct{})
	stop := m.AfterFunc(d, func() { close(passed) })
	defer stop()
	select {
	case <-passed:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
