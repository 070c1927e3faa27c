// Package filter reads the $filter expressions of the Custom Vision Training
// API, which choose images by their metadata, such as
//
//	metadata=key1 eq 'value1' and key2 ne 'value2'
//
// (parameter $filter of GetImages in the API description). The leading
// "metadata=" may be missing. "and" binds closer than "or"; a quote within a
// value is written twice. Both are as in OData, since the description is silent.
//
// It reads and judges text; it knows of no image and no HTTP. Stop extending it
// before it has grouping or functions: the description has neither.
package filter

import (
	"fmt"
	"strings"
)

// Expression is a condition on metadata. The zero value is none: it holds of
// everything.
type Expression struct {
	anyOf [][]comparison // one of these, and all that it has
}

type comparison struct {
	key, value string
	not        bool // ne
}

// Matches tells whether the expression holds of an image's metadata. A key that
// is not there equals nothing.
func (e Expression) Matches(metadata map[string]string) bool {
	for _, all := range e.anyOf {
		if matchesAll(all, metadata) {
			return true
		}
	}
	return len(e.anyOf) == 0
}

func matchesAll(all []comparison, metadata map[string]string) bool {
	for _, c := range all {
		value, ok := metadata[c.key]
		if equal := ok && value == c.value; equal == c.not {
			return false
		}
	}
	return true
}

// String writes the expression as [Parse] reads it; "" for none.
func (e Expression) String() string {
	alternatives := make([]string, len(e.anyOf))
	for i, all := range e.anyOf {
		terms := make([]string, len(all))
		for j, c := range all {
			terms[j] = c.String()
		}
		alternatives[i] = strings.Join(terms, " and ")
	}
	if len(alternatives) == 0 {
		return ""
	}
	return prefix + strings.Join(alternatives, " or ")
}

func (c comparison) String() string {
	operator := "eq"
	if c.not {
		operator = "ne"
	}
	return fmt.Sprintf("%s %s '%s'", c.key, operator, strings.ReplaceAll(c.value, "'", "''"))
}
