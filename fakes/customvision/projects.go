package customvision

import (
	"slices"
	"strings"

	"github.com/google/uuid"
)

func projectRoutes() []route {
	return []route{
		{"CreateProject", "POST", "/projects", maxDocument, (*Server).createProject},
		{"GetProjects", "GET", "/projects", maxDocument, (*Server).listProjects},
		{"GetProject", "GET", projectPath, maxDocument, (*Server).getProject},
		{"UpdateProject", "PATCH", projectPath, maxDocument, (*Server).updateProject},
		{"DeleteProject", "DELETE", projectPath, maxDocument, (*Server).deleteProject},
	}
}

type projectDocument struct {
	ID            uuid.UUID `json:"id"`
	Name          string    `json:"name"`
	Description   string    `json:"description"`
	Settings      settings  `json:"settings"`
	Created       timestamp `json:"created"`
	LastModified  timestamp `json:"lastModified"`
	ThumbnailURI  *string   `json:"thumbnailUri"`
	DRModeEnabled bool      `json:"drModeEnabled"`
	Status        string    `json:"status"`
}

// projectDocument returns a document with a link to the thumbnail of the first image, at the address that the caller
// used. Without images there is no link (recorded).
func (s *Server) projectDocument(r *request, p *project) projectDocument {
	document := projectDocument{
		ID: p.id, Name: p.name, Description: p.description, Settings: p.settings,
		Created: timestamp(p.created), LastModified: timestamp(p.modified), Status: p.status(),
	}
	if len(p.images) > 0 {
		link := s.newImageRenderer(r, p, p.dataset).picture(thumbnail, p.images[0])
		document.ThumbnailURI = &link
	}
	return document
}

// createProject tests the storage before it adds the project, so that a refused request leaves nothing behind.
func (s *Server) createProject(r *request) (any, error) {
	changes, err := readCreateProject(r)
	if err != nil {
		return nil, err
	}
	p := &project{id: uuid.New(), name: *changes.Name, description: *changes.Description}
	if p.settings, err = defaultSettings().with(changes.Settings); err != nil {
		return nil, err
	}
	queue, container := p.settings.NotificationQueueURI, p.settings.ExportModelContainerURI
	if err := s.checkConnection(r.Context(), p.id, p.name, queue, container); err != nil {
		return nil, err
	}
	return s.addProject(r, p), nil
}

func (s *Server) addProject(r *request, p *project) projectDocument {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	p.created, p.modified, p.workspaceCreated = now, now, now
	s.projects.add(p)
	return s.projectDocument(r, p)
}

// readCreateProject reads both forms of the request: the query parameters of the guide, and the body
// CreateProjectOptions in the description of v3.4-preview.
func readCreateProject(r *request) (projectChange, error) {
	name, description := strings.TrimSpace(r.param("name")), r.param("description")
	if name == "" {
		return projectChange{}, errProjectName()
	}
	if err := checkEncoded(r); err != nil {
		return projectChange{}, err
	}
	var settings settingsChange
	if err := readJSON(r, &settings, true); err != nil {
		return projectChange{}, err
	}
	platforms := r.values("targetExportPlatforms")
	return projectChange{Name: &name, Description: &description, Settings: &settingsChange{
		DomainID:                nonEmpty(r.param("domainId"), nil),
		ClassificationType:      nonEmpty(r.param("classificationType"), nil),
		TargetExportPlatforms:   &platforms,
		ExportModelContainerURI: nonEmpty(r.param("exportModelContainerUri"), settings.ExportModelContainerURI),
		NotificationQueueURI:    nonEmpty(r.param("notificationQueueUri"), settings.NotificationQueueURI),
	}}, nil
}

// checkEncoded returns an error if a storage URI in the query was not percent-encoded, so that the rest of its SAS
// became parameters of the request.
func checkEncoded(r *request) error {
	for _, name := range storageURIs() {
		value := r.param(name)
		if strings.Contains(value, "?") && !strings.Contains(value, "sig=") && r.param("sig") != "" {
			return errInvalidURI("An & ended the parameter %s: percent-encode the URI.", name)
		}
	}
	return nil
}

