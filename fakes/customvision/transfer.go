package customvision

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/cvconform/cvconform/fakes/customvision/fault"
)

func transferRoutes() []route {
	return []route{
		{"ExportProject", "GET", projectPath + "/export", maxDocument, (*Server).exportProject},
		{"ImportProject", "POST", "/projects/import", maxDocument, (*Server).importProject},
	}
}

// exportBlob is the blob that an export token refers to, as recorded: /prjexp-{project}/project-export-info.
const exportBlob = "project-export-info"

func exportPath(project uuid.UUID) string { return "/prjexp-" + hexID(project) + "/" + exportBlob }

// snapshotForExport copies the workspace and the trained iterations.
func (p *project) snapshotForExport() *projectSnapshot {
	snapshot := &projectSnapshot{
		name:        p.name,
		description: p.description,
		settings:    p.settings,
		contents:    p.dataset.clone(),
		revision:    p.revision,
	}
	snapshot.settings.ExportModelContainerURI, snapshot.settings.NotificationQueueURI = "", ""
	for _, i := range p.iterations {
		if i.trainedAt != nil {
			copied := *i
			copied.trainingData, copied.published, copied.exports = i.trainingData.clone(), nil, nil
			snapshot.iterations = append(snapshot.iterations, &copied)
		}
	}
	return snapshot
}

type projectExport struct {
	IterationCount          int    `json:"iterationCount"`
	ImageCount              int    `json:"imageCount"`
	TagCount                int    `json:"tagCount"`
	RegionCount             int    `json:"regionCount"`
	EstimatedImportTimeInMS int64  `json:"estimatedImportTimeInMS"`
	Token                   string `json:"token,omitempty"`
}

// document counts each image once. It counts a tag or a region once for the workspace and once for each iteration
// that has it (recorded: two tags count as four after one training).
func (s *projectSnapshot) document(importDuration time.Duration) projectExport {
	d := projectExport{IterationCount: len(s.iterations), EstimatedImportTimeInMS: importDuration.Milliseconds()}
	images := map[uuid.UUID]bool{}
	datasets := []dataset{s.contents}
	for _, i := range s.iterations {
		datasets = append(datasets, i.trainingData)
	}
	for _, data := range datasets {
		d.TagCount += len(data.tags)
		for _, i := range data.images {
			images[i.id] = true
			d.RegionCount += len(i.regions)
		}
	}
	d.ImageCount = len(images)
	return d
}

// exportProject stores a snapshot of the project, which replaces the previous one.
func (s *Server) exportProject(r *request) (any, error) {
	return s.inProject(r, func(p *project) (any, error) {
		if p.importing != nil {
			return nil, errImporting(p.id)
		}
		if p.isTraining() {
			return nil, errExportWhileTraining()
		}
		p.lastExport = p.snapshotForExport()
		p.lastExport.taken = s.now()
		document := p.lastExport.document(s.durations.defaults.Import)
		document.Token = s.links.link(r.origin(), exportPath(p.id), s.now())
		return document, nil
	})
}

// exportInfo returns the blob that an export token refers to.
func (s *Server) exportInfo(project uuid.UUID, blob string) (storedFile, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.projects.byID[project]
	if p == nil || p.lastExport == nil || blob != exportBlob {
		return storedFile{}, errBlobNotFound()
	}
	content, err := render(p.lastExport.document(s.durations.defaults.Import))
	return storedFile{content, p.lastExport.taken}, err
}

// importProject responds with a project that is empty until the import completes.
func (s *Server) importProject(r *request) (any, error) {
	token, err := r.required("token")
	if err != nil {
		return nil, err
	}
	snapshot, err := s.snapshotForToken(token)
	if err != nil {
		return nil, err
	}
	p := &project{
		id:          uuid.New(),
		name:        snapshot.name,
		description: snapshot.description,
		workspace:   workspace{settings: snapshot.settings},
		importing:   snapshot.withNewIDs(),
	}
	if name := r.param("name"); name != "" {
		if p.name = strings.TrimSpace(name); p.name == "" {
			return nil, errProjectName()
		}
	}
	document := s.addProject(r, p)
	duration := s.durationsFor(p).Import
	work := func(context.Context) { s.completeImport(p.id) }
	return s.respondBefore(document, duration, "Import", p.id, work), nil
}

// snapshotForToken returns the snapshot that a valid token refers to.
func (s *Server) snapshotForToken(token string) (*projectSnapshot, error) {
	u, err := url.Parse(token)
	if err != nil || !s.links.valid(u.Path, u.Query(), s.now()) {
		return nil, errImportToken()
	}
	kind, project, _, ok := splitBlobPath(u.Path)
	if !ok || kind != "prjexp" {
		return nil, errImportToken()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.projects.byID[project]
	if p == nil || p.lastExport == nil {
		return nil, errImportToken()
	}
	return p.lastExport, nil
}

// completeImport fills an imported project, or leaves it empty with the status Failed.
func (s *Server) completeImport(id uuid.UUID) {
	call := fault.Call{At: fault.Import, ProjectID: id.String(), ProjectName: s.projectName(id.String())}
	reason, faultID := s.takeFailure(call, nil)
	if s.finishImport(id, reason != "") {
		s.logWork("Import", id, reason, faultID)
	}
}

func (s *Server) finishImport(id uuid.UUID, failed bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.projects.byID[id]
	if p == nil || p.importing == nil {
		return false
	}
	snapshot := p.importing
	p.importing, p.modified = nil, s.now()
	if failed {
		p.importFailed = true
		return true
	}
	p.dataset, p.iterations, p.revision = snapshot.contents, snapshot.iterations, snapshot.revision
	for _, i := range p.iterations {
		i.created, i.modified = p.created, p.modified
	}
	return true
}

// idMap assigns a new id to each old id.
type idMap map[uuid.UUID]uuid.UUID

func (m idMap) replacement(old uuid.UUID) uuid.UUID {
	if _, ok := m[old]; !ok {
		m[old] = uuid.New()
	}
	return m[old]
}

// withNewIDs returns a copy with new ids. The workspace and the iterations share them.
func (s *projectSnapshot) withNewIDs() *projectSnapshot {
	ids := idMap{}
	renumbered := *s
	renumbered.contents, renumbered.iterations = ids.renumber(s.contents), nil
	for _, i := range s.iterations {
		copied := *i
		copied.id, copied.trainingData = uuid.New(), ids.renumber(i.trainingData)
		copied.parameters.tags = slices.Clone(i.parameters.tags)
		for n, id := range copied.parameters.tags {
			copied.parameters.tags[n] = ids.replacement(id)
		}
		renumbered.iterations = append(renumbered.iterations, &copied)
	}
	return &renumbered
}

func (m idMap) renumber(d dataset) dataset {
	c := d.clone()
	for _, t := range c.tags {
		t.id = m.replacement(t.id)
	}
	for _, i := range c.images {
		i.id = m.replacement(i.id)
		for n := range i.tags {
			i.tags[n].tag = m.replacement(i.tags[n].tag)
		}
		for n := range i.regions {
			i.regions[n].id, i.regions[n].tag = m.replacement(i.regions[n].id), m.replacement(i.regions[n].tag)
		}
	}
	return c
}
