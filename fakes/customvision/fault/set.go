package fault

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Call is what a fault is matched against.
type Call struct {
	At          At
	Operation   string
	ProjectID   string // "" where there is none
	ProjectName string // "" where it is not known
	Platform    string
}

// Status is a fault with what became of it.
type Status struct {
	// ID names the fault in its set: "1", "2" and so on.
	ID string `json:"id"`
	Fault
	// Fired is how often it has acted.
	Fired int `json:"fired"`
	// Left is how often it will act yet; -1 means until it is removed.
	Left int `json:"left"`
}

// Set holds faults in the order in which they were added. The zero value is
// empty and ready; it is safe for use by several goroutines.
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

// List returns all faults, the spent ones too.
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

// Remove removes one fault, and says whether it was there.
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

// HasActive says whether any fault there has times left, so that whoever has to look
// up what a [Call] is about need not where nothing can match it.
func (s *Set) HasActive(at At) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.faults, func(f *Status) bool { return f.At == at && f.Left != 0 })
}

// Take returns the fault that acts on a call, and counts it.
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

func (f Fault) matches(c Call) bool {
	return f.At == c.At && matchPattern(f.Operation, c.Operation) && matchPattern(f.Platform, c.Platform) &&
		(matchPattern(f.Project, c.ProjectID) || matchPattern(f.Project, c.ProjectName))
}

func matchPattern(pattern, text string) bool {
	if pattern == "" {
		return true
	}
	// A slash is a character like any other here, unlike in a path.
	flat := strings.NewReplacer("/", "\x00")
	ok, err := path.Match(flat.Replace(strings.ToLower(pattern)), flat.Replace(strings.ToLower(text)))
	return err == nil && ok
}
