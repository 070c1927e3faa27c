package customvision

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Clock is the time that a [Server] lives in: what it stamps on documents,
// when trainings and exports complete, and when links expire.
type Clock interface {
	// Now returns the current time.
	Now() time.Time
	// AfterFunc calls f, in a goroutine of the clock's choice, once d has
	// passed. The function returned prevents the call if it is still to come.
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}

type wallClock struct{}

func (wallClock) Now() time.Time { return time.Now() }

func (wallClock) AfterFunc(d time.Duration, f func()) func() bool {
	return time.AfterFunc(d, f).Stop
}

// adjustableClock is a clock that can be put forward; what falls due thereby is called
// at once, in order.
type adjustableClock struct {
	base Clock

	mu     sync.Mutex
	offset time.Duration
	timers map[*timer]bool
}

type timer struct {
	due  time.Time
	fire func() // at most once
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

// arm sets a timer on the base clock, which may call it at once: without the lock.
func (m *adjustableClock) start(t *timer, d time.Duration) {
	stop := m.base.AfterFunc(d, t.fire)
	m.mu.Lock()
	defer m.mu.Unlock()
	t.stop = stop
}

// forget says whether the timer was still to come.
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

// advance puts the clock forward and calls what falls due.
func (m *adjustableClock) advance(by time.Duration) {
	due, later := m.shift(by)
	for _, t := range later {
		m.start(t, t.due.Sub(m.Now()))
	}
	for _, t := range due {
		t.fire()
	}
}

// move stops all timers and tells those that have fallen due, in order, from
// the others.
func (m *adjustableClock) shift(by time.Duration) (due, later []*timer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.offset += by
	now := m.base.Now().Add(m.offset)
	for t := range m.timers {
		t.stop()
		if t.due.After(now) {
			later = append(later, t)
		} else {
			due = append(due, t)
		}
	}
	slices.SortFunc(due, func(a, b *timer) int { return a.due.Compare(b.due) })
	return due, later
}

// restore takes back all that the clock was put forward.
func (m *adjustableClock) reset() {
	m.mu.Lock()
	ahead := m.offset
	m.mu.Unlock()
	m.advance(-ahead)
}

// hold waits on the clock. The error is that of a context which ends before.
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
