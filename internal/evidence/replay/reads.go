package replay

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/cvconform/cvconform/internal/evidence/recording"
)

// serveRead responds to a call that changes nothing, from the latest transition with such a call.
func (s *Server) serveRead(p *project, c *call) reply {
	s.mu.Lock()
	acts := slices.Clone(p.acts)
	s.mu.Unlock()
	for _, a := range slices.Backward(acts) {
		if x, ok := a.nextRead(c.Name); ok {
			return s.recordedReply(x, s.mapping(p, a.transition, c.host, "downloadUri"))
		}
	}
	return s.notRecorded(p, c, c.Name)
}

// iteration responds to GetIteration.
func (s *Server) iteration(p *project, c *call) reply {
	s.mu.Lock()
	var of *playback
	n := 0
	for _, a := range p.acts {
		if a.isExport {
			continue
		}
		if t := p.main[n]; n > 0 && t.id != "" && strings.EqualFold(t.id, c.Iteration) {
			of = a
		}
		n++
	}
	s.mu.Unlock()
	if of == nil {
		return notRecordedReply("GetIteration of an iteration that was not trained here: %s", c.Iteration)
	}
	x, done, ok := of.currentStatus()
	if !ok {
		return s.notRecorded(p, c, c.Name)
	}
	defer done()
	return s.recordedReply(x, s.mapping(p, of.transition, c.host, ""))
}

// exports responds to GetExports with the exports of this project: the recorded response about the latest
// one, without the platforms that were exported there only, and with those exported here before.
func (s *Server) exports(p *project, c *call) reply {
	s.mu.Lock()
	var exports []*playback
	for _, a := range p.acts {
		if a.isExport && a.node == p.node() {
			exports = append(exports, a)
		}
	}
	s.mu.Unlock()
	if len(exports) == 0 {
		return s.serveRead(p, c)
	}
	latest := exports[len(exports)-1]
	x, done, ok := latest.currentStatus()
	if !ok {
		return s.serveRead(p, c)
	}
	defer done()
	r := s.recordedReply(x, s.mapping(p, latest.transition, c.host, "downloadUri"))
	if elements, changed := s.mergeExports(p, exports, r.body, c.host); changed {
		r.body = joinElements(elements)
	}
	return r
}

// mergeExports returns the elements of the list of the project's exports. changed is false if body is that
// list already, or is not a list.
func (s *state) mergeExports(
	p *project,
	exports []*playback,
	body, host string,
) (elements []json.RawMessage, changed bool) {
	var list []json.RawMessage
	if json.Unmarshal([]byte(body), &list) != nil {
		return nil, false
	}
	exported, listed := map[string]bool{}, map[string]bool{}
	for _, a := range exports {
		exported[a.transition.Platform()] = true
	}
	for _, one := range list {
		platform := platformOf(one)
		listed[platform] = true
		if exported[platform] || platform == "" {
			elements = append(elements, one)
		}
	}
	changed = len(elements) != len(list)
	for _, a := range exports[:len(exports)-1] {
		if x, _, ok := a.currentStatus(); ok && !listed[a.transition.Platform()] {
			list := s.recordedReply(x, s.mapping(p, a.transition, host, "downloadUri")).body
			elements, changed = append(elements, exportOf(list, a.transition.Platform())...), true
		}
	}
	return elements, changed
}

// exportOf returns the elements of a list of exports that have that platform.
func exportOf(body, platform string) []json.RawMessage {
	var list []json.RawMessage
	_ = json.Unmarshal([]byte(body), &list) // not a list: no elements
	return slices.DeleteFunc(list, func(one json.RawMessage) bool { return platformOf(one) != platform })
}

func platformOf(element json.RawMessage) string {
	var one struct{ Platform string }
	_ = json.Unmarshal(element, &one) // not an object: no platform
	return one.Platform
}

func joinElements(elements []json.RawMessage) string {
	words := make([]string, len(elements))
	for i, e := range elements {
		words[i] = string(e)
	}
	return "[" + strings.Join(words, ",") + "]"
}

// list responds to GetProjects with all projects that were created here, each as the recorded service
// listed it.
func (s *Server) list(c *call) reply {
	template, of, ok := s.recordedList()
	if !ok {
		return notRecordedReply("%s", c.Name)
	}
	m := &recording.Mapping{}
	if of != nil {
		m = s.mapping(of, of.acts[len(of.acts)-1].transition, c.host, "")
	}
	r := s.recordedReply(template, m)
	var list []json.RawMessage
	if json.Unmarshal([]byte(template.Body), &list) != nil {
		return r
	}
	s.mu.Lock()
	projects := slices.Clone(s.projects)
	s.mu.Unlock()
	var elements []json.RawMessage
	for _, p := range projects {
		if element := s.listElement(p, c.host); element != nil {
			elements = append(elements, element)
		}
	}
	r.body = joinElements(elements)
	return r
}

// listElement returns the project as the recorded service listed it; nil if it did not.
func (s *state) listElement(p *project, host string) json.RawMessage {
	s.mu.Lock()
	x, transition, ok := p.listing()
	if !ok || p.deleted {
		s.mu.Unlock()
		return nil
	}
	raw := recording.ProjectElement(x.Body, transition.History.ID, transition.History.Main[0].Params.Name)
	s.mu.Unlock()
	if raw == nil {
		return nil
	}
	return json.RawMessage(fillSecrets(s.mapping(p, transition, host, "").Apply(string(raw))))
}
