package recording

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cvconform/cvconform/internal/evidence"
)

// messages compares the messages of a chapter, by type. Where each side has some of
// one type that the other lacks, and as many, they are taken for the same messages.
func (c *comparison) messages(a, b *Transition, names pairOf[*Mapping]) {
	x, y := a.byType(), b.byType()
	gone, come := without(x, y), without(y, x)
	if len(gone) == 1 && len(come) == 1 && len(x[gone[0]]) == len(y[come[0]]) {
		x[come[0]] = x[gone[0]]
		delete(x, gone[0])
	}
	types := maps.Clone(x)
	maps.Copy(types, y)
	for _, kind := range sortedKeys(types) {
		call := kind + " message"
		if len(x[kind]) != len(y[kind]) {
			c.find(a, call, "number of messages", OtherCount, fmt.Sprint(len(x[kind])), fmt.Sprint(len(y[kind])))
		}
		for i := range min(len(x[kind]), len(y[kind])) {
			c.drift.Compared.Messages++
			c.message(a, call, pairOf[Effect]{x[kind][i], y[kind][i]}, names)
		}
	}
}

// byType is the chapter's messages by what they say of their type.
func (c *Transition) byType() map[string][]Effect {
	out := map[string][]Effect{}
	for _, e := range c.Effects {
		if e.Message() {
			kind := messageType(e.Text)
			out[kind] = append(out[kind], e)
		}
	}
	return out
}

func messageType(text string) string {
	var m struct{ Type string }
	if json.Unmarshal([]byte(text), &m) != nil || m.Type == "" {
		return "unrecognised"
	}
	for _, known := range []string{"ConnectionTest", "Training", "Export"} {
		if strings.EqualFold(m.Type, known) {
			return known
		}
	}
	return m.Type
}

func (c *comparison) message(at *Transition, call string, m pairOf[Effect], names pairOf[*Mapping]) {
	if m.a.Encoding != m.b.Encoding {
		c.find(at, call, "encoding", OtherValue, m.a.Encoding, m.b.Encoding)
	}
	if m.a.BOM != m.b.BOM {
		c.find(at, call, "byte-order mark", OtherValue, fmt.Sprint(m.a.BOM), fmt.Sprint(m.b.BOM))
	}
	if a, b := strings.Join(memberNames(m.a.Text), " "), strings.Join(memberNames(m.b.Text), " "); a != b &&
		sameMemberSet(a, b) {
		c.find(at, call, "order of members", OtherOrder, a, b)
	}
	c.documents(at, call, pairOf[string]{names.a.Apply(m.a.Text), names.b.Apply(m.b.Text)})
}

func sameMemberSet(a, b string) bool {
	x, y := strings.Fields(a), strings.Fields(b)
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}

// memberNames lists the members of a document and of the objects in it, as they stand.
func memberNames(text string) []string {
	dec := json.NewDecoder(strings.NewReader(text))
	var out []string
	key := true
	for {
		token, err := dec.Token()
		if err != nil {
			return out
		}
		switch t := token.(type) {
		case json.Delim:
			key = true
			continue
		case string:
			if key {
				out = append(out, t)
			}
		}
		key = !key
	}
}

// blobs compares the blobs of a chapter: the patterns of their names, and whether
// they were deleted again.
func (c *comparison) blobs(a, b *Transition, names pairOf[*Mapping]) {
	x, y := a.byName(names.a), b.byName(names.b)
	c.drift.Compared.Blobs += len(x)
	gone, come := without(x, y), without(y, x)
	if len(gone) == 1 && len(come) == 1 {
		c.find(a, "blob", "name", OtherValue, gone[0], come[0])
		gone, come = nil, nil
	}
	for _, name := range gone {
		c.find(a, "blob", "name", MissingMember, name, "absent")
	}
	for _, name := range come {
		if y[name] && c.recorded.Head.Storage.Visibility.CanMissBlobs() {
			continue
		}
		c.find(a, "blob", "name", AddedMember, "absent", name)
	}
	for _, name := range sortedKeys(x) {
		if deleted, there := y[name]; there && x[name] != deleted {
			c.find(a, "blob", "lasting", OtherValue, name+" "+lifetimeText(x[name]), name+" "+lifetimeText(deleted))
		}
	}
}

// without lists the keys of a that b lacks, in order.
func without[V any](a, b map[string]V) []string {
	return slices.DeleteFunc(sortedKeys(a), func(key string) bool { _, there := b[key]; return there })
}

// byName says of the blobs that were stored, by the patterns of their names,
// whether they were deleted.
func (c *Transition) byName(m *Mapping) map[string]bool {
	out := map[string]bool{}
	for _, e := range c.Effects {
		if e.Service == evidence.Blob && e.Object != "" {
			out[pattern(e.Object, m)] = e.Deletes()
		}
	}
	return out
}

func lifetimeText(deleted bool) string {
	if deleted {
		return "is deleted"
	}
	return "stays"
}

// order compares what came before what, where both sides know it for certain.
func (c *comparison) order(a, b *Transition) {
	for _, o := range []struct {
		what string
		of   func(*Transition, Effect) string
	}{{"beside the answer", (*Transition).besideAnswer}, {"beside the status", (*Transition).besideStatus}, {"beside the blob", (*Transition).besideBlob}} {
		x, y := a.byType(), b.byType()
		for _, kind := range sortedKeys(x) {
			if len(x[kind]) == 0 || len(y[kind]) == 0 {
				continue
			}
			if p, q := o.of(a, x[kind][0]), o.of(b, y[kind][0]); p != "" && q != "" && p != q {
				c.find(a, kind+" message", o.what, OtherOrder, p, q)
			}
		}
	}
}

// besideAnswer says whether a message was stored before the call was answered; ""
// where it was stored about then.
func (c *Transition) besideAnswer(m Effect) string {
	switch {
	case m.Inferred != "" && m.Ended.Before(c.Call.Ended):
		return "" // the answer may have been on its way
	case m.Ended.Before(c.Call.Ended):
		return "before the answer"
	case !m.Began.Before(c.Call.Ended):
		return "after the answer"
	}
	return ""
}

// besideStatus says whether a message was stored before the status was terminal; ""
// where nobody looked at the right moment.
func (c *Transition) besideStatus(m Effect) string {
	for _, x := range c.Reads {
		switch {
		case !c.shows(x):
		case c.over(x) && !m.Began.Before(x.Ended):
			return "after the terminal status"
		case !c.over(x) && !x.Began.Before(m.Ended):
			return "before the terminal status"
		}
	}
	return ""
}

// besideBlob says whether a message was stored before the last blob; "" where there
// is none, or they were stored at the same time.
func (c *Transition) besideBlob(m Effect) string {
	for _, e := range slices.Backward(c.Effects) {
		switch {
		case e.Service != evidence.Blob || e.Deletes():
			continue
		case !e.Ended.After(m.Began):
			return "after the blob"
		case !m.Ended.After(e.Began):
			return "before the blob"
		}
		return ""
	}
	return ""
}
