package customvision

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"github.com/cvconform/cvconform/fakes/customvision/defect"
)

// withDefects puts the defects of the options on both sides of the server: before the
// handler that is returned, and before its storage. The journal has both what
// callers got and what storage was asked.
func (s *Server) withDefects(handler http.Handler) http.Handler {
	s.defects = defect.Apply(s.options.Defects, defect.Service{
		TrainingKey: s.options.TrainingKey,
		Handler:     handler,
		Storage:     s.options.Storage,
		Calls:       http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.exchange(handler, w, r) }),
		Writes:      journaledStorage{s, s.options.Storage},
	})
	s.options.Storage = s.defects
	return s.defects
}

// journaledStorage is storage for what no project asked for: the journal has it, and faults
// act on it.
type journaledStorage struct {
	server *Server
	Storage
}

func (n journaledStorage) context(ctx context.Context) context.Context {
	return n.server.outboundContext(ctx, uuid.Nil, "")
}

func (n journaledStorage) PutBlob(ctx context.Context, container, name string, data []byte) error {
	return n.Storage.PutBlob(n.context(ctx), container, name, data)
}

func (n journaledStorage) SendMessage(ctx context.Context, queue, text string) error {
	return n.Storage.SendMessage(n.context(ctx), queue, text)
}
