package customvision

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/cvconform/cvconform/fakes/customvision/control"
	"github.com/cvconform/cvconform/fakes/customvision/fault"
	"github.com/cvconform/cvconform/fakes/customvision/journal"
)

// Control returns the control API as a handler. It requires no key, so serve it on a separate listener that
// untrusted clients cannot reach. See package control.
func (s *Server) Control() http.Handler { return control.New(controlAdapter{s}) }

// Faults returns the set of faults that act on the server.
func (s *Server) Faults() *fault.Set { return &s.faults }

// Journal returns the record of the server's requests, responses and storage operations.
func (s *Server) Journal() *journal.Journal { return s.journal }

// Durations returns the durations of work in a project, which is given by its id or name. If the project has none
// of its own, or project is "", it returns the default durations.
func (s *Server) Durations(project string) Durations {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d, ok := s.durations.byProject[strings.ToLower(project)]; ok {
		return d
	}
	return s.durations.defaults
}

// SetDurations sets the durations of work that starts from now on. project is the id or name of a project, which
// need not exist yet. If project is "", it sets the default durations, which apply to projects without their own. A
// negative duration is an error.
func (s *Server) SetDurations(project string, d Durations) error {
	if d.Training < 0 || d.Export < 0 || d.Import < 0 {
		return errors.New("durations must not be negative")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if project == "" {
		s.durations.defaults = d
	} else {
		s.durations.byProject[strings.ToLower(project)] = d
	}
	return nil
}

// Now returns the server's time.
func (s *Server) Now() time.Time { return s.now() }

// Advance moves the server's clock forward by a duration. It waits until all work that becomes due has completed,
// including its messages and backups, or until ctx ends. A negative duration is an error.
func (s *Server) Advance(ctx context.Context, by time.Duration) error {
	if by < 0 {
		return fmt.Errorf("the clock cannot be advanced by %s: it only moves forward", by)
	}
	s.clock.advance(by)
	return s.scheduler.waitIdle(ctx)
}

// Seed replaces all projects by those of seed, and makes them the state that [Server.Reset] restores. The whole
// seed is validated first. If it is invalid, Seed returns an error that names the invalid item, and the server does
// not change.
//
// The queue and the container of a project are tested as in CreateProject, so the queue receives a ConnectionTest
// message. Seeded iterations and exports count as completed earlier: no message is sent and no backup is stored for
// them.
func (s *Server) Seed(ctx context.Context, seed Seed) error {
	// The seed has the time of the base clock, because Reset undoes all advances.
	projects, err := seed.build(s.clock.base.Now().UTC().Truncate(time.Millisecond))
	if err != nil {
		return err
	}
	for _, p := range projects {
		queue, container := p.settings.NotificationQueueURI, p.settings.ExportModelContainerURI
		if err := s.checkConnection(ctx, p.id, p.name, queue, container); err != nil {
			return fmt.Errorf("project %q: %s", p.name, errorMessage(err))
		}
	}
	s.mu.Lock()
	s.seeded = projects
	s.mu.Unlock()
	return s.restoreSeed(ctx)
}

// Reset restores the initial state of the server. It restores the projects of the last [Server.Seed] and deletes
// all others. It clears the faults, the journal and the state of the defects, restores the durations of the
// options, and undoes all advances of the clock. Storage is not accessed. Reset waits until work that is being
// completed has ended, or until ctx ends; work that is not due yet is dropped.
func (s *Server) Reset(ctx context.Context) error {
	if err := s.restoreSeed(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	s.durations = s.options.workDurations()
	s.mu.Unlock()
	s.faults.Clear()
	s.defects.Reset()
	s.clock.reset()
	s.journal.Clear()
	return nil
}

// restoreSeed replaces all projects by those of the last seed and drops pending work.
func (s *Server) restoreSeed(ctx context.Context) error {
	s.resetProjects()
	if err := s.scheduler.cancelAll(ctx); err != nil {
		return fmt.Errorf("wait for running work: %w", err)
	}
	s.resetProjects() // deletes projects that were created during the wait
	return nil
}

func (s *Server) resetProjects() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.projects = newProjectStore()
	for _, p := range s.seeded {
		s.projects.add(p.clone())
	}
}

// controlAdapter implements [control.Controller].
type controlAdapter struct{ *Server }

func (a controlAdapter) SetDurations(project string, d control.Durations) error {
	return a.Server.SetDurations(
		project,
		Durations{Training: time.Duration(d.Training), Export: time.Duration(d.Export), Import: time.Duration(d.Import)},
	)
}

func (a controlAdapter) Durations(project string) control.Durations {
	return wireDurations(a.Server.Durations(project))
}

func wireDurations(d Durations) control.Durations {
	return control.Durations{
		Training: fault.Duration(d.Training),
		Export:   fault.Duration(d.Export),
		Import:   fault.Duration(d.Import),
	}
}

func (a controlAdapter) Own() map[string]control.Durations {
	a.mu.Lock()
	own := maps.Clone(a.durations.byProject)
	a.mu.Unlock()
	out := map[string]control.Durations{}
	for project, d := range own {
		out[project] = wireDurations(d)
	}
	return out
}

func (a controlAdapter) Pending() []control.Work {
	work := []control.Work{}
	for _, c := range a.scheduler.pendingWork() {
		work = append(work, control.Work{What: c.kind, Project: c.project.String(), Due: c.due.UTC()})
	}
	return work
}

func (a controlAdapter) Stopping() bool { return a.scheduler.isClosed() }

func (a controlAdapter) Projects() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.projects.order)
}
