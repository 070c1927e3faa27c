package perform

import (
	"sync"

	"github.com/cvconform/cvconform/internal/check/effect"
	"github.com/cvconform/cvconform/internal/evidence"
)

// Shared is the state that the act trees of one run share. The zero value is ready. A nil pointer shares nothing.
type Shared struct {
	mu      sync.Mutex
	overdue map[string]bool // containers whose test blob did not come in time
	foreign map[string]bool // queues and containers of the service that were used
}

// addOverdue marks a container: its test blob may still come, whatever is performed then.
func (s *Shared) addOverdue(container string) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.overdue == nil {
		s.overdue = map[string]bool{}
	}
	s.overdue[container] = true
}

// isOverdue reports whether the operation stores a test blob that came too late.
func (s *Shared) isOverdue(op evidence.Operation) bool {
	if s == nil || !effect.HasTestFolder(op.Object) {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.overdue[op.Resource]
}

// isFirstUse reports whether the operation is the first write to a queue or container that the run did not create. The
// service keeps its own state there.
func (s *Shared) isFirstUse(op evidence.Operation) bool {
	if s == nil || !op.Writes() || !op.Succeeded() || isOfRun(op) {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := string(op.Service) + " " + op.Resource
	if s.foreign[key] {
		return false
	}
	if s.foreign == nil {
		s.foreign = map[string]bool{}
	}
	s.foreign[key] = true
	return true
}
