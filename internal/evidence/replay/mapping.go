package replay

import (
	"cmp"
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/recording"
)

// mapping replaces what a chapter says of the recorded project by what holds for
// this one. first is the kind of link whose content counts where several links have
// one address.
func (s *Server) mapping(p *project, chapter *recording.Transition, host, first string) *recording.Mapping {
	m := &recording.Mapping{}
	s.mu.Lock()
	defer s.mu.Unlock()
	mapProject(m, p, chapter.Story)
	for _, other := range s.projects {
		if other != p {
			mapOtherProjects(m, other)
		}
	}
	s.mapLinks(m, chapter, host, first)
	s.addresses(m, host)
	return m
}

// mapProject replaces what a story says by what the project was told.
func mapProject(m *recording.Mapping, p *project, story *recording.History) {
	m.ID(story.ID, p.id)
	for i, t := range p.trunk {
		if i >= len(story.Main) {
			break
		}
		was := story.Main[i]
		m.ID(was.ID, t.id)
		m.Text(was.Params.Name, t.given.Name)
		m.Text(was.Params.Description, t.given.Description)
		mapStorage(m, was, t.given)
	}
	n := 0
	for _, side := range story.Uploads {
		if side.Call.Call == "CreateTag" && side.ID != "" && n < len(p.tags) {
			m.ID(side.ID, p.tags[n])
			n++
		}
	}
}

// mapStorage replaces the URIs and the names of queue and container.
func mapStorage(m *recording.Mapping, was *recording.Transition, now recording.Params) {
	for i, uris := range [][2]string{{was.Params.Queue, now.Queue}, {was.Params.Container, now.Container}} {
		if uris[0] == "" || uris[1] == "" {
			continue
		}
		m.Value(uris[0], uris[1])
		if made := was.Resources[i]; made != nil {
			m.Value(made.Name, nameOf(uris[1]))
		}
	}
}

// mapOtherProjects replaces the id of another project, and where its messages and backups go.
func mapOtherProjects(m *recording.Mapping, p *project) {
	m.ID(p.story.ID, p.id)
	for i, t := range p.trunk {
		if i < len(p.story.Main) {
			mapStorage(m, p.story.Main[i], t.given)
		}
	}
}

// addresses replaces the addresses of the service and of its storage.
func (s *Server) addresses(m *recording.Mapping, host string) {
	head := s.tree.Head
	m.Value(head.Storage.BlobEndpoint, strings.TrimSuffix(s.account.BlobEndpoint().String(), "/"))
	m.Value(head.Storage.QueueEndpoint, strings.TrimSuffix(s.account.QueueEndpoint().String(), "/"))
	m.Value(head.Target.Endpoint, "http://"+host)
}

// targetURI is the URI of the queue or the container that an effect was on; "" where
// no project of a caller takes its place. It waits a little for one: projects that
// are made side by side are made in any order.
func (s *Server) targetURI(ctx context.Context, p *project, story *recording.History, e *recording.Effect) string {
	timer := time.NewTimer(minStatusTime)
	defer timer.Stop()
	for {
		uri, grown := s.currentTargets(p, story, e)
		if uri != "" {
			return uri
		}
		select {
		case <-grown:
		case <-timer.C:
			return ""
		case <-ctx.Done():
			return ""
		}
	}
}

// currentTargets is the place so far, and what closes when there may be another.
func (s *Server) currentTargets(p *project, story *recording.History, e *recording.Effect) (string, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	uri := targetOf(p, story, e)
	for _, other := range s.projects {
		uri = cmp.Or(uri, targetOf(other, other.story, e))
	}
	return uri, s.changed
}

func targetOf(p *project, story *recording.History, e *recording.Effect) string {
	for i, t := range p.trunk {
		if i >= len(story.Main) {
			break
		}
		was, uri := story.Main[i].Resources[1], t.given.Container
		if e.Service == evidence.Queue {
			was, uri = story.Main[i].Resources[0], t.given.Queue
		}
		if was != nil && was.Name == e.Resource && uri != "" {
			return uri
		}
	}
	return ""
}

// tagName is the name that a recorded CreateTag gave.
func tagName(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Query().Get("name")
}
