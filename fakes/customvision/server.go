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

// storageTimeout limits one operation on a queue or container, including retries.
const storageTimeout = 30 * time.Second

// Server is a fake Custom Vision training resource. It is an [http.Handler] and safe for concurrent use. Create it
// with [New] and release it with [Server.Close].
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

	serverState
}

// serverState is the mutable state of a server. Its mutex guards the other members and all projects.
type serverState struct {
	mu        sync.Mutex
	projects  projectStore
	seeded    []*project // restored by Reset
	durations workDurations
}

// TrainingKey returns the key that requests must have in their Training-Key header.
func (s *Server) TrainingKey() string { return s.options.TrainingKey }

// now returns the current time in the precision of the service: UTC with milliseconds.
func (s *Server) now() time.Time {
	return s.clock.Now().UTC().Truncate(time.Millisecond)
}

// inProject calls f with the lock held and the project of the request's path.
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

// inIteration calls f with the lock held and the iteration of the request's path.
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

// withDataset calls f with the lock held and the training data of the iteration in the parameter iterationId, or
// the workspace if the parameter is missing.
func (s *Server) withDataset(r *request, f func(*project, dataset) (any, error)) (any, error) {
	requested := r.param("iterationId")
	return s.inProject(r, func(p *project) (any, error) {
		if requested == "" {
			return f(p, p.dataset)
		}
		id, err := parseID(requested)
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

// lookupIteration returns a project and one of its iterations, or nil. The caller must hold s.mu.
func (s *Server) lookupIteration(projectID, iterationID uuid.UUID) (*project, *iteration) {
	p := s.projects.byID[projectID]
	if p == nil {
		return nil, nil
	}
	return p, p.iteration(iterationID)
}

// durationsFor returns the durations of a project. The caller must not hold s.mu.
func (s *Server) durationsFor(p *project) Durations {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.durations.of(p)
}

// projectName returns the name of a project, or "" if it does not exist.
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
