package recording

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cvconform/cvconform/internal/evidence"
)

// Compare holds a recording against what the reference did in the same situations:
// answers, messages and blobs of the same call at the same node. Ids, times, and
// what is the run's own are not compared, and no time that anything took. ignore
// takes away what is known: patterns of "CALL MEMBER", in which * stands for
// anything.
func Compare(recorded, reference *Tree, ignore ...string) *Drift {
	c := &comparison{recorded: recorded, reference: reference, drift: &Drift{Schema: DriftSchema, Recording: sideOf(recorded.Head), Reference: sideOf(reference.Head)}}
	c.outside()
	met := map[place]bool{}
	for _, s := range recorded.Stories {
		c.drift.Compared.Projects++
		for _, a := range slices.Concat(s.Chapters(), s.Sides) {
			at := place{a.Node, a.Key}
			met[at] = true
			if b := reference.like(a); b != nil {
				c.chapter(a, b)
			} else if recorded.reached(a) && reference.reached(a) {
				c.find(a, a.Call.Call, "the call", MissingMember, fmt.Sprint("answered ", a.Call.Status), "not made")
			}
		}
	}
	for _, s := range reference.Stories {
		for _, b := range s.Chapters() {
			if !met[place{b.Node, b.Key}] && recorded.reached(b) {
				c.find(b, b.Call.Call, "the call", AddedMember, "not made", fmt.Sprint("answered ", b.Call.Status))
			}
		}
	}
	c.drift.settle(ignore)
	return c.drift
}

// A comparison is one comparison on its way.
type comparison struct {
	recorded, reference *Tree
	drift               *Drift
}

// like is the chapter that is to be compared with another tree's: of the same
// situation where there is one.
func (t *Tree) like(a *Chapter) *Chapter {
	var best *Chapter
	for _, b := range t.chapters[place{a.Node, a.Key}] {
		if best == nil || b.Story.Of == a.Story.Of && b.Story.Label == a.Story.Label && !(best.Story.Of == a.Story.Of && best.Story.Label == a.Story.Label) {
			best = b
		}
	}
	return best
}

// reached says whether some project of the tree has come to the chapter's node.
func (t *Tree) reached(a *Chapter) bool {
	if a.Node == "" {
		return true
	}
	for _, s := range t.Stories {
		for _, c := range s.Trunk {
			if c.After() == a.Node {
				return true
			}
		}
	}
	return false
}

func (c *comparison) find(at *Chapter, call, member string, kind Kind, recorded, reference string) {
	first := "outside of projects"
	if at != nil {
		first = at.After()
	}
	c.drift.find(Finding{Call: call, Member: member, Kind: kind, Recorded: recorded, Reference: reference, First: first})
}

// outside compares the calls that belong to no project, the first of each kind.
func (c *comparison) outside() {
	compared := map[string]bool{}
	for _, x := range c.recorded.Outside {
		i := slices.IndexFunc(c.reference.Outside, func(y evidence.Exchange) bool { return y.Call == x.Call })
		if i < 0 || compared[x.Call] {
			continue
		}
		compared[x.Call] = true
		c.answers(nil, pairOf[evidence.Exchange]{x, c.reference.Outside[i]}, pairOf[*Mapping]{&Mapping{}, &Mapping{}})
	}
}

// A pairOf holds what is compared: of the recording, and of the reference.
type pairOf[T any] struct{ a, b T }

// chapter compares two chapters.
func (c *comparison) chapter(a, b *Chapter) {
	names := pairOf[*Mapping]{anonymous(c.recorded.Head, a), anonymous(c.reference.Head, b)}
	c.answers(a, pairOf[evidence.Exchange]{a.Call, b.Call}, names)
	c.looks(a, b, names)
	c.messages(a, b, names)
	c.blobs(a, b, names)
	c.order(a, b)
	c.links(a, b)
}

// answers compares two answers to a call.
func (c *comparison) answers(at *Chapter, x pairOf[evidence.Exchange], names pairOf[*Mapping]) {
	c.drift.Compared.Answers++
	call := x.a.Call
	if x.a.Status != x.b.Status {
		c.find(at, call, "status", OtherValue, outcome(x.a), outcome(x.b))
	}
	if a, b := mediaType(x.a), mediaType(x.b); a != b {
		c.find(at, call, "content type", OtherValue, a, b)
	}
	bodies := pairOf[string]{x.a.Body, x.b.Body}
	if call == "GetProjects" && at != nil {
		c.listed(at, bodies, names)
		return
	}
	c.documents(at, call, pairOf[string]{names.a.Apply(bodies.a), names.b.Apply(bodies.b)})
}

func outcome(x evidence.Exchange) string {
	if x.Status == 0 {
		return "no answer"
	}
	return fmt.Sprint(x.Status)
}

func mediaType(x evidence.Exchange) string {
	return strings.ToLower(strings.ReplaceAll(x.Header["Content-Type"], " ", ""))
}

// looks compares what was answered to the calls that changed nothing: one by one,
// and the status by what it says.
func (c *comparison) looks(a, b *Chapter, names pairOf[*Mapping]) {
	counted := map[string]int{}
	for _, x := range a.Looks {
		if a.shows(x) {
			continue
		}
		if y, there := nthLook(b, x.Call, counted[x.Call]); there {
			c.answers(a, pairOf[evidence.Exchange]{x, y}, names)
		}
		counted[x.Call]++
	}
	for _, over := range []bool{false, true} {
		x, seen := a.lookAt(over)
		y, there := b.lookAt(over)
		if seen && there {
			c.answers(a, pairOf[evidence.Exchange]{a.only(x), b.only(y)}, names)
		}
	}
	_, ended := a.lookAt(true)
	_, ends := b.lookAt(true)
	switch {
	case ended && !ends:
		c.find(a, a.Call.Call, "its end", MissingMember, "seen", "not seen")
	case ends && !ended:
		c.find(a, a.Call.Call, "its end", AddedMember, "not seen", "seen")
	}
}

// nthLook is the nth answer to a call that changes nothing, from 0.
func nthLook(c *Chapter, call string, n int) (evidence.Exchange, bool) {
	for _, x := range c.Looks {
		if x.Call != call {
			continue
		}
		if n--; n < 0 {
			return x, true
		}
	}
	return evidence.Exchange{}, false
}

// lookAt is the first look at the status while the work goes on, or once it is over.
func (c *Chapter) lookAt(over bool) (evidence.Exchange, bool) {
	for _, x := range c.Looks {
		if c.shows(x) && c.over(x) == over {
			return x, true
		}
	}
	return evidence.Exchange{}, false
}

// links compares what was behind the links of an export.
func (c *comparison) links(a, b *Chapter) {
	for _, x := range a.Links {
		for _, y := range b.Links {
			if x.Link == y.Link && (x.Status != y.Status || x.Via != y.Via) {
				c.find(a, a.Call.Call, x.Link+" followed", OtherValue, followed(x), followed(y))
			}
		}
	}
}

func followed(d evidence.Download) string {
	if d.Status == 0 {
		return d.Via + ": no answer"
	}
	return fmt.Sprintf("%s: %d", d.Via, d.Status)
}
