package recording

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// documents compares two JSON documents, member by member. Of what is no JSON the
// text is compared.
func (c *comparison) documents(at *Transition, call string, texts pairOf[string]) {
	var a, b any
	wrongA, wrongB := json.Unmarshal([]byte(texts.a), &a), json.Unmarshal([]byte(texts.b), &b)
	switch {
	case wrongA == nil && wrongB == nil:
		c.values(at, call, "", a, b)
	case wrongA != nil && wrongB != nil && normalizeText(texts.a) == normalizeText(texts.b):
	default:
		c.find(at, call, "body", OtherType, kindOf(texts.a, wrongA), kindOf(texts.b, wrongB))
	}
}

func kindOf(text string, wrong error) string {
	switch {
	case text == "":
		return "empty"
	case wrong != nil:
		return "no JSON: " + short(text)
	}
	return "JSON: " + short(text)
}

// values compares two values at a path.
func (c *comparison) values(at *Transition, call, path string, a, b any) {
	switch x := a.(type) {
	case map[string]any:
		if y, ok := b.(map[string]any); ok {
			c.objects(at, call, path, x, y)
			return
		}
	case []any:
		if y, ok := b.([]any); ok {
			c.lists(at, call, path, x, y)
			return
		}
	}
	where := strings.TrimPrefix(path, ".")
	if where == "" {
		where = "body"
	}
	switch {
	case typeOf(a) != typeOf(b):
		c.find(at, call, where, OtherType, shown(a), shown(b))
	case isDurationMember(path):
	case shown(a) != shown(b):
		c.find(at, call, where, OtherValue, shown(a), shown(b))
	}
}

// isDurationMember says whether the member says how long something took, which is no drift.
func isDurationMember(path string) bool { return strings.HasSuffix(path, ".trainingTimeInMinutes") }

func (c *comparison) objects(at *Transition, call, path string, a, b map[string]any) {
	gone, come := without(a, b), without(b, a)
	for _, name := range sortedKeys(a) {
		where := strings.TrimPrefix(path+"."+name, ".")
		other := slices.IndexFunc(come, func(s string) bool { return strings.EqualFold(s, name) })
		switch {
		case !slices.Contains(gone, name):
			c.values(at, call, path+"."+name, a[name], b[name])
		case other >= 0:
			c.find(at, call, where, OtherSpelling, name, come[other])
			c.values(at, call, path+"."+name, a[name], b[come[other]])
			come = slices.Delete(come, other, other+1)
		default:
			c.find(at, call, where, MissingMember, shown(a[name]), "absent")
		}
	}
	for _, name := range come {
		c.find(at, call, strings.TrimPrefix(path+"."+name, "."), AddedMember, "absent", shown(b[name]))
	}
}

// lists compares lists: of objects with ids that both have, those of the same id;
// else one by one; lists of plain values as a whole.
func (c *comparison) lists(at *Transition, call, path string, a, b []any) {
	path += "[]"
	where := strings.TrimPrefix(path, ".")
	if known := byID(a); known != nil && sharesMember(known, byID(b)) {
		c.matched(at, call, path, known, byID(b))
		return
	}
	if !objects(a) || !objects(b) {
		if x, y := shown(a), shown(b); x != y {
			c.find(at, call, where, OtherValue, x, y)
		}
		return
	}
	if len(a) != len(b) {
		c.find(at, call, where, OtherCount, fmt.Sprint(len(a)), fmt.Sprint(len(b)))
	}
	for i := range min(len(a), len(b)) {
		c.values(at, call, path, a[i], b[i])
	}
}

func (c *comparison) matched(at *Transition, call, path string, a, b map[string]any) {
	where := strings.TrimPrefix(path, ".")
	for _, id := range sortedKeys(a) {
		if b[id] == nil {
			c.find(at, call, where, MissingMember, shown(a[id]), "absent")
			continue
		}
		c.values(at, call, path, a[id], b[id])
	}
	for _, id := range sortedKeys(b) {
		if a[id] == nil {
			c.find(at, call, where, AddedMember, "absent", shown(b[id]))
		}
	}
}

// byID is a list of objects by their ids; nil where one has none.
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

func objects(list []any) bool {
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

// shown is a value for a reader, without what no two runs have alike.
func shown(v any) string {
	switch x := v.(type) {
	case string:
		return short(quoted(normalizeText(x)))
	case map[string]any:
		if name, ok := x["name"].(string); ok {
			return short("an object named " + quoted(normalizeText(name)))
		}
		return "an object"
	}
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return short(normalizeText(string(text)))
}

func quoted(s string) string { return `"` + s + `"` }

// short is a text of a length that fits into a line.
func short(s string) string {
	if r := []rune(s); len(r) > 160 {
		return string(r[:160]) + "…"
	}
	return s
}

// listed compares what two lists of projects say of a project.
func (c *comparison) listed(at *Transition, bodies pairOf[string], names pairOf[*Mapping]) {
	b := c.reference.counterpart(at)
	if b == nil {
		return
	}
	x := ProjectElement(bodies.a, at.Story.ID, at.Story.Main[0].Params.Name)
	y := ProjectElement(bodies.b, b.Story.ID, b.Story.Main[0].Params.Name)
	switch {
	case !isList(bodies.a) || !isList(bodies.b):
		c.documents(at, "GetProjects", pairOf[string]{listedAs(bodies.a), listedAs(bodies.b)})
	case x == nil && y == nil:
	case y == nil:
		c.find(at, "GetProjects", "[]", MissingMember, "the project", "absent")
	case x == nil:
		c.find(at, "GetProjects", "[]", AddedMember, "absent", "the project")
	default:
		c.documents(
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

// listedAs is an empty list for one that is one, whatever is in it.
func listedAs(body string) string {
	if isList(body) {
		return "[]"
	}
	return body
}
