package customvision

import (
	"context"
	"net/http"

	"github.com/cvconform/cvconform/fakes/customvision/journal"
	"github.com/cvconform/cvconform/fakes/customvision/outbound"
)

// New returns a server without projects.
func New(options Options) *Server {
	s := &Server{options: options.withDefaults(), links: newLinks(), projects: newProjectStore()}
	s.clock = newAdjustableClock(s.options.Clock)
	s.scheduler = newScheduler(s.clock)
	s.journal = journal.New(s.options.TrainingKey)
	s.durations = s.options.workDurations()
	s.images = outbound.NewClient(s.options.ImageHosts)
	s.handler = s.withDefects(s.routes())
	return s
}

// Close drops what has not completed yet and waits until completions that are
// running have ended. When ctx ends first they are cancelled, and its error is
// returned. The server still answers afterwards, but completes nothing more: its
// control plane says that it is stopping.
func (s *Server) Close(ctx context.Context) error {
	s.defects.Close()
	return s.scheduler.close(ctx)
}

// ServeHTTP answers one call of the Training API, or one download of something
// in the service's own storage.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.exchange(s.handler, w, r) }
