package recording

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/cvconform/cvconform/internal/evidence"
)

// A Tree is all recorded projects, merged: at each node the chapters that begin
// there, of whatever project.
type Tree struct {
	Head     Head
	Stories  []*Story
	Outside  []evidence.Exchange
	chapters map[place][]*Chapter
}

// A place is a call at a node.
type place struct{ node, key string }

// Merge merges the projects of a recording into a tree.
func (r *Recording) Merge() *Tree {
	t := &Tree{Head: r.Head, chapters: map[place][]*Chapter{}}
	for i, s := range r.Situations {
		told := stories(r.Head, s)
		for _, story := range told {
			story.Number = i + 1
		}
		t.Stories = append(t.Stories, told...)
	}
	once(t.Stories)
	for _, s := range t.Stories {
		for _, c := range s.Chapters() {
			at := place{c.Node, c.Key}
			t.chapters[at] = append(t.chapters[at], c)
		}
		s.numberSides(t.chapters)
	}
	for _, e := range r.Outside {
		if e.Kind == evidence.KindExchange {
			t.Outside = append(t.Outside, *e.Exchange)
		}
	}
	return t
}

// Chapters lists the calls that decide over a project's course: those of its trunk,
// then its exports.
func (s *Story) Chapters() []*Chapter { return slices.Concat(s.Trunk, s.Leaves) }

// numberSides puts tags and images into the tree: each call of a kind by its number
// at the node.
func (s *Story) numberSides(chapters map[place][]*Chapter) {
	numbers := map[place]int{}
	for _, c := range s.Sides {
		at := place{c.Node, c.Key}
		numbers[at]++
		c.Key = Nth(c.Key, numbers[at])
		at.key = c.Key
		chapters[at] = append(chapters[at], c)
	}
}

// Nth is the key of the nth call of a kind at a node, from 1.
func Nth(call string, n int) string { return fmt.Sprintf("%s %d", call, n) }

// once takes out effects that two situations saw: each belongs to the project that
// it names, else to the one in whose storage it was seen.
func once(stories []*Story) {
	type identity struct{ service, resource, object, message, began string }
	of := func(e Effect) identity {
		return identity{string(e.Service), e.Resource, e.Object, e.MessageID, e.Began.String()}
	}
	owner := map[identity]*Chapter{}
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
func (t *Tree) Find(node, key string, same *Story, rest string) *Chapter {
	var best *Chapter
	for _, c := range t.chapters[place{node, key}] {
		if best == nil || better(c, best, same, rest) > 0 {
			best = c
		}
	}
	return best
}

// Known lists the keys of calls at a node, in order.
func (t *Tree) Known(node string) []string {
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
func (t *Tree) Versions() []string {
	var out []string
	for _, s := range t.Stories {
		out = append(out, callOf(s.Trunk[0].Call).Version)
	}
	out = append(out, strings.ToLower(t.Head.Target.APIVersion))
	slices.Sort(out)
	return slices.Compact(out)
}

// better orders two chapters by what Find prefers.
func better(a, b *Chapter, same *Story, rest string) int {
	return cmp.Or(
		truth(a.Story == same)-truth(b.Story == same),
		truth(a.Story.Rest == rest)-truth(b.Story.Rest == rest),
		truth(a.Story.Label == label(rest))-truth(b.Story.Label == label(rest)),
		len(a.Story.Chapters())-len(b.Story.Chapters()))
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}
