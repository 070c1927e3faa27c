package steps

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// diffReports lists where two JSON documents of one form say different things:
// the path of the member, what the first says, and what the second gives.
func diffReports(said, given []byte) ([]string, error) {
	var a, b any
	if err := json.Unmarshal(said, &a); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(given, &b); err != nil {
		return nil, err
	}
	return diffValue("", a, b), nil
}

func diffValue(at string, said, given any) []string {
	switch s := said.(type) {
	case map[string]any:
		if g, ok := given.(map[string]any); ok {
			return diffObject(at, s, g)
		}
	case []any:
		if g, ok := given.([]any); ok && len(s) == len(g) {
			var out []string
			for i := range s {
				out = append(out, diffValue(fmt.Sprintf("%s[%s]", at, nameOf(s[i], i)), s[i], g[i])...)
			}
			return out
		}
	case string:
		if g, ok := given.(string); ok && withoutStackTrace(s) == withoutStackTrace(g) {
			return nil
		}
	default:
		if said == given {
			return nil
		}
	}
	return []string{fmt.Sprintf("%s is %s, the evidence gives %s", at, truncate(said), truncate(given))}
}

func diffObject(at string, said, given map[string]any) []string {
	names := slices.AppendSeq(slices.Collect(maps.Keys(said)), maps.Keys(given))
	slices.Sort(names)
	var out []string
	for _, name := range slices.Compact(names) {
		out = append(out, diffValue(strings.TrimPrefix(at+"."+name, "."), said[name], given[name])...)
	}
	return out
}

// nameOf is what a reader knows an item of a list by.
func nameOf(item any, i int) string {
	object, _ := item.(map[string]any)
	for _, member := range []string{"id", "name", "key"} {
		if name, ok := object[member].(string); ok {
			return name
		}
	}
	return fmt.Sprint(i)
}

// withoutStackTrace is a text without the stack of a panic, which no two runs have alike.
func withoutStackTrace(text string) string {
	head, _, _ := strings.Cut(text, "\ngoroutine ")
	return head
}

// truncate is a value in one line that can be read.
func truncate(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	if r := []rune(string(text)); len(r) > 200 {
		return string(r[:200]) + "…"
	}
	return string(text)
}
