package replay

import (
	"context"
	"strings"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/recording"
)

// create responds to CreateProject.
func (s *Server) create(ctx context.Context, c *call) (reply, func()) {
	g := c.Params()
	keyContext := recording.KeyContext{
		Provoked:  s.options.Recording.Provoked,
		Queue:     s.uriClass(ctx, evidence.Queue, g.Queue),
		Container: s.uriClass(ctx, evidence.Blob, g.Container),
	}
	key := c.ActKey(g, keyContext)
	transition := s.tree.Find("", key, recording.Preference{Domain: g.DomainID, Suffix: recording.NameSuffix(g.Name)})
	switch {
	case transition == nil:
		return notRecordedReply("CreateProject: %s (recorded: %s)", key, strings.Join(s.tree.Known(""), "; ")), nil
	case g.DomainID != "" && !strings.EqualFold(g.DomainID, transition.Params.DomainID):
		return notRecordedReply("CreateProject with domain %s (recorded: %s)", g.DomainID, transition.Params.DomainID), nil
	}
	p := &project{history: transition.History, uploads: map[string]int{}}
	if transition.History.ID != "" {
		p.id = sameShapeID(transition.History.ID)
	}
	s.mu.Lock()
	s.projects, s.lists = append(s.projects, p), append(s.lists, p)
	s.mu.Unlock()
	return s.play(ctx, p, transition, c, callerStep{g, p.id})
}

// update responds to UpdateProject.
func (s *Server) update(ctx context.Context, p *project, c *call) (reply, func()) {
	g := c.Params()
	s.mu.Lock()
	before := p.current()
	s.mu.Unlock()
	keyContext := recording.KeyContext{
		Before:    before,
		Queue:     s.uriClass(ctx, evidence.Queue, g.Queue),
		Container: s.uriClass(ctx, evidence.Blob, g.Container),
	}
	response, after := s.playNext(ctx, p, c, c.ActKey(g, keyContext), g)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lists = append(s.lists, p)
	return response, after
}

// train responds to TrainProject.
func (s *Server) train(ctx context.Context, p *project, c *call) (reply, func()) {
	return s.playNext(ctx, p, c, c.ActKey(recording.Params{}, recording.KeyContext{}), recording.Params{})
}

// playNext plays the next main transition of a project.
func (s *Server) playNext(ctx context.Context, p *project, c *call, key string, g recording.Params) (reply, func()) {
	transition := s.findTransition(p, key)
	if transition == nil {
		return s.notRecorded(p, c, key), nil
	}
	t := callerStep{params: g}
	if c.Name == "TrainProject" && transition.ID != "" {
		t.id = sameShapeID(transition.ID)
	}
	return s.play(ctx, p, transition, c, t)
}

// export responds to ExportIteration.
func (s *Server) export(ctx context.Context, p *project, c *call) (reply, func()) {
	key := c.ActKey(recording.Params{}, recording.KeyContext{})
	transition := s.findTransition(p, key)
	s.mu.Lock()
	latest := p.main[len(p.main)-1].id
	for _, a := range p.acts {
		if a.isExport && a.transition.Key == key && a.node == p.node() {
			transition, key = nil, key+" for the second time"
		}
	}
	s.mu.Unlock()
	switch {
	case transition == nil:
		return s.notRecorded(p, c, key), nil
	case !strings.EqualFold(c.Iteration, latest):
		return notRecordedReply("ExportIteration of an iteration that is not the latest: %s", c.Iteration), nil
	}
	return s.play(ctx, p, transition, c, callerStep{})
}

// upload responds to a call that creates tags or images.
func (s *Server) upload(p *project, c *call) reply {
	s.mu.Lock()
	p.uploads[c.Name]++
	n := p.uploads[c.Name]
	s.mu.Unlock()
	transition := s.findTransition(p, recording.NthKey(c.Name, n))
	if transition == nil {
		return s.notRecorded(p, c, recording.NthKey(c.Name, n))
	}
	m := s.mapping(p, transition, c.host, "")
	if c.Name == "CreateTag" && transition.ID != "" {
		id := sameShapeID(transition.ID)
		s.mu.Lock()
		p.tags = append(p.tags, id)
		s.mu.Unlock()
		m.ID(transition.ID, id)
		m.Text(tagName(transition.Call.URL), c.Query.Get("name"))
	}
	return s.recordedReply(transition.Call, m)
}

// deleteProject responds to DeleteProject.
func (s *Server) deleteProject(p *project, c *call) reply {
	var best *evidence.Exchange
	for i, x := range s.tree.Outside {
		if x.Call == c.Name && (best == nil || p.history.ID != "" && strings.Contains(x.URL, p.history.ID)) {
			best = &s.tree.Outside[i]
		}
	}
	if best == nil {
		return notRecordedReply("%s", c.Name)
	}
	s.mu.Lock()
	p.deleted = true
	s.mu.Unlock()
	m := &recording.Mapping{}
	m.ID(p.history.ID, p.id)
	s.mapAddresses(m, c.host)
	return s.recordedReply(*best, m)
}

// notRecorded returns the response to a call that the tree does not have at the node of the project.
func (s *Server) notRecorded(p *project, c *call, key string) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	return notRecordedReply("%s: %s after %s", c.Name, key, p.node())
}
