package customvision

import (
	"strings"
)

func artifactRoutes() []route {
	return []route{{"GetArtifact", "GET", projectPath + "/artifacts", maxDocument, (*Server).getArtifact}}
}

// getArtifact returns a blob of the project from the service's own storage. The path has no host, and its signature
// is ignored. The response is application/octet-stream (recorded).
func (s *Server) getArtifact(r *request) (any, error) {
	requested, err := r.required("path")
	if err != nil {
		return nil, err
	}
	path, _, _ := strings.Cut(requested, "?")
	_, err = s.inProject(r, func(p *project) (any, error) {
		if _, owner, _, ok := splitBlobPath(path); !ok || owner != p.id {
			return nil, errArtifact(requested)
		}
		return nil, nil
	})
	if err != nil {
		return nil, err
	}
	content, err := s.storedFile(path)
	if err != nil {
		return nil, errArtifact(requested)
	}
	return file{"application/octet-stream", content.data}, nil
}
