package recording

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/cvconform/cvconform/internal/evidence"
)

// A Histories is all recorded projects, merged: at each node the chapters that begin
// there, of whatever project.
type Histories struct {
	Head     Metadata
	Stories  []*History
	Outside  []evidence.Exchange
	chapters map[nodeCall][]*Transition
}

// A nodeCall is a call at a node.
type nodeCall struct{ node, key string }

// Histories merges the projects of a recording into a tree.
func (r *Recording) Histories() *Histories {
	t := &Histories{Head: r.Head, chapters: map[nodeCall][]*Transition{}}
	for _, s := range r.Situations {
		t.Stories = append(t.Stories, buildHistories(r.Head, s)...)
	}
	dedupeEffects(t.Stories)
	for _, s := range t.Stories {
		for _, c := range s.Chapters() {
			at := nodeCall{c.Node, c.Key}
			t.chapters[at] = append(t.chapters[at], c)
		}
		s.numberSides(t.chapters)
	}
	for _, e := range r.Unattributed {
		if e.Kind == evidence.KindExchange {
			t.Outside = append(t.Outside, *e.Exchange)
		}
	}
	return t
}

// Chapters lists the calls that decide over a project's course: those of its trunk,
// then its exports.
func (s *History) Chapters() []*Transition { return slices.Concat(s.Main, s.Exports) }

// numberSides puts tags and images into the tree: each call of a kind by its number
// at the node.
func (s *History) numberSides(chapters map[nodeCall][]*Transition) {
	numbers := map[nodeCall]int{}
	for _, c := range s.Uploads {
		at := nodeCall{c.Node, c.Key}
		numbers[at]++
		c.Key = NthKey(c.Key, numbers[at])
		at.key = c.Key
		chapters[at] = append(chapters[at], c)
	}
}

// NthKey is the key of the nth call of a kind at a node, from 1.
func NthKey(call string, n int) string { return fmt.Sprintf("%s %d", call, n) }

// dedupeEffects takes out effects that two situations saw: each belongs to the project that
// it names, else to the one in whose storage it was seen.
func dedupeEffects(stories []*History) {
	type identity struct{ service, resource, object, message, began string }
	of := func(e Effect) identity {
		return identity{string(e.Service), e.Resource, e.Object, e.MessageID, e.Began.String()}
	}
	owner := map[identity]*Transition{}
	for _, named := range []bool{true, false} {
		for _, s := range stories {
			for _, c := range s.Chapters() {
				for _, e := range c.Effects {
					if e.named == named && owner[of(e)] == nil {
						owner[of(e)] = c
					}
				}
			}
		}
	}
	for _, s := range stories {
		for _, c := range s.Chapters() {
			c.Effects = slices.DeleteFunc(c.Effects, func(e Effect) bool { return owner[of(e)] != c })
		}
	}
}

// Find chooses a chapter that begins with that call at that node. Of several it
// prefers the one of the same story, then of a project of the same name (rest is
// what of it is not the run's own), then of the same place among twins, then that
// of the longest story. Nothing means that the recording has none.
func (t *Histories) Find(node, key string, same *History, rest string) *Transition {
	var best *Transition
	for _, c := range t.chapters[nodeCall{node, key}] {
		if best == nil || compareCandidates(c, best, same, rest) > 0 {
			best = c
		}
	}
	return best
}

// Known lists the keys of calls at a node, in order.
func (t *Histories) Known(node string) []string {
	var keys []string
	for at := range t.chapters {
		if at.node == node {
			keys = append(keys, at.key)
		}
	}
	slices.Sort(keys)
	return keys
}

// Versions lists the versions of the API that were spoken.
func (t *Histories) Versions() []string {
	var out []string
	for _, s := range t.Stories {
		out = append(out, callOf(s.Main[0].Call).Version)
	}
	out = append(out, strings.ToLower(t.Head.Target.APIVersion))
	slices.Sort(out)
	return slices.Compact(out)
}

// compareCandidates orders two chapters by what Find prefers.
func compareCandidates(a, b *Transition, same *History, rest string) int {
	return cmp.Or(
		boolToInt(a.Story == same)-boolToInt(b.Story == same),
		boolToInt(a.Story.NameSuffix == rest)-boolToInt(b.Story.NameSuffix == rest),
		boolToInt(a.Story.Label == label(rest))-boolToInt(b.Story.Label == label(rest)),
		len(a.Story.Chapters())-len(b.Story.Chapters()))
}

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
