package replay

import (
	"context"
	"net/http"
	"path"
	"regexp"
	"strings"

	"github.com/google/uuid"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/recording"
)

// A project is one that a caller made. Its fields are guarded by the server's lock.
type project struct {
	id    string             // "" where the recorded service made none
	story *recording.History // that was played last
	trunk []callerStep
	acts  []*playback // that were played, in order
	sides map[string]int
	tags  []string // ids
	gone  bool
}

// A callerStep is one call of a project's trunk: what the caller told of the project, and
// the id that the caller got.
type callerStep struct {
	given recording.Params
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
func (p *project) current() recording.Params {
	var g recording.Params
	for _, t := range p.trunk {
		g = g.With(t.given)
	}
	return g
}

// create answers CreateProject.
func (s *Server) create(ctx context.Context, c *call) (reply, func()) {
	g := c.Given()
	situated := recording.KeyContext{
		Provoked:  s.tree.Head.Provoked,
		Queue:     s.uriClass(ctx, evidence.Queue, g.Queue),
		Container: s.uriClass(ctx, evidence.Blob, g.Container),
	}
	key := c.ActKey(g, situated)
	chapter := s.tree.Find("", key, nil, recording.NameSuffix(g.Name))
	switch {
	case chapter == nil:
		return notRecordedReply("CreateProject: %s; there is: %s", key, strings.Join(s.tree.Known(""), "; ")), nil
	case g.DomainID != "" && !strings.EqualFold(g.DomainID, chapter.Params.DomainID):
		return notRecordedReply("CreateProject with domain %s, there is %s", g.DomainID, chapter.Params.DomainID), nil
	}
	p := &project{story: chapter.Story, sides: map[string]int{}}
	if chapter.Story.ID != "" {
		p.id = sameShapeID(chapter.Story.ID)
	}
	s.mu.Lock()
	s.projects, s.lists = append(s.projects, p), append(s.lists, p)
	s.mu.Unlock()
	return s.play(ctx, p, chapter, c, callerStep{g, p.id})
}

// uriClass is the class of a URI: what becomes of a call depends on whether the queue
// is there, and lets itself be used.
func (s *Server) uriClass(ctx context.Context, service evidence.Service, uri string) string {
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
	situated := recording.KeyContext{
		Before:    before,
		Queue:     s.uriClass(ctx, evidence.Queue, g.Queue),
		Container: s.uriClass(ctx, evidence.Blob, g.Container),
	}
	answer, then := s.next(ctx, p, c, c.ActKey(g, situated), g)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lists = append(s.lists, p)
	return answer, then
}

// train answers TrainProject.
func (s *Server) train(ctx context.Context, p *project, c *call) (reply, func()) {
	return s.next(ctx, p, c, c.ActKey(recording.Params{}, recording.KeyContext{}), recording.Params{})
}

// next plays the next chapter of a project's trunk.
func (s *Server) next(ctx context.Context, p *project, c *call, key string, g recording.Params) (reply, func()) {
	chapter := s.chapter(p, key)
	if chapter == nil {
		return s.outsideRecording(p, c, key), nil
	}
	t := callerStep{given: g}
	if c.Name == "TrainProject" && chapter.ID != "" {
		t.id = sameShapeID(chapter.ID)
	}
	return s.play(ctx, p, chapter, c, t)
}

// chapter is what the recording has of that call on the project.
func (s *Server) chapter(p *project, key string) *recording.Transition {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tree.Find(p.node(), key, p.story, recording.NameSuffix(p.trunk[0].given.Name))
}

// outsideRecording is the answer to a call that leaves the recorded tree.
func (s *Server) outsideRecording(p *project, c *call, key string) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	return notRecordedReply("%s: %s after %s", c.Name, key, p.node())
}

// export answers ExportIteration.
func (s *Server) export(ctx context.Context, p *project, c *call) (reply, func()) {
	key := c.ActKey(recording.Params{}, recording.KeyContext{})
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
		return s.outsideRecording(p, c, key), nil
	case !strings.EqualFold(c.Iteration, latest):
		return notRecordedReply("ExportIteration of another iteration than the last: %s", c.Iteration), nil
	}
	return s.play(ctx, p, chapter, c, callerStep{})
}

// upload answers a call that gives the project tags or images.
func (s *Server) upload(p *project, c *call) reply {
	s.mu.Lock()
	p.sides[c.Name]++
	n := p.sides[c.Name]
	s.mu.Unlock()
	chapter := s.chapter(p, recording.NthKey(c.Name, n))
	if chapter == nil {
		return s.outsideRecording(p, c, recording.NthKey(c.Name, n))
	}
	m := s.mapping(p, chapter, c.host, "")
	if c.Name == "CreateTag" && chapter.ID != "" {
		id := sameShapeID(chapter.ID)
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
		return notRecordedReply("%s", c.Name)
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

// sameShapeID is another id of the form of a recorded one.
func sameShapeID(recorded string) string {
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
