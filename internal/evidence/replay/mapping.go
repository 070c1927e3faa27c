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

// mapping returns the replacements of the recorded values in a transition by those of a project. first is
// the kind of link whose content counts if several links have one address.
func (s *state) mapping(p *project, transition *recording.Transition, host, first string) *recording.Mapping {
	m := &recording.Mapping{}
	s.mu.Lock()
	defer s.mu.Unlock()
	mapProject(m, p, transition.History)
	for _, other := range s.projects {
		if other != p {
			mapOtherProject(m, other)
		}
	}
	s.mapLinks(m, transition, host, first)
	s.mapAddresses(m, host)
	return m
}

// mapProject adds the replacement of the values of a history by those of the project.
func mapProject(m *recording.Mapping, p *project, history *recording.History) {
	m.ID(history.ID, p.id)
	for i, t := range p.main {
		if i >= len(history.Main) {
			break
		}
		recorded := history.Main[i]
		m.ID(recorded.ID, t.id)
		m.Text(recorded.Params.Name, t.params.Name)
		m.Text(recorded.Params.Description, t.params.Description)
		mapStorage(m, recorded, t.params)
	}
	n := 0
	for _, c := range history.Uploads {
		if c.Call.Call == "CreateTag" && c.ID != "" && n < len(p.tags) {
			m.ID(c.ID, p.tags[n])
			n++
		}
	}
}

// mapStorage adds the replacement of the URIs and the names of queue and container.
func mapStorage(m *recording.Mapping, recorded *recording.Transition, now recording.Params) {
	for i, uris := range [][2]string{{recorded.Params.Queue, now.Queue}, {recorded.Params.Container, now.Container}} {
		if uris[0] == "" || uris[1] == "" {
			continue
		}
		m.Value(uris[0], uris[1])
		if r := recorded.Resources[i]; r != nil {
			m.Value(r.Name, nameOf(uris[1]))
		}
	}
}

// mapOtherProject adds the replacement of the id, the queue and the container of another project.
func mapOtherProject(m *recording.Mapping, p *project) {
	m.ID(p.history.ID, p.id)
	for i, t := range p.main {
		if i < len(p.history.Main) {
			mapStorage(m, p.history.Main[i], t.params)
		}
	}
}

// mapAddresses adds the replacement of the addresses of the service and its storage.
func (s *state) mapAddresses(m *recording.Mapping, host string) {
	run := s.options.Recording.Run
	m.Value(run.Storage.SeenBlobEndpoint, strings.TrimSuffix(s.account.BlobEndpoint().String(), "/"))
	m.Value(run.Storage.SeenQueueEndpoint, strings.TrimSuffix(s.account.QueueEndpoint().String(), "/"))
	m.Value(run.Target.Endpoint, "http://"+host)
}

// targetURI returns the URI of the caller's queue or container for a recorded effect; "" if no project of a
// caller has it. It waits a moment for such a project: concurrent projects are created in any order.
func (s *state) targetURI(ctx context.Context, p *project, history *recording.History, e *recording.Effect) string {
	timer := time.NewTimer(minStatusTime)
	defer timer.Stop()
	for {
		uri, changed := s.currentTarget(p, history, e)
		if uri != "" {
			return uri
		}
		select {
		case <-changed:
		case <-timer.C:
			return ""
		case <-ctx.Done():
			return ""
		}
	}
}

// currentTarget returns the URI known so far, and a channel that is closed when another may be known.
func (s *state) currentTarget(p *project, history *recording.History, e *recording.Effect) (string, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	uri := targetOf(p, history, e)
	for _, other := range s.projects {
		uri = cmp.Or(uri, targetOf(other, other.history, e))
	}
	return uri, s.changed
}

// targetOf returns the URI of the queue or container of p that has the place of the effect's in a history;
// "" if there is none.
func targetOf(p *project, history *recording.History, e *recording.Effect) string {
	for i, t := range p.main {
		if i >= len(history.Main) {
			break
		}
		recorded, uri := history.Main[i].Resources[1], t.params.Container
		if e.Service == evidence.Queue {
			recorded, uri = history.Main[i].Resources[0], t.params.Queue
		}
		if recorded != nil && recorded.Name == e.Resource && uri != "" {
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
