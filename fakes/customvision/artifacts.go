package customvision

import "strings"

func artifactRoutes() []route {
	return []route{{"GetArtifact", "GET", projectPath + "/artifacts", maxDocument, (*Server).getArtifact}}
}

// getArtifact gives a blob of the project from the service's own storage, by its
// path without host or signature, and as bytes of no kind (recorded).
func (s *Server) getArtifact(r *request) (any, error) {
	asked, err := r.need("path")
	if err != nil {
		return nil, err
	}
	path, _, _ := strings.Cut(asked, "?")
	_, err = s.inProject(r, func(p *project) (any, error) {
		if _, owner, _, ok := splitStored(path); !ok || owner != p.id {
			return nil, errArtifact(asked)
		}
		return nil, nil
	})
	if err != nil {
		return nil, err
	}
	value, err := s.storedFile(path)
	content, ok := value.(file)
	if err != nil || !ok {
		return nil, errArtifact(asked)
	}
	return file{"application/octet-stream", content.data}, nil
}
