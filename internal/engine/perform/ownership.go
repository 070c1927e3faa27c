package perform

import (
	"slices"
	"strings"
	"sync"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/naming"
)

// ownership decides which storage operations belong to one act tree: those on its queues and containers, and those that
// mention the id of one of its projects. While the acts of an exclusive tree are performed, all other operations on the
// queues and containers of the run belong to it, too, except for those that another tree still waited for.
type ownership struct {
	shared *Shared

	mu         sync.Mutex
	exclusive  bool
	resources  []evidence.Resource
	projectIDs []string
	others     []evidence.Operation // writes that did not belong to the tree when they happened
}

// owns reports whether the operation belongs to the tree.
func (o *ownership) owns(op evidence.Operation) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	owned := o.exclusive && !o.shared.isOverdue(op) && isOfRun(op) || o.mentionsProject(op) ||
		slices.ContainsFunc(o.resources, func(r evidence.Resource) bool {
			return r.Service == op.Service && r.Name == op.Resource
		})
	if !owned && op.Writes() && op.Succeeded() {
		o.others = append(o.others, op)
	}
	return owned
}

// endExclusive ends the time in which all operations belong to the tree.
func (o *ownership) endExclusive() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.exclusive = false
}

// isOfRun reports whether a run created the queue or container of an operation.
func isOfRun(op evidence.Operation) bool {
	_, ofRun := naming.RunOfResource(op.Resource)
	return ofRun
}

// mentionsProject reports whether the operation mentions the id of a project of the tree. The caller holds o.mu.
func (o *ownership) mentionsProject(op evidence.Operation) bool {
	text, _, _ := evidence.Decode(op.Text)
	return slices.ContainsFunc(o.projectIDs, func(id string) bool {
		return strings.Contains(text, id) || strings.Contains(op.Object, id)
	})
}

func (o *ownership) addResource(r evidence.Resource) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.resources = append(o.resources, r)
}

// addProject adds the id of a project and returns the earlier writes by others that mention a project of the tree.
func (o *ownership) addProject(id string) []evidence.Operation {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.projectIDs = append(o.projectIDs, id)
	var found []evidence.Operation
	for _, op := range o.others {
		if o.mentionsProject(op) {
			found = append(found, op)
		}
	}
	return found
}

// all returns the queues and containers of the tree.
func (o *ownership) all() []evidence.Resource {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.resources)
}

func (o *ownership) resourceNames() []string {
	var names []string
	for _, r := range o.all() {
		names = append(names, r.Name)
	}
	return names
}
