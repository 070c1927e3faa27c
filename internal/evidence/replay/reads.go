package replay

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/recording"
)

// serveRead answers a call that changes nothing, from the latest chapter that has one.
func (s *Server) serveRead(p *project, c *call) reply {
	s.mu.Lock()
	acts := slices.Clone(p.acts)
	s.mu.Unlock()
	for _, a := range slices.Backward(acts) {
		if x, ok := a.nth(c.Name); ok {
			return s.recorded(x, s.mapping(p, a.chapter, c.host, "downloadUri"))
		}
	}
	return s.outsideRecording(p, c, c.Name)
}

// nth is the next recorded answer to a call of that name; the last one goes on.
func (a *playback) nth(name string) (x evidence.Exchange, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := a.counted[name]
	for _, look := range a.chapter.Reads {
		if look.Call != name {
			continue
		}
		x, ok = look, true
		if n--; n < 0 {
			break
		}
	}
	a.counted[name]++
	return x, ok
}

// iteration answers GetIteration.
func (s *Server) iteration(p *project, c *call) reply {
	s.mu.Lock()
	var of *playback
	turns := 0
	for _, a := range p.acts {
		if a.leaf {
			continue
		}
		if t := p.trunk[turns]; turns > 0 && t.id != "" && strings.EqualFold(t.id, c.Iteration) {
			of = a
		}
		turns++
	}
	s.mu.Unlock()
	if of == nil {
		return notRecordedReply("GetIteration of an iteration that was not trained here: %s", c.Iteration)
	}
	x, done, ok := of.currentStatus()
	if !ok {
		return s.outsideRecording(p, c, c.Name)
	}
	defer done()
	return s.recorded(x, s.mapping(p, of.chapter, c.host, ""))
}

// exports answers GetExports with the exports that this project has: what the
// recorded service said of its latest, without the platforms that were exported
// there only, and with those that were exported here before.
func (s *Server) exports(p *project, c *call) reply {
	s.mu.Lock()
	var made []*playback
	for _, a := range p.acts {
		if a.leaf && a.node == p.node() {
			made = append(made, a)
		}
	}
	s.mu.Unlock()
	if len(made) == 0 {
		return s.serveRead(p, c)
	}
	latest := made[len(made)-1]
	x, done, ok := latest.currentStatus()
	if !ok {
		return s.serveRead(p, c)
	}
	defer done()
	r := s.recorded(x, s.mapping(p, latest.chapter, c.host, "downloadUri"))
	if elements, changed := s.merge(p, made, r.body, c.host); changed {
		r.body = joinExports(elements)
	}
	return r
}

// merge makes the list of exports that of the project; changed is false where it is
// so already, or is no list.
func (s *Server) merge(p *project, made []*playback, body, host string) (elements []json.RawMessage, changed bool) {
	var list []json.RawMessage
	if json.Unmarshal([]byte(body), &list) != nil {
		return nil, false
	}
	here, there := map[string]bool{}, map[string]bool{}
	for _, a := range made {
		here[a.chapter.Platform()] = true
	}
	for _, one := range list {
		platform := platformOf(one)
		there[platform] = true
		if here[platform] || platform == "" {
			elements = append(elements, one)
		}
	}
	changed = len(elements) != len(list)
	for _, a := range made[:len(made)-1] {
		if x, _, ok := a.currentStatus(); ok && !there[a.chapter.Platform()] {
			said := s.recorded(x, s.mapping(p, a.chapter, host, "downloadUri")).body
			elements, changed = append(elements, exportOf(said, a.chapter.Platform())...), true
		}
	}
	return elements, changed
}

// exportOf is what a list of exports says of a platform.
func exportOf(body, platform string) []json.RawMessage {
	var list []json.RawMessage
	_ = json.Unmarshal([]byte(body), &list) // no list: nothing
	return slices.DeleteFunc(list, func(one json.RawMessage) bool { return platformOf(one) != platform })
}

func platformOf(element json.RawMessage) string {
	var one struct{ Platform string }
	_ = json.Unmarshal(element, &one) // no object: no platform
	return one.Platform
}

func joinExports(elements []json.RawMessage) string {
	words := make([]string, len(elements))
	for i, e := range elements {
		words[i] = string(e)
	}
	return "[" + strings.Join(words, ",") + "]"
}

// list answers GetProjects: with all projects that were made here, each as the
// recorded service listed it.
func (s *Server) list(c *call) reply {
	template, of, ok := s.listed()
	if !ok {
		return notRecordedReply("%s", c.Name)
	}
	m := &recording.Mapping{}
	if of != nil {
		m = s.mapping(of, of.acts[len(of.acts)-1].chapter, c.host, "")
	}
	r := s.recorded(template, m)
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
	r.body = joinExports(elements)
	return r
}

// listed is a recorded list of projects: that of a project whose list nobody asked
// for yet, else of the newest, else any.
func (s *Server) listed() (x evidence.Exchange, of *project, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting := s.lists
	if len(waiting) == 0 && len(s.projects) > 0 {
		waiting = s.projects[len(s.projects)-1:]
	} else if len(waiting) > 0 {
		s.lists = waiting[1:]
	}
	for _, p := range waiting {
		if x, _, ok := p.listing(); ok {
			return x, p, true
		}
	}
	for _, story := range s.tree.Stories {
		for _, chapter := range story.Chapters() {
			for _, x := range chapter.Reads {
				if x.Call == "GetProjects" {
					return x, nil, true
				}
			}
		}
	}
	return x, nil, false
}

// listing is the latest recorded list of projects that the project has come to.
func (p *project) listing() (x evidence.Exchange, of *recording.Transition, ok bool) {
	for _, a := range slices.Backward(p.acts) {
		for _, look := range slices.Backward(a.chapter.Reads) {
			if look.Call == "GetProjects" {
				return look, a.chapter, true
			}
		}
	}
	return x, nil, false
}

// listElement is the project as the recorded service listed it; nil where it did not.
func (s *Server) listElement(p *project, host string) json.RawMessage {
	s.mu.Lock()
	x, chapter, ok := p.listing()
	if !ok || p.gone {
		s.mu.Unlock()
		return nil
	}
	raw := recording.ProjectElement(x.Body, chapter.Story.ID, chapter.Story.Main[0].Params.Name)
	s.mu.Unlock()
	if raw == nil {
		return nil
	}
	return json.RawMessage(s.fillSecrets(s.mapping(p, chapter, host, "").Apply(string(raw))))
}
