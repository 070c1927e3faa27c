package gateway

import (
	"context"
	"sync"
	"time"

	"github.com/cvconform/cvconform/internal/evidence"
)

// rules tells which requests the gateway refuses or delays. The zero value is ready and has none.
type rules struct {
	mu      sync.Mutex
	denials map[*denial]struct{}
	holds   map[*hold]struct{}
}

// A denial refuses the requests to one queue or container.
type denial struct {
	service  evidence.Service
	resource string
}

// A hold delays the requests that match, each until released is closed, ctx ends, or limit has passed since it
// arrived.
type hold struct {
	ctx      context.Context
	match    func(evidence.Operation) bool
	limit    time.Duration
	released chan struct{}
}

// deny adds a denial until undo is called.
func (r *rules) deny(d *denial) (undo func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.denials == nil {
		r.denials = map[*denial]struct{}{}
	}
	r.denials[d] = struct{}{}
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.denials, d)
	}
}

// hold adds a hold until release is called.
func (r *rules) hold(h *hold) (release func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.holds == nil {
		r.holds = map[*hold]struct{}{}
	}
	r.holds[h] = struct{}{}
	return sync.OnceFunc(func() {
		close(h.released)
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.holds, h)
	})
}

// isDenied reports whether op has to be refused.
func (r *rules) isDenied(op evidence.Operation) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for d := range r.denials {
		if d.service == op.Service && d.resource == op.Resource {
			return true
		}
	}
	return false
}

// waitsFor returns one wait for each hold that delays op. Its limit begins now.
func (r *rules) waitsFor(op evidence.Operation) []wait {
	r.mu.Lock()
	defer r.mu.Unlock()
	var waits []wait
	for h := range r.holds {
		if h.ctx.Err() == nil && h.match(op) {
			waits = append(waits, wait{hold: h, limit: time.NewTimer(h.limit)})
		}
	}
	return waits
}

// A wait is the delay of one request by one hold.
type wait struct {
	hold  *hold
	limit *time.Timer
}

// finish waits until the request may be forwarded. It returns false if the client disconnects first.
func (w wait) finish(closing, disconnected <-chan struct{}) bool {
	defer w.limit.Stop()
	select {
	case <-disconnected:
		return false
	case <-w.hold.released:
	case <-w.hold.ctx.Done():
	case <-w.limit.C:
	case <-closing:
	}
	return true
}
