// Package filter parses and evaluates the $filter expressions of the Custom
// Vision Training API, which select images by their metadata. An example is
//
//	metadata=key1 eq 'value1' and key2 ne 'value2'
//
// (parameter $filter of GetImages in the API description). The prefix
// "metadata=" is optional. The API description does not specify precedence and
// quoting, so the package follows OData: "and" binds more tightly than "or", and
// a quote inside a value is doubled.
//
// The package knows nothing about images or HTTP. Stop extending it before it
// has grouping or functions, because the description has neither.
package filter

import (
	"fmt"
	"strings"
)

// prefix is the optional start of an expression, as in the API description's example.
const prefix = "metadata="

// Expression is a condition on an image's metadata. The zero value matches every image.
type Expression struct {
	alternatives [][]comparison // matches if all comparisons of one alternative do
}

type comparison struct {
	key, value string
	negated    bool // ne
}

// Matches reports whether the metadata of an image fulfils the expression. A missing key equals no value.
func (e Expression) Matches(metadata map[string]string) bool {
	for _, all := range e.alternatives {
		if matchesEach(all, metadata) {
			return true
		}
	}
	return len(e.alternatives) == 0
}

func matchesEach(comparisons []comparison, metadata map[string]string) bool {
	for _, c := range comparisons {
		value, ok := metadata[c.key]
		if equal := ok && value == c.value; equal == c.negated {
			return false
		}
	}
	return true
}

// String returns the expression in the syntax that [Parse] reads, or "" for the zero value.
func (e Expression) String() string {
	parts := make([]string, len(e.alternatives))
	for i, all := range e.alternatives {
		terms := make([]string, len(all))
		for j, c := range all {
			terms[j] = c.String()
		}
		parts[i] = strings.Join(terms, " and ")
	}
	if len(parts) == 0 {
		return ""
	}
	return prefix + strings.Join(parts, " or ")
}

func (c comparison) String() string {
	operator := "eq"
	if c.negated {
		operator = "ne"
	}
	return fmt.Sprintf("%s %s '%s'", c.key, operator, strings.ReplaceAll(c.value, "'", "''"))
}