// storageURIs returns the names of the two URIs, which are parameters and members of the settings.
func storageURIs() []string { return []string{"exportModelContainerUri", "notificationQueueUri"} }

// listProjects lists the newest project first (recorded).
func (s *Server) listProjects(r *request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	documents := make([]projectDocument, 0, len(s.projects.order))
	for _, p := range slices.Backward(s.projects.order) {
		documents = append(documents, s.projectDocument(r, p))
	}
	return documents, nil
}

func (s *Server) getProject(r *request) (any, error) {
	return s.inProject(r, func(p *project) (any, error) { return s.projectDocument(r, p), nil })
}

// updateProject validates the changes, tests the storage that they name without holding the lock, validates them
// again and applies them.
func (s *Server) updateProject(r *request) (any, error) {
	changes, err := readUpdateProject(r)
	if err != nil {
		return nil, err
	}
	var name string
	_, err = s.inProject(r, func(p *project) (_ any, err error) {
		name = p.name
		_, err = s.validateUpdate(p, changes)
		return nil, err
	})
	if err != nil {
		return nil, err
	}
	id, _ := r.id("project")
	named := settingsChange{}
	if changes.Settings != nil {
		named = *changes.Settings
	}
	queue, container := *orEmpty(named.NotificationQueueURI), *orEmpty(named.ExportModelContainerURI)
	if err := s.checkConnection(r.Context(), id, name, queue, container); err != nil {
		return nil, err
	}
	return s.inProject(r, func(p *project) (any, error) { return s.applyUpdate(r, p, changes) })
}

// readUpdateProject refuses a storage URI outside the settings, where it would have no effect.
func readUpdateProject(r *request) (changes projectChange, err error) {
	for _, name := range storageURIs() {
		if r.param(name) != "" {
			return changes, errURIOutsideSettings(name)
		}
	}
	if err := readJSON(r, &changes, false); err != nil {
		return changes, err
	}
	for n, misplaced := range []*string{changes.ExportModelContainerURI, changes.NotificationQueueURI} {
		if misplaced != nil {
			return changes, errURIOutsideSettings(storageURIs()[n])
		}
	}
	return changes, nil
}

// validateUpdate returns the settings that result from the changes if they are allowed.
func (s *Server) validateUpdate(p *project, changes projectChange) (settings, error) {
	if changes.Name != nil {
		if strings.TrimSpace(*changes.Name) == "" {
			return settings{}, errProjectName()
		}
		if other := s.projects.byName[*changes.Name]; other != nil && other != p {
			return settings{}, errProjectNameTaken(*changes.Name)
		}
	}
	if changes.Status != nil {
		if _, ok := canonical(*changes.Status, "Succeeded", "Importing", "Failed"); !ok {
			return settings{}, errInvalid("The status of a project is Succeeded, Importing or Failed.")
		}
	}
	after, err := p.settings.with(changes.Settings)
	if err == nil && after.domain().Type != p.settings.domain().Type {
		return settings{}, errDomainTypeChange()
	}
	return after, err
}

func (s *Server) applyUpdate(r *request, p *project, changes projectChange) (any, error) {
	after, err := s.validateUpdate(p, changes)
	if err != nil {
		return nil, err
	}
	if after.DomainID != p.settings.DomainID ||
		*orEmpty(after.ClassificationType) != *orEmpty(p.settings.ClassificationType) {
		p.revision++
	}
	if changes.Name != nil {
		s.projects.rename(p, *changes.Name)
	}
	assign(&p.description, changes.Description)
	p.settings, p.modified = after, s.now()
	return s.projectDocument(r, p), nil
}

// deleteProject refuses a project that has a published iteration. The quickstarts of the SDKs therefore unpublish
// first.
func (s *Server) deleteProject(r *request) (any, error) {
	return s.inProject(r, func(p *project) (any, error) {
		if i := p.findIteration(func(i *iteration) bool { return i.published != nil }); i != nil {
			return nil, errStillPublished(i.published.name)
		}
		s.projects.remove(p)
		return nil, nil
	})
}
