package engine

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseTags(t *testing.T) {
	for expression, want := range map[string]map[string]bool{ // tags of the scenario to the result
		"@a":                      {"a": true, "b": false, "": false},
		"not @a":                  {"a": false, "b": true},
		"@a and @b":               {"ab": true, "a": false, "b": false},
		"@a or @b":                {"a": true, "b": true, "c": false},
		"@a or @b and @c":         {"a": true, "b": false, "bc": true}, // and before or
		"(@a or @b) and @c":       {"a": false, "ac": true, "bc": true},
		"not @a and @b":           {"b": true, "ab": false, "": false}, // not before and
		"not (@a and @b)":         {"a": true, "ab": false},
		"not not @a":              {"a": true, "b": false},
		"@a and not(@b or @c)":    {"a": true, "ab": false, "ac": false},
		"@a and @b and @c":        {"abc": true, "ab": false},
		"@a or @b or @c":          {"c": true, "d": false},
		"((@a))":                  {"a": true},
		"@a and (@b or not @c)":   {"a": true, "ac": false, "abc": true},
		"@a and @b or @c and @d":  {"ab": true, "cd": true, "ad": false},
		"  @a\tand\n@b  ":         {"ab": true},
		"@a or not @b or @c":      {"b": false, "": true, "bc": true},
		"not @a or @b":            {"ab": true, "a": false},
		"@a and (@b and (@c))":    {"abc": true},
		"(@a and @b) or (not @c)": {"c": false, "": true, "abc": true},
	} {
		matches, err := parseTags(expression)
		require.NoError(t, err, expression)
		for letters, result := range want {
			var tags []string
			for _, l := range letters {
				tags = append(tags, "@"+string(l))
			}
			assert.Equal(t, result, matches(tags), "%s of %v", expression, tags)
		}
	}
}

func TestParseTagsErrors(t *testing.T) {
	for expression, want := range map[string]string{
		"":             "unexpected end",
		"@a and":       "unexpected end",
		"not":          "unexpected end",
		"@a @b":        `unexpected "@b"`,
		"(@a":          "missing closing parenthesis",
		"@a)":          `unexpected ")"`,
		"@a and or @b": `expected a tag, not "or"`,
		"@":            `expected a tag, not "@"`,
		"@a && @b":     `unexpected "&&"`,
		"a or @b":      `expected a tag, not "a"`,
		"()":           `expected a tag, not ")"`,
	} {
		_, err := parseTags(expression)
		assert.EqualError(t, err, want, expression)
	}
}
