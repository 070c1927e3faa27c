package replay

import (
	"context"
	"net/http"
	"path"
	"regexp"
	"strings"

	"github.com/google/uuid"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/recording"
)

// A project is one that a caller made. Its fields are guarded by the server's lock.
type project struct {
	id    string           // "" where the recorded service made none
	story *recording.Story // that was played last
	trunk []turn
	acts  []*act // that were played, in order
	sides map[string]int
	tags  []string // ids
	gone  bool
}

// A turn is one call of a project's trunk: what the caller told of the project, and
// the id that the caller got.
type turn struct {
	given recording.Given
	id    string
}

// node is what has been done to the project.
func (p *project) node() string {
	for i := len(p.acts) - 1; i >= 0; i-- {
		if !p.acts[i].leaf {
			return p.acts[i].chapter.After()
		}
	}
	return ""
}

// current is what is in force of all that the caller told.
func (p *project) current() recording.Given {
	var g recording.Given
	for _, t := range p.trunk {
		g = g.With(t.given)
	}
	return g
}

// create answers CreateProject.
func (s *Server) create(ctx context.Context, c *call) (reply, func()) {
	g := c.Given()
	situated := recording.Situated{Provoked: s.tree.Head.Provoked, Queue: s.class(ctx, evidence.Queue, g.Queue), Container: s.class(ctx, evidence.Blob, g.Container)}
	key := c.Does(g, situated)
	chapter := s.tree.Find("", key, nil, recording.Rest(g.Name))
	switch {
	case chapter == nil:
		return unknown("CreateProject: %s; there is: %s", key, strings.Join(s.tree.Known(""), "; ")), nil
	case g.DomainID != "" && !strings.EqualFold(g.DomainID, chapter.Given.DomainID):
		return unknown("CreateProject with domain %s, there is %s", g.DomainID, chapter.Given.DomainID), nil
	}
	p := &project{story: chapter.Story, sides: map[string]int{}}
	if chapter.Story.ID != "" {
		p.id = another(chapter.Story.ID)
	}
	s.mu.Lock()
	s.projects, s.lists = append(s.projects, p), append(s.lists, p)
	s.mu.Unlock()
	return s.play(ctx, p, chapter, c, turn{g, p.id})
}

// class is the class of a URI: what becomes of a call depends on whether the queue
// is there, and lets itself be used.
func (s *Server) class(ctx context.Context, service evidence.Service, uri string) string {
	if uri == "" {
		return recording.NoURI
	}
	endpoint, status := s.account.BlobEndpoint(), s.account.ContainerStatus
	if service == evidence.Queue {
		endpoint, status = s.account.QueueEndpoint(), s.account.QueueStatus
	}
	name, within := strings.CutPrefix(strings.TrimSuffix(uri, "/"), strings.TrimSuffix(endpoint.String(), "/")+"/")
	if !within || strings.Contains(name, "/") {
		return uri
	}
	switch code, err := status(ctx, name); {
	case err != nil || code == http.StatusOK:
		return recording.Usable
	case code == http.StatusNotFound:
		return recording.Missing
	}
	return recording.Forbidden
}

// update answers UpdateProject.
func (s *Server) update(ctx context.Context, p *project, c *call) (reply, func()) {
	g := c.Given()
	s.mu.Lock()
	before := p.current()
	s.mu.Unlock()
	situated := recording.Situated{Before: before, Queue: s.class(ctx, evidence.Queue, g.Queue), Container: s.class(ctx, evidence.Blob, g.Container)}
	answer, then := s.next(ctx, p, c, c.Does(g, situated), g)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lists = append(s.lists, p)
	return answer, then
}

// train answers TrainProject.
func (s *Server) train(ctx context.Context, p *project, c *call) (reply, func()) {
	return s.next(ctx, p, c, c.Does(recording.Given{}, recording.Situated{}), recording.Given{})
}

// next plays the next chapter of a project's trunk.
func (s *Server) next(ctx context.Context, p *project, c *call, key string, g recording.Given) (reply, func()) {
	chapter := s.chapter(p, key)
	if chapter == nil {
		return s.beyond(p, c, key), nil
	}
	t := turn{given: g}
	if c.Name == "TrainProject" && chapter.ID != "" {
		t.id = another(chapter.ID)
	}
	return s.play(ctx, p, chapter, c, t)
}

// chapter is what the recording has of that call on the project.
func (s *Server) chapter(p *project, key string) *recording.Chapter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tree.Find(p.node(), key, p.story, recording.Rest(p.trunk[0].given.Name))
}

// beyond is the answer to a call that leaves the recorded tree.
func (s *Server) beyond(p *project, c *call, key string) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	return unknown("%s: %s after %s", c.Name, key, p.node())
}

// export answers ExportIteration.
func (s *Server) export(ctx context.Context, p *project, c *call) (reply, func()) {
	key := c.Does(recording.Given{}, recording.Situated{})
	chapter := s.chapter(p, key)
	s.mu.Lock()
	latest := p.trunk[len(p.trunk)-1].id
	for _, a := range p.acts {
		if a.leaf && a.chapter.Key == key && a.node == p.node() {
			chapter, key = nil, key+" once more"
		}
	}
	s.mu.Unlock()
	switch {
	case chapter == nil:
		return s.beyond(p, c, key), nil
	case !strings.EqualFold(c.Iteration, latest):
		return unknown("ExportIteration of another iteration than the last: %s", c.Iteration), nil
	}
	return s.play(ctx, p, chapter, c, turn{})
}

// side answers a call that gives the project tags or images.
func (s *Server) side(p *project, c *call) reply {
	s.mu.Lock()
	p.sides[c.Name]++
	n := p.sides[c.Name]
	s.mu.Unlock()
	chapter := s.chapter(p, recording.Nth(c.Name, n))
	if chapter == nil {
		return s.beyond(p, c, recording.Nth(c.Name, n))
	}
	m := s.mapping(p, chapter, c.host, "")
	if c.Name == "CreateTag" && chapter.ID != "" {
		id := another(chapter.ID)
		s.mu.Lock()
		p.tags = append(p.tags, id)
		s.mu.Unlock()
		m.ID(chapter.ID, id)
		m.Text(tagName(chapter.Call.URL), c.Query.Get("name"))
	}
	return s.recorded(chapter.Call, m)
}

// remove answers DeleteProject.
func (s *Server) remove(p *project, c *call) reply {
	var best *evidence.Exchange
	for i, x := range s.tree.Outside {
		if x.Call == c.Name && (best == nil || p.story.ID != "" && strings.Contains(x.URL, p.story.ID)) {
			best = &s.tree.Outside[i]
		}
	}
	if best == nil {
		return unknown("%s", c.Name)
	}
	s.mu.Lock()
	p.gone = true
	s.mu.Unlock()
	m := &recording.Mapping{}
	m.ID(p.story.ID, p.id)
	s.addresses(m, c.host)
	return s.recorded(*best, m)
}

// isUUID matches an id as the service gives them, with its hyphens.
var isUUID = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// another is another id of the form of a recorded one.
func another(recorded string) string {
	id := uuid.NewString()
	switch {
	case !isUUID.MatchString(recorded):
		return recorded + "-" + id[:8]
	case recorded != strings.ToLower(recorded):
		return strings.ToUpper(id)
	}
	return id
}

// nameOf is the name of a queue or a container: the last word of its URI's path.
func nameOf(uri string) string {
	head, _, _ := strings.Cut(uri, "?")
	return path.Base(head)
}
