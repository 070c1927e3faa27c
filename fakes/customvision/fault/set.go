package fault

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Call describes a call, request or work that a fault may match.
type Call struct {
	At          At
	Operation   string
	ProjectID   string // empty if there is no project
	ProjectName string // empty if it is not known
	Platform    string
}

// Status is a fault in a set, with the number of its triggers.
type Status struct {
	// ID identifies the fault in its set: "1", "2" and so on.
	ID string `json:"id"`
	Fault
	// Fired is the number of triggers so far.
	Fired int `json:"fired"`
	// Left is the number of remaining triggers. -1 means an unlimited number.
	Left int `json:"left"`
}

// Set holds faults in the order in which they were added. The zero value is empty and ready to use. It is safe for
// concurrent use.
type Set struct {
	mu     sync.Mutex
	last   int
	faults []*Status
}

// Add checks a fault and adds it.
func (s *Set) Add(f Fault) (Status, error) {
	if err := f.Check(); err != nil {
		return Status{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	added := &Status{ID: strconv.Itoa(s.last), Fault: f, Left: f.Times}
	if f.Times == 0 {
		added.Left = 1
	}
	s.faults = append(s.faults, added)
	return *added, nil
}

// List returns all faults, including those without remaining triggers.
func (s *Set) List() []Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Status, len(s.faults))
	for i, f := range s.faults {
		list[i] = *f
	}
	return list
}

// Get returns one fault.
func (s *Set) Get(id string) (Status, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.index(id); i >= 0 {
		return *s.faults[i], true
	}
	return Status{}, false
}

// Remove removes one fault and reports whether it existed.
func (s *Set) Remove(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.index(id)
	if i < 0 {
		return false
	}
	s.faults = slices.Delete(s.faults, i, i+1)
	return true
}

// Clear removes all faults.
func (s *Set) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

func (s *Set) index(id string) int {
	return slices.IndexFunc(s.faults, func(f *Status) bool { return f.ID == id })
}

// HasActive reports whether a fault at that place has triggers left. A caller can use it to avoid the construction of a
// [Call].
func (s *Set) HasActive(at At) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.faults, func(f *Status) bool { return f.At == at && f.Left != 0 })
}

// Take returns the fault that a call triggers, and counts the trigger.
func (s *Set) Take(c Call) (Status, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if f.Left == 0 || !f.matches(c) {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}
		f.Fired++
		if f.Left > 0 {
			f.Left--
		}
		return *f, true
	}
	return Status{}, false
}

// matches reports whether the fault matches a call.
func (f Fault) matches(c Call) bool {
	return f.At == c.At && matchPattern(f.Operation, c.Operation) && matchPattern(f.Platform, c.Platform) &&
		(matchPattern(f.Project, c.ProjectID) || matchPattern(f.Project, c.ProjectName))
}

// matchPattern matches without regard to case. Unlike path.Match it lets * match slashes.
func matchPattern(pattern, text string) bool {
	if pattern == "" {
		return true
	}
	withoutSlashes := strings.NewReplacer("/", "\x00")
	ok, err := path.Match(withoutSlashes.Replace(strings.ToLower(pattern)), withoutSlashes.Replace(strings.ToLower(text)))
	return err == nil && ok
}
