package recording

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/cvconform/cvconform/internal/evidence"
)

// Histories is a tree of all recorded projects. Its nodes are named by the calls that led there; at
// each node are the transitions, of any project, that begin there.
type Histories struct {
	Recording   *Recording
	Projects    []*History
	Outside     []evidence.Exchange // calls that belong to no project
	transitions map[nodeCall][]*Transition
}

// A nodeCall is a call at a node.
type nodeCall struct{ node, key string }

// Histories returns the tree of the projects of the recording.
func (r *Recording) Histories() *Histories {
	t := &Histories{Recording: r, transitions: map[nodeCall][]*Transition{}}
	for _, s := range r.Situations {
		t.Projects = append(t.Projects, buildHistories(r.Provoked, s)...)
	}
	dedupeEffects(t.Projects)
	for _, h := range t.Projects {
		for _, c := range h.Transitions() {
			at := nodeCall{c.Node, c.Key}
			t.transitions[at] = append(t.transitions[at], c)
		}
		h.addUploads(t.transitions)
	}
	for _, e := range r.Unattributed {
		if e.Kind == evidence.KindExchange {
			t.Outside = append(t.Outside, *e.Exchange)
		}
	}
	return t
}

// Transitions returns the main transitions, then the exports.
func (h *History) Transitions() []*Transition { return slices.Concat(h.Main, h.Exports) }

// addUploads adds the calls that create tags and images. Each gets its number among the calls of its
// kind at the node.
func (h *History) addUploads(transitions map[nodeCall][]*Transition) {
	numbers := map[nodeCall]int{}
	for _, c := range h.Uploads {
		at := nodeCall{c.Node, c.Key}
		numbers[at]++
		c.Key = NthKey(c.Key, numbers[at])
		at.key = c.Key
		transitions[at] = append(transitions[at], c)
	}
}

// NthKey returns the key of the nth call of a kind at a node, from 1.
func NthKey(call string, n int) string { return fmt.Sprintf("%s %d", call, n) }

// dedupeEffects removes the duplicates of effects that several situations observed. An effect belongs
// to the project whose id it has, or else to the one in whose storage it was observed.
func dedupeEffects(projects []*History) {
	type identity struct{ service, resource, object, message, began string }
	of := func(e Effect) identity {
		return identity{string(e.Service), e.Resource, e.Object, e.MessageID, e.Began.String()}
	}
	owner := map[identity]*Transition{}
	for _, named := range []bool{true, false} {
		for _, h := range projects {
			for _, c := range h.Transitions() {
				for _, e := range c.Effects {
					if e.named == named && owner[of(e)] == nil {
						owner[of(e)] = c
					}
				}
			}
		}
	}
	for _, h := range projects {
		for _, c := range h.Transitions() {
			c.Effects = slices.DeleteFunc(c.Effects, func(e Effect) bool { return owner[of(e)] != c })
		}
	}
}

// A Preference selects one of several transitions with the same call at the same node.
type Preference struct {
	Project *History
	Domain  string // id, of a project that is created
	Suffix  string // of the project's name; see [NameSuffix]
}

// hasDomain reports whether the transition created a project with that domain.
func (c *Transition) hasDomain(id string) bool { return strings.EqualFold(c.Params.DomainID, id) }

// Find returns a transition with that call at that node; nil if there is none. Of several it prefers
// the one of the preferred project, then one with the domain, then of a project with the suffix, then
// with the same label, then of the project with the most transitions.
func (t *Histories) Find(node, key string, p Preference) *Transition {
	var best *Transition
	for _, c := range t.transitions[nodeCall{node, key}] {
		if best == nil || compareCandidates(c, best, p) > 0 {
			best = c
		}
	}
	return best
}

// Known returns the keys of the calls at a node, in order.
func (t *Histories) Known(node string) []string {
	var keys []string
	for at := range t.transitions {
		if at.node == node {
			keys = append(keys, at.key)
		}
	}
	slices.Sort(keys)
	return keys
}

// Versions returns the versions of the API that were used, in order.
func (t *Histories) Versions() []string {
	var out []string
	for _, h := range t.Projects {
		out = append(out, callOf(h.Main[0].Call).Version)
	}
	out = append(out, strings.ToLower(t.Recording.Run.Target.APIVersion))
	slices.Sort(out)
	return slices.Compact(out)
}

// compareCandidates compares two transitions by the preferences of Find.
func compareCandidates(a, b *Transition, p Preference) int {
	return cmp.Or(
		compareBool(a.History == p.Project, b.History == p.Project),
		compareBool(a.hasDomain(p.Domain), b.hasDomain(p.Domain)),
		compareBool(a.History.NameSuffix == p.Suffix, b.History.NameSuffix == p.Suffix),
		compareBool(a.History.Label == label(p.Suffix), b.History.Label == label(p.Suffix)),
		len(a.History.Transitions())-len(b.History.Transitions()))
}

// compareBool returns 1 if only a is true, -1 if only b is, else 0.
func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}
