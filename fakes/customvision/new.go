package customvision

import (
	"context"
	"net/http"

	"github.com/cvconform/cvconform/fakes/customvision/journal"
	"github.com/cvconform/cvconform/fakes/customvision/outbound"
)

// New returns a server without projects. The caller must call [Server.Close] when it is no longer needed.
func New(options Options) *Server {
	s := &Server{options: options.withDefaults(), links: newLinks()}
	s.clock = newAdjustableClock(s.options.Clock)
	s.scheduler = newScheduler(s.clock)
	s.journal = journal.New(s.options.TrainingKey)
	s.projects, s.durations = newProjectStore(), s.options.workDurations()
	s.images = outbound.NewClient(s.options.ImageHosts, s.options.Roots)
	s.handler = s.withDefects(s.routes())
	return s
}

// Close stops the server's background work. Work that is not due yet is dropped, and Close waits until work that is
// being completed has ended. If ctx ends first, that work is cancelled and the error of ctx is returned. A closed
// server still responds to requests but completes no work; its control API reports that it is stopping.
func (s *Server) Close(ctx context.Context) error {
	s.defects.Close()
	return s.scheduler.close(ctx)
}

// ServeHTTP handles a request to the Training API, or a download from the service's own storage.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.recordExchange(s.handler, w, r) }
