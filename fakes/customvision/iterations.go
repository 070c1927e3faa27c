package customvision

import (
	"slices"

	"github.com/google/uuid"
)

func iterationRoutes() []route {
	return []route{
		{"GetIterations", "GET", projectPath + "/iterations", maxDocument, (*Server).listIterations},
		{"GetIteration", "GET", iterationPath, maxDocument, (*Server).getIteration},
		{"DeleteIteration", "DELETE", iterationPath, maxDocument, (*Server).deleteIteration},
	}
}

func (p *project) iteration(id uuid.UUID) *iteration {
	n := slices.IndexFunc(p.iterations, func(i *iteration) bool { return i.id == id })
	if n < 0 {
		return nil
	}
	return p.iterations[n]
}

// lookupIteration finds an iteration; the caller holds the lock.
func (s *Server) lookupIteration(projectID, iterationID uuid.UUID) (*project, *iteration) {
	p := s.projects.byID[projectID]
	if p == nil {
		return nil, nil
	}
	return p, p.iteration(iterationID)
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

// listIterations shows what was trained; the workspace is not listed (recorded).
func (s *Server) listIterations(r *request) (any, error) {
	return s.inProject(r, func(p *project) (any, error) {
		documents := make([]any, 0, len(p.iterations))
		for _, i := range p.iterations {
			documents = append(documents, p.iterationDocument(i, r.preview))
		}
		return documents, nil
	})
}

func (s *Server) getIteration(r *request) (any, error) {
	return s.inIteration(r, func(p *project, i *iteration) (any, error) {
		return p.iterationDocument(i, r.preview), nil
	})
}

func (s *Server) deleteIteration(r *request) (any, error) {
	return s.inIteration(r, func(p *project, i *iteration) (any, error) {
		p.iterations = slices.DeleteFunc(p.iterations, func(other *iteration) bool { return other == i })
		return nil, nil
	})
}
