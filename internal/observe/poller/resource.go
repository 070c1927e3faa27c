package poller

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/cvconform/cvconform/internal/clock"
	"github.com/cvconform/cvconform/internal/evidence"
)

// minPollInterval is the shortest pause between two polls of a resource.
const minPollInterval = 5 * time.Millisecond

// A resourcePoller polls one queue or container.
type resourcePoller struct {
	Options
	service evidence.Service
	name    string

	pollMu   chan struct{} // held during a poll, for the fields of this group
	reader   reader
	baseline bool // the content was there before: it is not recorded

	mu      sync.Mutex
	urgency int           // number of callers of PollFaster
	stopped bool          // no more polls but those of flush
	changed chan struct{} // signals a change of urgency or stopped
}

func newResourcePoller(o Options, s evidence.Service, name string, record func(evidence.Operation)) *resourcePoller {
	r := &resourcePoller{
		Options: o,
		service: s,
		name:    name,
		pollMu:  make(chan struct{}, 1),
		changed: make(chan struct{}, 1),
	}
	src := source{Options: o, name: name, record: func(op evidence.Operation) {
		if !r.baseline {
			op.Service, op.Resource = s, name
			record(op)
		}
	}}
	if s == evidence.Queue {
		r.reader = &queueReader{source: src, known: map[string]bool{}}
	} else {
		r.reader = &containerReader{source: src, blobs: map[string]*blob{}}
	}
	return r
}

// readBaseline reads the content that is there before the service uses the resource.
func (r *resourcePoller) readBaseline(ctx context.Context) error {
	r.baseline = true
	if err := r.flush(ctx); err != nil {
		return err
	}
	r.baseline = false
	return nil
}

// run polls until ctx ends or polling is stopped. It ignores errors: a failed poll makes the interval of the next one
// longer.
func (r *resourcePoller) run(ctx context.Context) {
	for {
		pause, more := r.pause()
		if !more {
			return
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-r.changed:
		case <-ctx.Done():
		}
		timer.Stop()
		if ctx.Err() != nil {
			return
		}
		_ = r.poll(ctx)
	}
}

// pause returns the time until the next poll. more is false if there is none.
func (r *resourcePoller) pause() (d time.Duration, more bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.urgency == 0:
		return r.PollInterval, !r.stopped
	case r.service == evidence.Blob && r.Visibility.RetainsBlobs(): // a later poll shows every blob
		return max(r.PollInterval/10, minPollInterval), true
	}
	return max(r.PollInterval/100, minPollInterval), true
}

// addUrgency changes the number of callers of PollFaster, and starts a poll at once: a caller that ends has just
// observed an operation.
func (r *resourcePoller) addUrgency(by int) {
	r.mu.Lock()
	r.urgency += by
	r.mu.Unlock()
	r.wake()
}

func (r *resourcePoller) stop() {
	r.mu.Lock()
	r.stopped = true
	r.mu.Unlock()
	r.wake()
}

func (r *resourcePoller) wake() {
	select {
	case r.changed <- struct{}{}:
	default:
	}
}

// flush polls until a poll succeeds or the timeout has passed.
func (r *resourcePoller) flush(ctx context.Context) error {
	began := r.Now()
	for attempt := 1; ; attempt++ {
		err := r.poll(ctx)
		if err == nil {
			return nil
		}
		if elapsed := r.Now().Sub(began); elapsed >= r.Timeout || ctx.Err() != nil {
			return fmt.Errorf("cannot read %s %q: %d polls failed within %s, the last: %w",
				resourceKind(r.service), r.name, attempt, elapsed.Round(time.Millisecond), err)
		}
		_ = clock.Sleep(ctx, r.PollInterval)
	}
}

// poll reads the resource once.
func (r *resourcePoller) poll(ctx context.Context) error {
	select {
	case r.pollMu <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-r.pollMu }()
	ctx, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	return r.reader.poll(ctx)
}

func resourceKind(s evidence.Service) string {
	if s == evidence.Queue {
		return "queue"
	}
	return "container"
}
