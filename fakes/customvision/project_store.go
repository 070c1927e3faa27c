package customvision

import (
	"fmt"
	"slices"

	"github.com/google/uuid"
)

// projectStore holds the projects: by id, by name, and in order of creation. The
// caller guards it.
type projectStore struct {
	order  []*project
	byID   map[uuid.UUID]*project
	byName map[string]*project
	// suffixes has, for a name that was asked for again, the last number that
	// was appended, so that the thousandth namesake costs what the second does.
	suffixes map[string]int
}

func newProjectStore() projectStore {
	return projectStore{byID: map[uuid.UUID]*project{}, byName: map[string]*project{}, suffixes: map[string]int{}}
}

// add takes a project under a name that is free: its own, or that with
// " (1)", " (2)" and so on.
func (s *projectStore) add(p *project) {
	p.name = s.uniqueName(p.name)
	s.order = append(s.order, p)
	s.byID[p.id], s.byName[p.name] = p, p
}

func (s *projectStore) uniqueName(name string) string {
	if s.byName[name] == nil {
		delete(s.suffixes, name)
		return name
	}
	for {
		s.suffixes[name]++
		if free := fmt.Sprintf("%s (%d)", name, s.suffixes[name]); s.byName[free] == nil {
			return free
		}
	}
}

// rename expects a name that is free.
func (s *projectStore) rename(p *project, name string) {
	delete(s.byName, p.name)
	p.name = name
	s.byName[name] = p
}

func (s *projectStore) remove(p *project) {
	s.order = slices.DeleteFunc(s.order, func(other *project) bool { return other == p })
	delete(s.byID, p.id)
	delete(s.byName, p.name)
}
