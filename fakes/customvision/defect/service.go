package defect

import (
	"context"
	"net/http"
	"sync"
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

// change is a change that a defect makes to a service. Each call creates its state anew.
type change func(*service)

// service is a service with the changes that the defects make to it.
type service struct {
	Service
	middleware   []func(http.Handler) http.Handler // the innermost first
	interceptors []func(next Storage) Storage      // in the order in which they see the traffic

	handler http.Handler // Handler with all middleware
	storage Storage      // Storage behind all interceptors
	closed  chan struct{}
	once    sync.Once
}

// wrap adds middleware around the existing middleware.
func (s *service) wrap(f func(next http.Handler, w http.ResponseWriter, r *http.Request)) {
	s.middleware = append(s.middleware, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { f(next, w, r) })
	})
}

// intercept puts a storage behind the existing interceptors, in front of the storage of the service.
func (s *service) intercept(f func(next Storage) Storage) { s.interceptors = append(s.interceptors, f) }

// assemble builds handler and storage after all changes have been made.
func (s *service) assemble() {
	s.handler, s.storage = s.Handler, s.Service.Storage
	for i := len(s.interceptors) - 1; i >= 0; i-- {
		s.storage = s.interceptors[i](s.storage)
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

type requestKey struct{}

// withRequest adds the request to its context, for requestOf.
func withRequest(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestKey{}, r)))
	})
}

// requestOf returns the request during which the service uses its storage, nil for background work.
func requestOf(ctx context.Context) *http.Request {
	r, _ := ctx.Value(requestKey{}).(*http.Request)
	return r
}
