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

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) AfterFunc(d time.Duration, f func()) func() bool {
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

func (c *adjustableClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.base.Now().Add(c.offset)
}

func (c *adjustableClock) AfterFunc(d time.Duration, f func()) func() bool {
	t := &timer{stop: func() bool { return true }}
	t.fire = sync.OnceFunc(func() {
		c.remove(t)
		f()
	})
	c.mu.Lock()
	t.due = c.base.Now().Add(c.offset + d)
	c.timers[t] = true
	c.mu.Unlock()
	c.start(t, d)
	return func() bool { return c.remove(t) }
}

// start sets a timer on the base clock. The base clock may fire it immediately, so the caller must not hold m.mu.
func (c *adjustableClock) start(t *timer, d time.Duration) {
	stop := c.base.AfterFunc(d, t.fire)
	c.mu.Lock()
	defer c.mu.Unlock()
	t.stop = stop
}

// remove cancels a timer and reports whether it was still pending.
func (c *adjustableClock) remove(t *timer) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	known := c.timers[t]
	delete(c.timers, t)
	if known {
		t.stop()
	}
	return known
}

// advance moves the clock forward and fires the timers that become due.
func (c *adjustableClock) advance(by time.Duration) {
	due, pending := c.shift(by)
	for _, t := range pending {
		c.start(t, t.due.Sub(c.Now()))
	}
	for _, t := range due {
		t.fire()
	}
}

// shift changes the offset and stops all timers. It returns the timers that are due, in order, and those still
// pending.
func (c *adjustableClock) shift(by time.Duration) (due, pending []*timer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += by
	now := c.base.Now().Add(c.offset)
	for t := range c.timers {
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
func (c *adjustableClock) reset() {
	c.mu.Lock()
	offset := c.offset
	c.mu.Unlock()
	c.advance(-offset)
}

// sleep waits for d on the clock, or returns the error of ctx if it ends first.
func (c *adjustableClock) sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	passed := make(chan struct{})
	stop := c.AfterFunc(d, func() { close(passed) })
	defer stop()
	select {
	case <-passed:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
