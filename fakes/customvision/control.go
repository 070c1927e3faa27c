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

// Control returns the control plane over HTTP, for a listener of its own that
// is not for everybody: it asks for no key. See package control.
func (s *Server) Control() http.Handler { return control.New(controlAdapter{s}) }

// Faults are the faults that act on this server.
func (s *Server) Faults() *fault.Set { return &s.faults }

// Journal is what this server was asked, answered and asked of storage.
func (s *Server) Journal() *journal.Journal { return s.journal }

// Durations returns how long work takes in a project, by its id or name; those
// of projects that have none of their own, with "".
func (s *Server) Durations(project string) Durations {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d, ok := s.durations.byProject[strings.ToLower(project)]; ok {
		return d
	}
	return s.durations.defaults
}

// SetDurations says how long work takes that begins from now on: in a project,
// by its id or name (it need not be there yet), or with "" in all that have none
// of their own. A negative duration is an error.
func (s *Server) SetDurations(project string, d Durations) error {
	if d.Training < 0 || d.Export < 0 || d.Import < 0 {
		return errors.New("durations are 0 or more")
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

// Now is the server's time.
func (s *Server) Now() time.Time { return s.now() }

// Advance puts the server's clock forward and waits until all that falls due has
// been done, its messages and backups included, or until ctx ends.
func (s *Server) Advance(ctx context.Context, by time.Duration) error {
	if by < 0 {
		return fmt.Errorf("the clock goes forward only, not by %s", by)
	}
	s.clock.advance(by)
	return s.scheduler.waitIdle(ctx)
}

// Reset makes the server what it was when it was made: the projects of its last
// seed, if any, and no others, no faults or journal, the durations of its
// options, its clock not put forward, and nothing that its defects remember.
// Storage is not asked for anything. Work that is being completed is waited for
// until ctx ends, other work is dropped.
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

// restart comes back to the seed.
func (s *Server) restoreSeed(ctx context.Context) error {
	s.resetProjects()
	if err := s.scheduler.cancelAll(ctx); err != nil {
		return fmt.Errorf("wait for work that is being completed: %w", err)
	}
	s.resetProjects() // what was asked for meanwhile
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

// controlAdapter is the server as package control sees it.
type controlAdapter struct{ *Server }

func (p controlAdapter) SetDurations(project string, d control.Durations) error {
	return p.Server.SetDurations(
		project,
		Durations{Training: time.Duration(d.Training), Export: time.Duration(d.Export), Import: time.Duration(d.Import)},
	)
}

func (p controlAdapter) Durations(project string) control.Durations {
	return wireDurations(p.Server.Durations(project))
}

func wireDurations(d Durations) control.Durations {
	return control.Durations{
		Training: fault.Duration(d.Training),
		Export:   fault.Duration(d.Export),
		Import:   fault.Duration(d.Import),
	}
}

func (p controlAdapter) Own() map[string]control.Durations {
	p.mu.Lock()
	own := maps.Clone(p.durations.byProject)
	p.mu.Unlock()
	out := map[string]control.Durations{}
	for project, d := range own {
		out[project] = wireDurations(d)
	}
	return out
}

func (p controlAdapter) Pending() []control.Work {
	work := []control.Work{}
	for _, c := range p.scheduler.pendingWork() {
		work = append(work, control.Work{What: c.kind, Project: c.project.String(), Due: c.due.UTC()})
	}
	return work
}

func (p controlAdapter) Stopping() bool { return p.scheduler.isClosed() }

func (p controlAdapter) Projects() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.projects.order)
}

// Seed puts the projects of a seed in the place of all there are, and makes
// them what [Server.Reset] comes back to. All is checked before anything is
// made: the error says what is wrong and where, and the server is as it was.
//
// The storage that a project names passes the connection check, as in
// CreateProject: its queue receives a ConnectionTest message. What a seeded
// iteration or export would have done has been done: no message is sent and no
// backup is written.
func (s *Server) Seed(ctx context.Context, seed Seed) error {
	// Of the time that a reset comes back to, should the clock be ahead.
	projects, err := seed.build(s.clock.base.Now().UTC().Truncate(time.Millisecond))
	if err != nil {
		return err
	}
	for _, p := range projects {
		if err := s.checkConnection(ctx, p.id, p.name, settings{}, p.settings); err != nil {
			return fmt.Errorf("project %q: %s", p.name, errorMessage(err))
		}
	}
	s.mu.Lock()
	s.seeded = projects
	s.mu.Unlock()
	return s.restoreSeed(ctx)
}
