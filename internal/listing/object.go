package listing

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/cvconform/cvconform/internal/evidence"
)

// An object is one queue or container that is looked at.
type object struct {
	*Listing
	service evidence.Service
	name    string

	turn     chan struct{} // holds who looks: one at a time, who alone may use what follows
	baseline bool          // what shows was there before
	seen     time.Time     // when the last look that did not fail was begun
	messages map[string]bool
	blobs    map[string]*blob

	mu      sync.Mutex
	haste   int           // how many are in a hurry
	left    bool          // nobody expects anything more
	changed chan struct{} // has room for the news that haste or left changed
}

func newObject(l *Listing, s evidence.Service, name string) *object {
	return &object{Listing: l, service: s, name: name, turn: make(chan struct{}, 1), messages: map[string]bool{}, blobs: map[string]*blob{},
		changed: make(chan struct{}, 1)}
}

// watch looks until the listing is closed or the object is left. Looks that fail
// leave no trace: those that follow show the longer for it.
func (o *object) watch() {
	for {
		pause, more := o.pause()
		if !more {
			return
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-o.changed:
		case <-o.ctx.Done():
		}
		timer.Stop()
		if o.ctx.Err() != nil {
			return
		}
		_ = o.once(o.ctx)
	}
}

// pause is the time until the next look, unless there is none.
func (o *object) pause() (d time.Duration, more bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.haste == 0:
		return o.Pace, !o.left
	case o.service == evidence.Blob && o.Powers.Any(): // nothing there escapes a later look
		return max(o.Pace/10, leastPause), true
	}
	return max(o.Pace/100, leastPause), true
}

// hurry counts those in a hurry, and has the next look begun at once: whoever is
// no longer in a hurry has just seen something happen.
func (o *object) hurry(by int) {
	o.mu.Lock()
	o.haste += by
	o.mu.Unlock()
	o.tell()
}

func (o *object) leave() {
	o.mu.Lock()
	o.left = true
	o.mu.Unlock()
	o.tell()
}

func (o *object) tell() {
	select {
	case o.changed <- struct{}{}:
	default:
	}
}

// settle looks until a look does not fail, or the limit has passed.
func (o *object) settle(ctx context.Context) error {
	began := o.Now()
	for tried := 1; ; tried++ {
		err := o.once(ctx)
		if err == nil {
			return nil
		}
		if since := o.Now().Sub(began); since >= o.Limit || ctx.Err() != nil {
			return fmt.Errorf("nobody could see what is in %s %q: %d looks failed within %s, the last: %w", word(o.service), o.name, tried,
				since.Round(time.Millisecond), err)
		}
		timer := time.NewTimer(o.Pace)
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// once looks once. An error means that not all that shows is on record.
func (o *object) once(ctx context.Context) error {
	select {
	case o.turn <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-o.turn }()
	ctx, cancel := context.WithTimeout(ctx, o.Limit)
	defer cancel()
	if o.service == evidence.Queue {
		return o.peek(ctx)
	}
	return o.list(ctx)
}

// record puts an operation on record that a look showed.
func (o *object) record(op evidence.Operation) {
	if o.baseline {
		return
	}
	op.Service, op.Resource = o.service, o.name
	o.infer(op)
}
