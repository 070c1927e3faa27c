package defect

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Storage is what a service writes to: queues and containers by their URIs.
type Storage interface {
	PutBlob(ctx context.Context, container, name string, data []byte) error
	DeleteBlob(ctx context.Context, container, name string) error
	SendMessage(ctx context.Context, queue, text string) error
}

// A Service is what defects act on.
type Service struct {
	// TrainingKey is the key that callers have to send.
	TrainingKey string
	// Handler answers the service's callers, and Storage is what it writes to.
	Handler http.Handler
	Storage Storage
	// Calls answers what a defect calls by itself, and Writes takes what it
	// writes by itself, where the service would have done nothing of the kind.
	// nil means Handler and Storage.
	Calls  http.Handler
	Writes Storage
}

// Applied is a service with its defects: it answers in the place of the
// service's handler, and has to be given to the service as its storage. It is
// safe for use by several goroutines.
type Applied struct {
	defects []Defect
	to      Service
	current atomic.Pointer[service]
}

// Apply switches the defects on; with none, everything passes as it is. What a
// defect remembers belongs to this service alone.
func Apply(defects []Defect, to Service) *Applied {
	if to.Calls == nil {
		to.Calls = to.Handler
	}
	if to.Writes == nil {
		to.Writes = to.Storage
	}
	a := &Applied{defects: defects, to: to}
	a.Reset()
	return a
}

// Reset makes the defects forget all that they have seen, and drops what they
// are about to do.
func (a *Applied) Reset() {
	s := &service{Service: a.to, closed: make(chan struct{})}
	for _, d := range a.defects {
		for _, c := range d.changes {
			c(s)
		}
	}
	s.assemble()
	if old := a.current.Swap(s); old != nil {
		old.close()
	}
}

// Close drops what the defects are about to do later.
func (a *Applied) Close() { a.current.Load().close() }

// ServeHTTP answers as the service with its defects does.
func (a *Applied) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.current.Load().handler.ServeHTTP(w, r)
}

// PutBlob writes a blob, if no defect keeps it from that.
func (a *Applied) PutBlob(ctx context.Context, container, name string, data []byte) error {
	return a.current.Load().storage.PutBlob(ctx, container, name, data)
}

// DeleteBlob deletes a blob, if no defect keeps it from that.
func (a *Applied) DeleteBlob(ctx context.Context, container, name string) error {
	return a.current.Load().storage.DeleteBlob(ctx, container, name)
}

// SendMessage sends a message, if no defect keeps it from that.
func (a *Applied) SendMessage(ctx context.Context, queue, text string) error {
	return a.current.Load().storage.SendMessage(ctx, queue, text)
}

// A service is what a change may change, and what it has remembered.
type service struct {
	Service
	around []func(http.Handler) http.Handler // the innermost first
	posts  []interceptedStorage              // in the order in which traffic passes them

	handler http.Handler // with all that is around it
	storage Storage
	closed  chan struct{}
	once    sync.Once
}

// A change is what a defect does to a service. What it remembers it makes anew
// each time that it is called.
type change func(*service)

// wrap puts a handler around all that there is so far.
func (s *service) wrap(f func(next http.Handler, w http.ResponseWriter, r *http.Request)) {
	s.around = append(s.around, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { f(next, w, r) })
	})
}

// assemble puts everything that the changes have made in its place.
func (s *service) assemble() {
	s.handler, s.storage = s.Handler, s.Service.Storage
	for i := len(s.posts) - 1; i >= 0; i-- {
		p := s.posts[i]
		p.Storage = s.storage
		s.storage = p
	}
	for _, wrap := range s.around {
		s.handler = wrap(s.handler)
	}
	if len(s.around)+len(s.posts) > 0 {
		s.handler = named(s.handler)
	}
}

// pause lasts that long, and says whether the service is still there.
func (s *service) pause(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.closed:
		return false
	}
}

// later does something after a while, if the service is still there.
func (s *service) later(d time.Duration, f func()) {
	go func() {
		if s.pause(d) {
			f()
		}
	}()
}

func (s *service) close() { s.once.Do(func() { close(s.closed) }) }
