package customvision

import (
	"fmt"
	"slices"

	"github.com/google/uuid"
)

// projectStore holds projects by id, by name and in order of creation. The caller must hold Server.mu.
type projectStore struct {
	order  []*project
	byID   map[uuid.UUID]*project
	byName map[string]*project
	// suffixes has the last number that was appended to a name, so that finding a unique name takes constant time.
	suffixes map[string]int
}

func newProjectStore() projectStore {
	return projectStore{byID: map[uuid.UUID]*project{}, byName: map[string]*project{}, suffixes: map[string]int{}}
}

// add stores a project. If its name is in use, " (1)", " (2)" and so on is appended.
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

// rename changes the name of a project. The new name must not be in use.
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
