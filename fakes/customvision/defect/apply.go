package defect

import (
	"context"
	"net/http"
	"sync/atomic"
)

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
