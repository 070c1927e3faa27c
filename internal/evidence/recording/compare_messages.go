package recording

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cvconform/cvconform/internal/evidence"
)

// compareMessages compares the messages of two transitions, by type. If each side has one type that the
// other lacks, with as many messages, they are taken for the same messages.
func (c *comparison) compareMessages(a, b *Transition, names pairOf[*Mapping]) {
	x, y := a.messagesByType(), b.messagesByType()
	missing, added := without(x, y), without(y, x)
	if len(missing) == 1 && len(added) == 1 && len(x[missing[0]]) == len(y[added[0]]) {
		x[added[0]] = x[missing[0]]
		delete(x, missing[0])
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
			c.compareMessage(a, call, pairOf[Effect]{x[kind][i], y[kind][i]}, names)
		}
	}
}

// messagesByType returns the messages of the transition by their type.
func (c *Transition) messagesByType() map[string][]Effect {
	out := map[string][]Effect{}
	for _, e := range c.Effects {
		if e.IsMessage() {
			kind := messageType(e.Text)
			out[kind] = append(out[kind], e)
		}
	}
	return out
}

// messageType returns the type of a message, in the spelling of the documentation if it is a known one.
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

// compareMessage compares two messages of one type.
func (c *comparison) compareMessage(at *Transition, call string, m pairOf[Effect], names pairOf[*Mapping]) {
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
	c.compareDocuments(at, call, pairOf[string]{names.a.Apply(m.a.Text), names.b.Apply(m.b.Text)})
}

// sameMemberSet reports whether two lists of names have the same names.
func sameMemberSet(a, b string) bool {
	x, y := strings.Fields(a), strings.Fields(b)
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}

// memberNames returns the names of the members of a document and of the objects in it, in their order.
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

// compareBlobs compares the blobs of two transitions: their names, and whether they were deleted.
func (c *comparison) compareBlobs(a, b *Transition, names pairOf[*Mapping]) {
	x, y := a.blobsByName(names.a), b.blobsByName(names.b)
	c.drift.Compared.Blobs += len(x)
	missing, added := without(x, y), without(y, x)
	if len(missing) == 1 && len(added) == 1 {
		c.find(a, "blob", "name", OtherValue, missing[0], added[0])
		missing, added = nil, nil
	}
	for _, name := range missing {
		c.find(a, "blob", "name", MissingMember, name, "absent")
	}
	for _, name := range added {
		if y[name] && c.recorded.Recording.Run.Visibility.CanMissBlobs() {
			continue
		}
		c.find(a, "blob", "name", AddedMember, "absent", name)
	}
	for _, name := range sortedKeys(x) {
		if deleted, ok := y[name]; ok && x[name] != deleted {
			c.find(a, "blob", "lifetime", OtherValue, name+" "+lifetimeText(x[name]), name+" "+lifetimeText(deleted))
		}
	}
}

// without returns the keys of a that b does not have, in order.
func without[V any](a, b map[string]V) []string {
	return slices.DeleteFunc(sortedKeys(a), func(key string) bool { _, ok := b[key]; return ok })
}

// blobsByName returns whether each blob was deleted, by its normalized name.
func (c *Transition) blobsByName(m *Mapping) map[string]bool {
	out := map[string]bool{}
	for _, e := range c.Effects {
		if e.Service == evidence.Blob && e.Object != "" {
			out[normalizeName(e.Object, m)] = e.IsDeletion()
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

// compareOrder compares the order of messages and other events, if it is known on both sides.
func (c *comparison) compareOrder(a, b *Transition) {
	for _, o := range []struct {
		member string
		of     func(*Transition, Effect) string
	}{
		{"order of message and response", (*Transition).orderWithResponse},
		{"order of message and status", (*Transition).orderWithStatus},
		{"order of message and blob", (*Transition).orderWithBlob},
	} {
		x, y := a.messagesByType(), b.messagesByType()
		for _, kind := range sortedKeys(x) {
			if len(x[kind]) == 0 || len(y[kind]) == 0 {
				continue
			}
			if p, q := o.of(a, x[kind][0]), o.of(b, y[kind][0]); p != "" && q != "" && p != q {
				c.find(a, kind+" message", o.member, OtherOrder, p, q)
			}
		}
	}
}

// orderWithResponse returns whether a message was stored before or after the response to the call; "" if
// that is not known.
func (c *Transition) orderWithResponse(m Effect) string {
	switch {
	case m.Inferred != "" && m.Ended.Before(c.Call.Ended):
		return "" // the response may have been on its way
	case m.Ended.Before(c.Call.Ended):
		return "before the response"
	case !m.Began.Before(c.Call.Ended):
		return "after the response"
	}
	return ""
}

// orderWithStatus returns whether a message was stored before or after the status was terminal; "" if no
// read of the status shows it.
func (c *Transition) orderWithStatus(m Effect) string {
	for _, x := range c.Reads {
		switch {
		case !c.readsStatus(x):
		case c.isFinished(x) && !m.Began.Before(x.Ended):
			return "after the terminal status"
		case !c.isFinished(x) && !x.Began.Before(m.Ended):
			return "before the terminal status"
		}
	}
	return ""
}

// orderWithBlob returns whether a message was stored before or after the last blob; "" if there is no blob
// or that is not known.
func (c *Transition) orderWithBlob(m Effect) string {
	for _, e := range slices.Backward(c.Effects) {
		switch {
		case e.Service != evidence.Blob || e.IsDeletion():
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
