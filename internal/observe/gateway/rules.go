package gateway

import (
	"context"
	"sync"
	"time"

	"github.com/cvconform/cvconform/internal/evidence"
)

// Rules are what the gateway does to requests beside forwarding them. The zero
// value is ready and does nothing.
type rules struct {
	mu      sync.Mutex
	denials map[*denial]struct{}
	holds   map[*hold]struct{}
}

// A denial refuses one queue or container.
type denial struct {
	service  evidence.Service
	resource string
}

// A hold keeps back the requests that match, each until released closes, ctx
// ends, or limit after it arrived.
type hold struct {
	ctx      context.Context
	match    func(evidence.Operation) bool
	limit    time.Duration
	released chan struct{}
}

// Deny refuses, from now until undo, every request to the queue or container
// of that name as Azure refuses an identity without the role: 403
// AuthorizationPermissionMismatch. The refused operations are recorded with
// Denied. undo may be called more than once.
func (g *Gateway) Deny(s evidence.Service, resource string) (undo func()) {
	d := &denial{service: s, resource: resource}
	g.rules.mu.Lock()
	defer g.rules.mu.Unlock()
	if g.rules.denials == nil {
		g.rules.denials = map[*denial]struct{}{}
	}
	g.rules.denials[d] = struct{}{}
	return func() {
		g.rules.mu.Lock()
		defer g.rules.mu.Unlock()
		delete(g.rules.denials, d)
	}
}

// Hold keeps back, before they are forwarded, the requests that arrive from
// now on and for which match is true, each until release is called, ctx ends,
// or limit has passed since it arrived; then it goes on its way. Storage so
// cannot have the message before the harness allows it: a service that answers
// its own caller meanwhile does not wait for its put.
//
// match sees what is known on arrival; for PutMessage and UpdateMessage that
// includes the Text. release may be called more than once.
func (g *Gateway) Hold(ctx context.Context, match func(evidence.Operation) bool, limit time.Duration) (release func()) {
	h := &hold{ctx: ctx, match: match, limit: limit, released: make(chan struct{})}
	g.rules.mu.Lock()
	defer g.rules.mu.Unlock()
	if g.rules.holds == nil {
		g.rules.holds = map[*hold]struct{}{}
	}
	g.rules.holds[h] = struct{}{}
	return sync.OnceFunc(func() {
		close(h.released)
		g.rules.mu.Lock()
		defer g.rules.mu.Unlock()
		delete(g.rules.holds, h)
	})
}

// denied says whether op is to be refused.
func (r *rules) denied(op evidence.Operation) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for d := range r.denials {
		if d.service == op.Service && d.resource == op.Resource {
			return true
		}
	}
	return false
}

// held returns one wait for each hold that keeps op back; each wait's limit
// runs from now.
func (r *rules) held(op evidence.Operation) []wait {
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

// A wait is one request kept back by one hold.
type wait struct {
	hold  *hold
	limit *time.Timer
}

// over blocks until the request may go on (true), or its client has gone (false).
func (w wait) over(closing, gone <-chan struct{}) bool {
	defer w.limit.Stop()
	select {
	case <-gone:
		return false
	case <-w.hold.released:
	case <-w.hold.ctx.Done():
	case <-w.limit.C:
	case <-closing:
	}
	return true
}
