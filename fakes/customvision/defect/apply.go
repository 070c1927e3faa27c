package defect

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Storage is the storage that a service writes to. Queues and containers are identified by their URIs.
type Storage interface {
	PutBlob(ctx context.Context, container, name string, data []byte) error
	DeleteBlob(ctx context.Context, container, name string) error
	SendMessage(ctx context.Context, queue, text string) error
}

// Service is the service that defects are applied to.
type Service struct {
	// TrainingKey is the key that callers must send.
	TrainingKey string
	// Handler serves the callers, and Storage is the storage of the service.
	Handler http.Handler
	Storage Storage
	// Calls serves the requests that defects send, and Writes receives the blobs and messages that defects write. The
	// service without defects does neither. Nil means Handler and Storage.
	Calls  http.Handler
	Writes Storage
}

// Applied is a service with defects. Use it as the handler for callers, and as the storage of the service. It is safe
// for concurrent use.
type Applied struct {
	defects []Defect
	to      Service
	current atomic.Pointer[service]
}

// Apply applies defects to a service. Without defects it changes nothing. The state of the defects belongs to the
// returned value.
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

// Reset discards the state of the defects and cancels their delayed work.
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

// Close cancels the delayed work of the defects.
func (a *Applied) Close() { a.current.Load().close() }

// ServeHTTP implements http.Handler.
func (a *Applied) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.current.Load().handler.ServeHTTP(w, r)
}

// PutBlob implements Storage.
func (a *Applied) PutBlob(ctx context.Context, container, name string, data []byte) error {
	return a.current.Load().storage.PutBlob(ctx, container, name, data)
}

// DeleteBlob implements Storage.
func (a *Applied) DeleteBlob(ctx context.Context, container, name string) error {
	return a.current.Load().storage.DeleteBlob(ctx, container, name)
}

// SendMessage implements Storage.
func (a *Applied) SendMessage(ctx context.Context, queue, text string) error {
	return a.current.Load().storage.SendMessage(ctx, queue, text)
}

// service is a service with the changes that the defects make to it.
type service struct {
	Service
	middleware   []func(http.Handler) http.Handler // the innermost first
	interceptors []storageInterceptor              // in the order in which they see the traffic

	handler http.Handler // Handler with all middleware
	storage Storage      // Storage behind all interceptors
	closed  chan struct{}
	once    sync.Once
}

// change is a change that a defect makes to a service. Each call creates its state anew.
type change func(*service)

// wrap adds middleware around the existing middleware.
func (s *service) wrap(f func(next http.Handler, w http.ResponseWriter, r *http.Request)) {
	s.middleware = append(s.middleware, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { f(next, w, r) })
	})
}

// assemble builds handler and storage after all changes have been made.
func (s *service) assemble() {
	s.handler, s.storage = s.Handler, s.Service.Storage
	for i := len(s.interceptors) - 1; i >= 0; i-- {
		interceptor := s.interceptors[i]
		interceptor.Storage = s.storage
		s.storage = interceptor
	}
	for _, wrap := range s.middleware {
		s.handler = wrap(s.handler)
	}
	if len(s.middleware)+len(s.interceptors) > 0 {
		s.handler = withRequest(s.handler)
	}
}

// pause waits for d. It returns false if the service was closed earlier.
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

// afterDelay calls f after d, unless the service was closed earlier. It does not wait.
func (s *service) afterDelay(d time.Duration, f func()) {
	go func() {
		if s.pause(d) {
			f()
		}
	}()
}

func (s *service) close() { s.once.Do(func() { close(s.closed) }) }
