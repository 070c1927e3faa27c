package recording

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cvconform/cvconform/internal/evidence"
)

// Compare returns the differences between a recording and a reference in the same situations: of the
// responses, messages and blobs of the same call at the same node. Ids, times, durations and other values
// that differ between runs are not compared. ignore has patterns of known differences: "CALL MEMBER", in
// which * matches any text.
func Compare(recorded, reference *Histories, ignore ...string) *Drift {
	c := &comparison{
		recorded:  recorded,
		reference: reference,
		drift: &Drift{
			Schema:    DriftSchema,
			Recording: sideOf(recorded.Recording.Run),
			Reference: sideOf(reference.Recording.Run),
		},
	}
	c.compareOutside()
	recordedCalls := map[nodeCall]bool{}
	for _, h := range recorded.Projects {
		c.drift.Compared.Projects++
		for _, a := range slices.Concat(h.Transitions(), h.Uploads) {
			recordedCalls[nodeCall{a.Node, a.Key}] = true
			if b := reference.counterpart(a); b != nil {
				c.compareTransitions(a, b)
			} else if recorded.hasNode(a) && reference.hasNode(a) {
				c.find(a, a.Call.Call, "the call", MissingMember, fmt.Sprint("response ", a.Call.Status), "not sent")
			}
		}
	}
	for _, h := range reference.Projects {
		for _, b := range h.Transitions() {
			if !recordedCalls[nodeCall{b.Node, b.Key}] && recorded.hasNode(b) {
				c.find(b, b.Call.Call, "the call", AddedMember, "not sent", fmt.Sprint("response ", b.Call.Status))
			}
		}
	}
	c.drift.applyIgnores(ignore)
	return c.drift
}

// A comparison builds one [Drift].
type comparison struct {
	recorded, reference *Histories
	drift               *Drift
}

// counterpart returns the transition to be compared with one of another tree, of the same situation if
// possible; nil if there is none.
func (t *Histories) counterpart(a *Transition) *Transition {
	var best *Transition
	for _, b := range t.transitions[nodeCall{a.Node, a.Key}] {
		if best == nil || b.isSamePlace(a) && !best.isSamePlace(a) {
			best = b
		}
	}
	return best
}

// isSamePlace reports whether two transitions are of the same situation, and the same project in it.
func (c *Transition) isSamePlace(other *Transition) bool {
	return c.History.SituationKey == other.History.SituationKey && c.History.Label == other.History.Label
}

// hasNode reports whether a project of the tree reached the node of the transition.
func (t *Histories) hasNode(a *Transition) bool {
	if a.Node == "" {
		return true
	}
	for _, h := range t.Projects {
		for _, c := range h.Main {
			if c.After() == a.Node {
				return true
			}
		}
	}
	return false
}

// find adds a finding; at is nil for a call that belongs to no project.
func (c *comparison) find(at *Transition, call, member string, kind Kind, recorded, reference string) {
	first := "outside of projects"
	if at != nil {
		first = at.After()
	}
	c.drift.find(Finding{Call: call, Member: member, Kind: kind, Recorded: recorded, Reference: reference, First: first})
}

// compareOutside compares the calls that belong to no project, the first of each kind.
func (c *comparison) compareOutside() {
	compared := map[string]bool{}
	for _, x := range c.recorded.Outside {
		i := slices.IndexFunc(c.reference.Outside, func(y evidence.Exchange) bool { return y.Call == x.Call })
		if i < 0 || compared[x.Call] {
			continue
		}
		compared[x.Call] = true
		c.compareResponses(
			nil,
			pairOf[evidence.Exchange]{x, c.reference.Outside[i]},
			pairOf[*Mapping]{&Mapping{}, &Mapping{}},
		)
	}
}

// A pairOf has a value of the recording and the one of the reference.
type pairOf[T any] struct{ a, b T }

