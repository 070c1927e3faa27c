package recording

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/cvconform/cvconform/internal/textfmt"
)

// compareDocuments compares two JSON documents, member by member. Texts that are not JSON are compared as
// a whole.
func (c *comparison) compareDocuments(at *Transition, call string, texts pairOf[string]) {
	var a, b any
	errA, errB := json.Unmarshal([]byte(texts.a), &a), json.Unmarshal([]byte(texts.b), &b)
	switch {
	case errA == nil && errB == nil:
		c.compareValues(at, call, "", a, b)
	case errA != nil && errB != nil && normalizeText(texts.a) == normalizeText(texts.b):
	default:
		c.find(at, call, "body", OtherType, describeBody(texts.a, errA), describeBody(texts.b, errB))
	}
}

// describeBody returns a description of a body; err is the error of decoding it.
func describeBody(text string, err error) string {
	switch {
	case text == "":
		return "empty"
	case err != nil:
		return "not JSON: " + truncate(text)
	}
	return "JSON: " + truncate(text)
}

// compareValues compares two values at a path.
func (c *comparison) compareValues(at *Transition, call, path string, a, b any) {
	switch x := a.(type) {
	case map[string]any:
		if y, ok := b.(map[string]any); ok {
			c.compareObjects(at, call, path, x, y)
			return
		}
	case []any:
		if y, ok := b.([]any); ok {
			c.compareLists(at, call, path, x, y)
			return
		}
	}
	where := strings.TrimPrefix(path, ".")
	if where == "" {
		where = "body"
	}
	switch {
	case typeOf(a) != typeOf(b):
		c.find(at, call, where, OtherType, describeValue(a), describeValue(b))
	case isDurationMember(path):
	case describeValue(a) != describeValue(b):
		c.find(at, call, where, OtherValue, describeValue(a), describeValue(b))
	}
}

// isDurationMember reports whether the member is a duration, which may differ.
func isDurationMember(path string) bool { return strings.HasSuffix(path, ".trainingTimeInMinutes") }

// compareObjects compares two objects, member by member.
func (c *comparison) compareObjects(at *Transition, call, path string, a, b map[string]any) {
	missing, added := without(a, b), without(b, a)
	for _, name := range sortedKeys(a) {
		where := strings.TrimPrefix(path+"."+name, ".")
		other := slices.IndexFunc(added, func(s string) bool { return strings.EqualFold(s, name) })
		switch {
		case !slices.Contains(missing, name):
			c.compareValues(at, call, path+"."+name, a[name], b[name])
		case other >= 0:
			c.find(at, call, where, OtherSpelling, name, added[other])
			c.compareValues(at, call, path+"."+name, a[name], b[added[other]])
			added = slices.Delete(added, other, other+1)
		default:
			c.find(at, call, where, MissingMember, describeValue(a[name]), "absent")
		}
	}
	for _, name := range added {
		c.find(at, call, strings.TrimPrefix(path+"."+name, "."), AddedMember, "absent", describeValue(b[name]))
	}
}

// compareLists compares two lists: objects by their ids if both lists have some of them, other objects in
// order, and all other values as a whole.
func (c *comparison) compareLists(at *Transition, call, path string, a, b []any) {
	path += "[]"
	where := strings.TrimPrefix(path, ".")
	if x, y := byID(a), byID(b); x != nil && sharesMember(x, y) {
		c.compareByID(at, call, path, x, y)
		return
	}
	if !areObjects(a) || !areObjects(b) {
		if x, y := describeValue(a), describeValue(b); x != y {
			c.find(at, call, where, OtherValue, x, y)
		}
		return
	}
	if len(a) != len(b) {
		c.find(at, call, where, OtherCount, fmt.Sprint(len(a)), fmt.Sprint(len(b)))
	}
	for i := range min(len(a), len(b)) {
		c.compareValues(at, call, path, a[i], b[i])
	}
}

// compareByID compares the objects with the same id.
func (c *comparison) compareByID(at *Transition, call, path string, a, b map[string]any) {
	where := strings.TrimPrefix(path, ".")
	for _, id := range sortedKeys(a) {
		if b[id] == nil {
			c.find(at, call, where, MissingMember, describeValue(a[id]), "absent")
			continue
		}
		c.compareValues(at, call, path, a[id], b[id])
	}
	for _, id := range sortedKeys(b) {
		if a[id] == nil {
			c.find(at, call, where, AddedMember, "absent", describeValue(b[id]))
		}
	}
}

// byID returns a list of objects by their ids; nil if one has no id.
func byID(list []any) map[string]any {
	out := map[string]any{}
	for _, one := range list {
		object, _ := one.(map[string]any)
		id, ok := object["id"].(string)
		if !ok {
			return nil
		}
		out[id] = one
	}
	return out
}

func sharesMember(a, b map[string]any) bool {
	for id := range a {
		if b[id] != nil {
			return true
		}
	}
	return false
}

func areObjects(list []any) bool {
	for _, one := range list {
		if typeOf(one) != "object" {
			return false
		}
	}
	return true
}

func typeOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case map[string]any:
		return "object"
	case []any:
		return "array"
	}
	return reflect.TypeOf(v).String()
}

// describeValue returns a value in words, without the parts that differ between runs.
func describeValue(v any) string {
	switch x := v.(type) {
	case string:
		return truncate(quote(normalizeText(x)))
	case map[string]any:
		if name, ok := x["name"].(string); ok {
			return truncate("an object named " + quote(normalizeText(name)))
		}
		return "an object"
	}
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return truncate(normalizeText(string(text)))
}

func quote(s string) string { return `"` + s + `"` }

// truncate returns the beginning of a text that is too long for a line.
func truncate(s string) string { return textfmt.Truncate(s, maxShown) }

// maxShown is the length, in characters, of the longest text of a finding.
const maxShown = 160

// compareProjectLists compares the elements of a project in two lists of projects.
func (c *comparison) compareProjectLists(at *Transition, bodies pairOf[string], names pairOf[*Mapping]) {
	b := c.reference.counterpart(at)
	if b == nil {
		return
	}
	x := ProjectElement(bodies.a, at.History.ID, at.History.Main[0].Params.Name)
	y := ProjectElement(bodies.b, b.History.ID, b.History.Main[0].Params.Name)
	switch {
	case !isList(bodies.a) || !isList(bodies.b):
		c.compareDocuments(at, "GetProjects", pairOf[string]{withoutElements(bodies.a), withoutElements(bodies.b)})
	case x == nil && y == nil:
	case y == nil:
		c.find(at, "GetProjects", "[]", MissingMember, "the project", "absent")
	case x == nil:
		c.find(at, "GetProjects", "[]", AddedMember, "absent", "the project")
	default:
		c.compareDocuments(
			at,
			"GetProjects",
			pairOf[string]{"[" + names.a.Apply(string(x)) + "]", "[" + names.b.Apply(string(y)) + "]"},
		)
	}
}

func isList(body string) bool {
	var list []json.RawMessage
	return json.Unmarshal([]byte(body), &list) == nil
}

// withoutElements returns an empty list for a list, and any other body as it is.
func withoutElements(body string) string {
	if isList(body) {
		return "[]"
	}
	return body
}
