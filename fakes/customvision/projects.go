package customvision

import (
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

// projectDocument links to the thumbnail of the first image by the address that
// the caller used; a project without images has none (recorded).
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

// createProject checks the storage before the project is there, so that a
// refusal leaves nothing behind.
func (s *Server) createProject(r *request) (any, error) {
	named, err := readCreateProject(r)
	if err != nil {
		return nil, err
	}
	p := &project{id: uuid.New(), name: *named.Name, description: *named.Description}
	if p.settings, err = defaultSettings().with(named.Settings); err != nil {
		return nil, err
	}
	if err := s.checkConnection(r.Context(), p.id, p.name, settings{}, p.settings); err != nil {
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

// readCreation reads both forms of the call: the query of the guide, and the
// body CreateProjectOptions of the v3.4-preview description.
func readCreateProject(r *request) (projectChange, error) {
	name, description := strings.TrimSpace(r.param("name")), r.param("description")
	if name == "" {
		return projectChange{}, errProjectName()
	}
	var body settingsChange
	if err := readJSON(r, &body, true); err != nil {
		return projectChange{}, err
	}
	platforms := r.values("targetExportPlatforms")
	return projectChange{Name: &name, Description: &description, Settings: &settingsChange{
		DomainID:                nonEmpty(r.param("domainId"), nil),
		ClassificationType:      nonEmpty(r.param("classificationType"), nil),
		TargetExportPlatforms:   &platforms,
		ExportModelContainerURI: nonEmpty(r.param("exportModelContainerUri"), body.ExportModelContainerURI),
		NotificationQueueURI:    nonEmpty(r.param("notificationQueueUri"), body.NotificationQueueURI),
	}}, nil
}

func (s *Server) listProjects(r *request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	documents := make([]projectDocument, 0, len(s.projects.order))
	for _, p := range s.projects.order {
		documents = append(documents, s.projectDocument(r, p))
	}
	return documents, nil
}

func (s *Server) getProject(r *request) (any, error) {
	return s.inProject(r, func(p *project) (any, error) { return s.projectDocument(r, p), nil })
}

// updateProject judges the change, checks the storage it sets without holding
// the lock, and then applies it to the project as it is by then.
func (s *Server) updateProject(r *request) (any, error) {
	var named projectChange
	if err := readJSON(r, &named, false); err != nil {
		return nil, err
	}
	var before, after settings
	var name string
	_, err := s.inProject(r, func(p *project) (_ any, err error) {
		name, before = p.name, p.settings
		after, err = s.validateUpdate(p, named)
		return nil, err
	})
	if err != nil {
		return nil, err
	}
	id, _ := r.id("project")
	if err := s.checkConnection(r.Context(), id, name, before, after); err != nil {
		return nil, err
	}
	return s.inProject(r, func(p *project) (any, error) { return s.applyUpdate(r, p, named) })
}

// validateUpdate returns the settings that a change leads to, if it is allowed.
func (s *Server) validateUpdate(p *project, named projectChange) (settings, error) {
	if named.Name != nil {
		if strings.TrimSpace(*named.Name) == "" {
			return settings{}, errProjectName()
		}
		if other := s.projects.byName[*named.Name]; other != nil && other != p {
			return settings{}, errProjectNameTaken(*named.Name)
		}
	}
	if named.Status != nil {
		if _, ok := canonical(*named.Status, "Succeeded", "Importing", "Failed"); !ok {
			return settings{}, errInvalid("The status of a project is Succeeded, Importing or Failed.")
		}
	}
	after, err := p.settings.with(named.Settings)
	if err == nil && after.domain().Type != p.settings.domain().Type {
		return settings{}, errDomainTypeChange()
	}
	return after, err
}

func (s *Server) applyUpdate(r *request, p *project, named projectChange) (any, error) {
	after, err := s.validateUpdate(p, named)
	if err != nil {
		return nil, err
	}
	if after.DomainID != p.settings.DomainID ||
		*orEmpty(after.ClassificationType) != *orEmpty(p.settings.ClassificationType) {
		p.revision++
	}
	if named.Name != nil {
		s.projects.rename(p, *named.Name)
	}
	assign(&p.description, named.Description)
	p.settings, p.modified = after, s.now()
	return s.projectDocument(r, p), nil
}

// deleteProject refuses a project with a published iteration, which the
// quickstarts of the SDKs therefore unpublish first.
func (s *Server) deleteProject(r *request) (any, error) {
	return s.inProject(r, func(p *project) (any, error) {
		if i := p.findIteration(func(i *iteration) bool { return i.published != nil }); i != nil {
			return nil, errStillPublished(i.published.name)
		}
		s.projects.remove(p)
		return nil, nil
	})
}
