package customvision

import (
	"strings"

	"github.com/google/uuid"
)

// modelPath is where a model lies in the service's own storage, as recorded:
// /m-{project}/{iteration}.{platform}.zip.
func modelPath(project, iteration uuid.UUID, suffix string) string {
	return "/m-" + digits(project) + "/" + digits(iteration) + "." + suffix + ".zip"
}

func (s *Server) storedModel(project uuid.UUID, blob string) (any, error) {
	model, ok := s.findModel(project, blob)
	if !ok {
		return nil, errNoRoute("/m-" + digits(project) + "/" + blob)
	}
	data, err := model.bytes()
	return file{"application/zip", data}, err
}

// findModel finds an exported model that is still there.
func (s *Server) findModel(project uuid.UUID, blob string) (archive, bool) {
	name, suffix, _ := strings.Cut(strings.TrimSuffix(blob, ".zip"), ".")
	id, err := uuid.Parse(name)
	if err != nil {
		return archive{}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, i := s.lookupIteration(project, id)
	if i == nil {
		return archive{}, false
	}
	for _, e := range i.exports {
		if e.suffix() == suffix && e.doneAt != nil {
			return newArchive(p, i, e), true
		}
	}
	return archive{}, false
}
