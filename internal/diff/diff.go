// Package diff lists the differences between two JSON documents of the same form,
// such as two reports.
//
// It knows no schema. Stop extending it if a difference would need a meaning.
package diff

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cvconform/cvconform/internal/textfmt"
)

// JSON lists the members that differ: the path, the value in claimed, and the
// value in actual.
func JSON(claimed, actual []byte) ([]string, error) {
	var a, b any
	if err := json.Unmarshal(claimed, &a); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(actual, &b); err != nil {
		return nil, err
	}
	return diffValue("", a, b), nil
}

func diffValue(path string, claimed, actual any) []string {
	switch c := claimed.(type) {
	case map[string]any:
		if a, ok := actual.(map[string]any); ok {
			return diffObject(path, c, a)
		}
	case []any:
		if a, ok := actual.([]any); ok && len(c) == len(a) {
			var out []string
			for i := range c {
				out = append(out, diffValue(fmt.Sprintf("%s[%s]", path, itemName(c[i], i)), c[i], a[i])...)
			}
			return out
		}
	case string:
		if a, ok := actual.(string); ok && withoutStackTrace(c) == withoutStackTrace(a) {
			return nil
		}
	default:
		if claimed == actual {
			return nil
		}
	}
	return []string{fmt.Sprintf("%s is %s, the evidence gives %s", path, truncate(claimed), truncate(actual))}
}

func diffObject(path string, claimed, actual map[string]any) []string {
	names := slices.AppendSeq(slices.Collect(maps.Keys(claimed)), maps.Keys(actual))
	slices.Sort(names)
	var out []string
	for _, name := range slices.Compact(names) {
		out = append(out, diffValue(strings.TrimPrefix(path+"."+name, "."), claimed[name], actual[name])...)
	}
	return out
}

// itemName returns the id, name or key of an item of a list, or else its index.
func itemName(item any, i int) string {
	object, _ := item.(map[string]any)
	for _, member := range []string{"id", "name", "key"} {
		if name, ok := object[member].(string); ok {
			return name
		}
	}
	return fmt.Sprint(i)
}

// withoutStackTrace removes the goroutine trace of a panic, which differs between
// runs.
func withoutStackTrace(text string) string {
	head, _, _ := strings.Cut(text, "\ngoroutine ")
	return head
}

// maxValue is how many characters of a value are shown.
const maxValue = 200

// truncate returns a value as JSON of at most maxValue characters.
func truncate(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return textfmt.Truncate(string(text), maxValue)
}