func (c *comparison) compareTransitions(a, b *Transition) {
	names := pairOf[*Mapping]{normalizer(c.recorded.Recording.Run, a), normalizer(c.reference.Recording.Run, b)}
	c.compareResponses(a, pairOf[evidence.Exchange]{a.Call, b.Call}, names)
	c.compareReads(a, b, names)
	c.compareMessages(a, b, names)
	c.compareBlobs(a, b, names)
	c.compareOrder(a, b)
	c.compareLinks(a, b)
}

// compareResponses compares two responses to a call.
func (c *comparison) compareResponses(at *Transition, x pairOf[evidence.Exchange], names pairOf[*Mapping]) {
	c.drift.Compared.Responses++
	call := x.a.Call
	if x.a.Status != x.b.Status {
		c.find(at, call, "status", OtherValue, outcome(x.a), outcome(x.b))
	}
	if a, b := mediaType(x.a), mediaType(x.b); a != b {
		c.find(at, call, "content type", OtherValue, a, b)
	}
	bodies := pairOf[string]{x.a.Body, x.b.Body}
	if call == "GetProjects" && at != nil {
		c.compareProjectLists(at, bodies, names)
		return
	}
	c.compareDocuments(at, call, pairOf[string]{names.a.Apply(bodies.a), names.b.Apply(bodies.b)})
}

// outcome returns the status of a response, in words.
func outcome(x evidence.Exchange) string {
	if x.Status == 0 {
		return "no response"
	}
	return fmt.Sprint(x.Status)
}

func mediaType(x evidence.Exchange) string {
	return strings.ToLower(strings.ReplaceAll(x.Header["Content-Type"], " ", ""))
}

// compareReads compares the responses to calls that changed nothing: reads of the status by the status,
// all others in order.
func (c *comparison) compareReads(a, b *Transition, names pairOf[*Mapping]) {
	counted := map[string]int{}
	for _, x := range a.Reads {
		if a.readsStatus(x) {
			continue
		}
		if y, ok := nthRead(b, x.Call, counted[x.Call]); ok {
			c.compareResponses(a, pairOf[evidence.Exchange]{x, y}, names)
		}
		counted[x.Call]++
	}
	for _, finished := range []bool{false, true} {
		x, inRecording := a.firstStatus(finished)
		y, inReference := b.firstStatus(finished)
		if inRecording && inReference {
			c.compareResponses(a, pairOf[evidence.Exchange]{a.withoutOtherExports(x), b.withoutOtherExports(y)}, names)
		}
	}
	_, finishedInRecording := a.firstStatus(true)
	_, finishedInReference := b.firstStatus(true)
	switch {
	case finishedInRecording && !finishedInReference:
		c.find(a, a.Call.Call, "terminal status", MissingMember, "observed", "not observed")
	case finishedInReference && !finishedInRecording:
		c.find(a, a.Call.Call, "terminal status", AddedMember, "not observed", "observed")
	}
}

// nthRead returns the nth response to a call that changes nothing, from 0.
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

// firstStatus returns the first response with a terminal status, or with another status.
func (c *Transition) firstStatus(finished bool) (evidence.Exchange, bool) {
	for _, x := range c.Reads {
		if c.readsStatus(x) && c.isFinished(x) == finished {
			return x, true
		}
	}
	return evidence.Exchange{}, false
}

// compareLinks compares the responses to the downloads of an export.
func (c *comparison) compareLinks(a, b *Transition) {
	for _, x := range a.Links {
		for _, y := range b.Links {
			if x.Link == y.Link && (x.Status != y.Status || x.Via != y.Via) {
				c.find(a, a.Call.Call, x.Link+" followed", OtherValue, downloadOutcome(x), downloadOutcome(y))
			}
		}
	}
}

// downloadOutcome returns the status of a download, in words.
func downloadOutcome(d evidence.Download) string {
	if d.Status == 0 {
		return d.Via + ": no response"
	}
	return fmt.Sprintf("%s: %d", d.Via, d.Status)
}
