package customvision

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"github.com/cvconform/cvconform/fakes/customvision/defect"
)

// withDefects wraps the handler and the storage with the defects of the options. The journal records the responses
// that callers received and the storage operations that were really performed.
func (s *Server) withDefects(handler http.Handler) http.Handler {
	s.defects = defect.Apply(s.options.Defects, defect.Service{
		TrainingKey: s.options.TrainingKey,
		Handler:     handler,
		Storage:     s.options.Storage,
		Calls:       http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.recordExchange(handler, w, r) }),
		Writes:      journaledStorage{s, s.options.Storage},
	})
	s.options.Storage = s.defects
	return s.defects
}

// journaledStorage is the storage of operations that belong to no project. They are recorded in the journal, and
// faults act on them.
type journaledStorage struct {
	server *Server
	Storage
}

func (s journaledStorage) context(ctx context.Context) context.Context {
	return s.server.outboundContext(ctx, uuid.Nil, "")
}

func (s journaledStorage) PutBlob(ctx context.Context, container, name string, data []byte) error {
	return s.Storage.PutBlob(s.context(ctx), container, name, data)
}

func (s journaledStorage) SendMessage(ctx context.Context, queue, text string) error {
	return s.Storage.SendMessage(s.context(ctx), queue, text)
}
