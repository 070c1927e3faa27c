package customvision

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

func transferRoutes() []route {
	return []route{
		{"ExportProject", "GET", projectPath + "/export", maxDocument, (*Server).exportProject},
		{"ImportProject", "POST", "/projects/import", maxDocument, (*Server).importProject},
	}
}

// exportBlob is what an export token links to, as recorded:
// /prjexp-{project}/project-export-info.
const exportBlob = "project-export-info"

func exportPath(project uuid.UUID) string { return "/prjexp-" + digits(project) + "/" + exportBlob }

// snapshotForExport takes the workspace and what has been trained.
func (p *project) snapshotForExport() *projectSnapshot {
	c := &projectSnapshot{
		name:        p.name,
		description: p.description,
		settings:    p.settings,
		contents:    p.dataset.clone(),
		revision:    p.revision,
	}
	c.settings.ExportModelContainerURI, c.settings.NotificationQueueURI = "", ""
	for _, i := range p.iterations {
		if i.trainedAt != nil {
			copied := *i
			copied.trainingData, copied.published, copied.exports = i.trainingData.clone(), nil, nil
			c.iterations = append(c.iterations, &copied)
		}
	}
	return c
}

type projectExport struct {
	IterationCount          int    `json:"iterationCount"`
	ImageCount              int    `json:"imageCount"`
	TagCount                int    `json:"tagCount"`
	RegionCount             int    `json:"regionCount"`
	EstimatedImportTimeInMS int64  `json:"estimatedImportTimeInMS"`
	Token                   string `json:"token,omitempty"`
}

// document counts an image once, and a tag or a region once for the workspace and
// once for each iteration that has it (recorded: four of two tags, after one training).
func (c *projectSnapshot) document(takes time.Duration) projectExport {
	d := projectExport{IterationCount: len(c.iterations), EstimatedImportTimeInMS: takes.Milliseconds()}
	images := map[uuid.UUID]bool{}
	views := []dataset{c.contents}
	for _, i := range c.iterations {
		views = append(views, i.trainingData)
	}
	for _, v := range views {
		d.TagCount += len(v.tags)
		for _, i := range v.images {
			images[i.id] = true
			d.RegionCount += len(i.regions)
		}
	}
	d.ImageCount = len(images)
	return d
}

// exportProject keeps what the project is now, over what was exported before.
func (s *Server) exportProject(r *request) (any, error) {
	return s.inProject(r, func(p *project) (any, error) {
		if p.importing != nil {
			return nil, errImporting(p.id)
		}
		if p.isTraining() {
			return nil, errExportWhileTraining()
		}
		p.lastExport = p.snapshotForExport()
		document := p.lastExport.document(s.durations.defaults.Import)
		document.Token = s.links.link(r.origin(), exportPath(p.id), s.now())
		return document, nil
	})
}

// exportInfo is what there is to see at an export token.
func (s *Server) exportInfo(project uuid.UUID, blob string) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.projects.byID[project]
	if p == nil || p.lastExport == nil || blob != exportBlob {
		return nil, errNoRoute(blob)
	}
	return render(p.lastExport.document(s.durations.defaults.Import))
}

// importProject answers with a project that is empty until the import is over.
func (s *Server) importProject(r *request) (any, error) {
	token, err := r.required("token")
	if err != nil {
		return nil, err
	}
	sent, err := s.snapshotForToken(token)
	if err != nil {
		return nil, err
	}
	p := &project{
		id:          uuid.New(),
		name:        sent.name,
		description: sent.description,
		settings:    sent.settings,
		importing:   sent.withNewIDs(),
	}
	if named := r.param("name"); named != "" {
		if p.name = strings.TrimSpace(named); p.name == "" {
			return nil, errProjectName()
		}
	}
	document := s.addProject(r, p)
	takes := s.durationsFor(p).Import
	return asyncResponse{document, func() {
		s.scheduler.after(takes, "Import", p.id, func(context.Context) { s.completeImport(p.id) })
	}}, nil
}

// parcel finds what a token of this service leads to.
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

// completeImport puts everything in its place at once.
func (s *Server) completeImport(id uuid.UUID) {
	if s.finishImport(id) {
		s.logWork("Import", id, "", "")
	}
}

func (s *Server) finishImport(id uuid.UUID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.projects.byID[id]
	if p == nil || p.importing == nil {
		return false
	}
	c := p.importing
	p.importing, p.modified = nil, s.now()
	p.dataset, p.iterations, p.revision = c.contents, c.iterations, c.revision
	for _, i := range p.iterations {
		i.created, i.modified = p.created, p.modified
	}
	return true
}

// renaming gives everything a new id, and the same one each time.
type idMap map[uuid.UUID]uuid.UUID

func (r idMap) replacement(id uuid.UUID) uuid.UUID {
	if _, ok := r[id]; !ok {
		r[id] = uuid.New()
	}
	return r[id]
}

// restore is a copy under new ids, which the workspace and the iterations share.
func (c *projectSnapshot) withNewIDs() *projectSnapshot {
	ids := idMap{}
	fresh := *c
	fresh.contents, fresh.iterations = ids.renumber(c.contents), nil
	for _, i := range c.iterations {
		copied := *i
		copied.id, copied.trainingData = uuid.New(), ids.renumber(i.trainingData)
		copied.parameters.tags = slices.Clone(i.parameters.tags)
		for n, id := range copied.parameters.tags {
			copied.parameters.tags[n] = ids.replacement(id)
		}
		fresh.iterations = append(fresh.iterations, &copied)
	}
	return &fresh
}

func (r idMap) renumber(v dataset) dataset {
	c := v.clone()
	for _, t := range c.tags {
		t.id = r.replacement(t.id)
	}
	for _, i := range c.images {
		i.id = r.replacement(i.id)
		for n := range i.tags {
			i.tags[n].tag = r.replacement(i.tags[n].tag)
		}
		for n := range i.regions {
			i.regions[n].id, i.regions[n].tag = r.replacement(i.regions[n].id), r.replacement(i.regions[n].tag)
		}
	}
	return c
}
