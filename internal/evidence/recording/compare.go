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
func Compare(recorded, reference *Histories, ignore ...string) *Drift {
	c := &comparison{
		recorded:  recorded,
		reference: reference,
		drift:     &Drift{Schema: DriftSchema, Recording: sideOf(recorded.Head), Reference: sideOf(reference.Head)},
	}
	c.outside()
	met := map[nodeCall]bool{}
	for _, s := range recorded.Stories {
		c.drift.Compared.Projects++
		for _, a := range slices.Concat(s.Chapters(), s.Uploads) {
			at := nodeCall{a.Node, a.Key}
			met[at] = true
			if b := reference.counterpart(a); b != nil {
				c.transitions(a, b)
			} else if recorded.hasNode(a) && reference.hasNode(a) {
				c.find(a, a.Call.Call, "the call", MissingMember, fmt.Sprint("answered ", a.Call.Status), "not made")
			}
		}
	}
	for _, s := range reference.Stories {
		for _, b := range s.Chapters() {
			if !met[nodeCall{b.Node, b.Key}] && recorded.hasNode(b) {
				c.find(b, b.Call.Call, "the call", AddedMember, "not made", fmt.Sprint("answered ", b.Call.Status))
			}
		}
	}
	c.drift.applyIgnores(ignore)
	return c.drift
}

// A comparison is one comparison on its way.
type comparison struct {
	recorded, reference *Histories
	drift               *Drift
}

// counterpart is the chapter that is to be compared with another tree's: of the same
// situation where there is one.
func (t *Histories) counterpart(a *Transition) *Transition {
	var best *Transition
	for _, b := range t.chapters[nodeCall{a.Node, a.Key}] {
		if best == nil ||
			b.Story.SituationKey == a.Story.SituationKey && b.Story.Label == a.Story.Label &&
				!(best.Story.SituationKey == a.Story.SituationKey && best.Story.Label == a.Story.Label) {
			best = b
		}
	}
	return best
}

// hasNode says whether some project of the tree has come to the chapter's node.
func (t *Histories) hasNode(a *Transition) bool {
	if a.Node == "" {
		return true
	}
	for _, s := range t.Stories {
		for _, c := range s.Main {
			if c.After() == a.Node {
				return true
			}
		}
	}
	return false
}

func (c *comparison) find(at *Transition, call, member string, kind Kind, recorded, reference string) {
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

// transitions compares two chapters.
func (c *comparison) transitions(a, b *Transition) {
	names := pairOf[*Mapping]{normalizer(c.recorded.Head, a), normalizer(c.reference.Head, b)}
	c.answers(a, pairOf[evidence.Exchange]{a.Call, b.Call}, names)
	c.reads(a, b, names)
	c.messages(a, b, names)
	c.blobs(a, b, names)
	c.order(a, b)
	c.links(a, b)
}

// answers compares two answers to a call.
func (c *comparison) answers(at *Transition, x pairOf[evidence.Exchange], names pairOf[*Mapping]) {
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

// reads compares what was answered to the calls that changed nothing: one by one,
// and the status by what it says.
func (c *comparison) reads(a, b *Transition, names pairOf[*Mapping]) {
	counted := map[string]int{}
	for _, x := range a.Reads {
		if a.shows(x) {
			continue
		}
		if y, there := nthRead(b, x.Call, counted[x.Call]); there {
			c.answers(a, pairOf[evidence.Exchange]{x, y}, names)
		}
		counted[x.Call]++
	}
	for _, over := range []bool{false, true} {
		x, seen := a.readAt(over)
		y, there := b.readAt(over)
		if seen && there {
			c.answers(a, pairOf[evidence.Exchange]{a.only(x), b.only(y)}, names)
		}
	}
	_, ended := a.readAt(true)
	_, ends := b.readAt(true)
	switch {
	case ended && !ends:
		c.find(a, a.Call.Call, "its end", MissingMember, "seen", "not seen")
	case ends && !ended:
		c.find(a, a.Call.Call, "its end", AddedMember, "not seen", "seen")
	}
}

// nthRead is the nth answer to a call that changes nothing, from 0.
func nthRead(c *Transition, call string, n int) (evidence.Exchange, bool) {
	for _, x := range c.Reads {
		if x.Call != call {
			continue
		}
		if n--; n < 0 {
			return x, true
		}
	}
	return evidence.Exchange{}, false
}

// readAt is the first look at the status while the work goes on, or once it is over.
func (c *Transition) readAt(over bool) (evidence.Exchange, bool) {
	for _, x := range c.Reads {
		if c.shows(x) && c.over(x) == over {
			return x, true
		}
	}
	return evidence.Exchange{}, false
}

// links compares what was behind the links of an export.
func (c *comparison) links(a, b *Transition) {
	for _, x := range a.Links {
		for _, y := range b.Links {
			if x.Link == y.Link && (x.Status != y.Status || x.Via != y.Via) {
				c.find(a, a.Call.Call, x.Link+" followed", OtherValue, downloaded(x), downloaded(y))
			}
		}
	}
}

func downloaded(d evidence.Download) string {
	if d.Status == 0 {
		return d.Via + ": no answer"
	}
	return fmt.Sprintf("%s: %d", d.Via, d.Status)
}
