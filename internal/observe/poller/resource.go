package poller

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/cvconform/cvconform/internal/evidence"
)

// An resourcePoller is one queue or container that is looked at.
type resourcePoller struct {
	*Poller
	service evidence.Service
	name    string

	pollMu   chan struct{} // holds who looks: one at a time, who alone may use what follows
	baseline bool          // what shows was there before
	seen     time.Time     // when the last look that did not fail was begun
	messages map[string]bool
	blobs    map[string]*blob

	mu      sync.Mutex
	urgency int           // how many are in a hurry
	stopped bool          // nobody expects anything more
	changed chan struct{} // has room for the news that haste or left changed
}

func newObject(l *Poller, s evidence.Service, name string) *resourcePoller {
	return &resourcePoller{
		Poller:   l,
		service:  s,
		name:     name,
		pollMu:   make(chan struct{}, 1),
		messages: map[string]bool{},
		blobs:    map[string]*blob{},
		changed:  make(chan struct{}, 1),
	}
}

// watch looks until the listing is closed or the object is left. Looks that fail
// leave no trace: those that follow show the longer for it.
func (o *resourcePoller) watch() {
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
		_ = o.poll(o.ctx)
	}
}

// pause is the time until the next look, unless there is none.
func (o *resourcePoller) pause() (d time.Duration, more bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.urgency == 0:
		return o.PollInterval, !o.stopped
	case o.service == evidence.Blob && o.Powers.Any(): // nothing there escapes a later look
		return max(o.PollInterval/10, minPollInterval), true
	}
	return max(o.PollInterval/100, minPollInterval), true
}

// hurry counts those in a hurry, and has the next look begun at once: whoever is
// no longer in a hurry has just seen something happen.
func (o *resourcePoller) hurry(by int) {
	o.mu.Lock()
	o.urgency += by
	o.mu.Unlock()
	o.wake()
}

func (o *resourcePoller) stop() {
	o.mu.Lock()
	o.stopped = true
	o.mu.Unlock()
	o.wake()
}

func (o *resourcePoller) wake() {
	select {
	case o.changed <- struct{}{}:
	default:
	}
}

// flush looks until a look does not fail, or the limit has passed.
func (o *resourcePoller) flush(ctx context.Context) error {
	began := o.Now()
	for tried := 1; ; tried++ {
		err := o.poll(ctx)
		if err == nil {
			return nil
		}
		if since := o.Now().Sub(began); since >= o.Limit || ctx.Err() != nil {
			return fmt.Errorf(
				"nobody could see what is in %s %q: %d looks failed within %s, the last: %w",
				resourceKind(o.service),
				o.name,
				tried,
				since.Round(time.Millisecond),
				err,
			)
		}
		timer := time.NewTimer(o.PollInterval)
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// poll looks once. An error means that not all that shows is on record.
func (o *resourcePoller) poll(ctx context.Context) error {
	select {
	case o.pollMu <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-o.pollMu }()
	ctx, cancel := context.WithTimeout(ctx, o.Limit)
	defer cancel()
	if o.service == evidence.Queue {
		return o.peek(ctx)
	}
	return o.list(ctx)
}

// record puts an operation on record that a look showed.
func (o *resourcePoller) record(op evidence.Operation) {
	if o.baseline {
		return
	}
	op.Service, op.Resource = o.service, o.name
	o.Poller.record(op)
}
