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
	value, err := s.storedFile(path)
	content, ok := value.(file)
	if err != nil || !ok {
		return nil, errArtifact(requested)
	}
	return file{"application/octet-stream", content.data}, nil
}

// download returns the blob of a signed link. The Training-Key header is not required.
func (s *Server) download(r *request) (any, error) {
	if !s.links.valid(r.URL.Path, r.URL.Query(), s.now()) {
		return nil, errLinkRefused()
	}
	return s.storedFile(r.URL.Path)
}

// storedFile returns a blob from the service's own storage.
func (s *Server) storedFile(path string) (any, error) {
	kind, project, blob, ok := splitBlobPath(path)
	if !ok {
		return nil, errNoRoute(path)
	}
	switch kind {
	case "m":
		return s.storedModel(project, blob)
	case "i":
		return s.storedPicture(project, blob)
	case "e":
		return s.predictionImage(project, blob)
	case "prjexp":
		return s.exportInfo(project, blob)
	}
	return nil, errNoRoute(path)
}
