package customvision

import (
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/fakes/customvision/fault"
	"github.com/cvconform/cvconform/fakes/customvision/journal"
)

// storageTimeout bounds one call to a queue or container, retries included.
const storageTimeout = 30 * time.Second

// Server is a fake Custom Vision training resource. It is an [http.Handler],
// safe for use by several goroutines. Make it with [New], end it with
// [Server.Close].
type Server struct {
	options   Options
	handler   http.Handler
	links     links
	clock     *adjustableClock
	scheduler *scheduler
	defects   *defect.Applied
	faults    fault.Set
	journal   *journal.Journal
	images    *http.Client // fetches images by URL
	scaleMu   sync.Mutex   // held while a picture is scaled

	mu        sync.Mutex
	projects  projectStore
	seeded    []*project // what a reset comes back to
	durations workDurations
}

// TrainingKey returns the key that callers have to send in Training-Key.
func (s *Server) TrainingKey() string { return s.options.TrainingKey }

// now is the current time as the service records it: UTC, in milliseconds.
func (s *Server) now() time.Time {
	return s.clock.Now().UTC().Truncate(time.Millisecond)
}

// inProject calls f under the lock with the project that the path names.
func (s *Server) inProject(r *request, f func(*project) (any, error)) (any, error) {
	id, err := r.id("project")
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.projects.byID[id]
	if p == nil {
		return nil, errProjectNotFound(id)
	}
	if p.importing != nil && r.Method != http.MethodGet && r.Pattern != "DELETE "+projectPath {
		return nil, errImporting(id)
	}
	return f(p)
}

// inIteration calls f under the lock with the iteration that the path names.
func (s *Server) inIteration(r *request, f func(*project, *iteration) (any, error)) (any, error) {
	return s.inProject(r, func(p *project) (any, error) {
		id, err := r.id("iteration")
		if err != nil {
			return nil, err
		}
		i := p.iteration(id)
		if i == nil {
			return nil, errIterationNotFound(id)
		}
		return f(p, i)
	})
}

// withDataset calls f under the lock with what the parameter iterationId asks for:
// the workspace, where it is absent.
func (s *Server) withDataset(r *request, f func(*project, dataset) (any, error)) (any, error) {
	asked := r.param("iterationId")
	return s.inProject(r, func(p *project) (any, error) {
		if asked == "" {
			return f(p, p.dataset)
		}
		id, err := parseID(asked)
		if err != nil {
			return nil, err
		}
		i := p.iteration(id)
		if i == nil {
			return nil, errIterationNotFound(id)
		}
		return f(p, i.trainingData)
	})
}

// lookupIteration finds an iteration; the caller holds the lock.
func (s *Server) lookupIteration(projectID, iterationID uuid.UUID) (*project, *iteration) {
	p := s.projects.byID[projectID]
	if p == nil {
		return nil, nil
	}
	return p, p.iteration(iterationID)
}

// durationsFor is of for callers that do not hold the lock.
func (s *Server) durationsFor(p *project) Durations {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.durations.of(p)
}

// name returns the name of a project, if there is one.
func (s *Server) projectName(id string) string {
	parsed, err := uuid.Parse(id)
	if err != nil {
		return ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.projects.byID[parsed]; p != nil {
		return p.name
	}
	return ""
}
