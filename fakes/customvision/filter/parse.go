package filter

import (
	"fmt"
	"strings"
	"unicode"
)

// prefix is how the example in the API description begins.
const prefix = "metadata="

// Parse reads an expression. The error says what was expected, and where.
func Parse(text string) (Expression, error) {
	r := &reader{rest: strings.TrimPrefix(strings.TrimSpace(text), prefix)}
	e := Expression{anyOf: [][]comparison{nil}}
	for {
		c, err := r.comparison()
		if err != nil {
			return Expression{}, err
		}
		last := &e.anyOf[len(e.anyOf)-1]
		*last = append(*last, c)
		switch word := r.token(); {
		case word == "and":
		case word == "or":
			e.anyOf = append(e.anyOf, nil)
		case word == "" && r.rest == "":
			return e, nil
		default:
			return Expression{}, r.expected("and, or or the end", word)
		}
	}
}

// reader takes words and quoted values from the front of a text.
type reader struct{ rest string }

func (r *reader) comparison() (comparison, error) {
	key := r.token()
	if key == "" {
		return comparison{}, r.expected("a key", key)
	}
	operator := r.token()
	if operator != "eq" && operator != "ne" {
		return comparison{}, r.expected(fmt.Sprintf("eq or ne after the key %q", key), operator)
	}
	value, err := r.value()
	return comparison{key: key, value: value, not: operator == "ne"}, err
}

// token takes what stands before the next space, quote or parenthesis; "" if
// nothing does.
func (r *reader) token() string {
	r.rest = strings.TrimSpace(r.rest)
	end := strings.IndexFunc(r.rest, func(c rune) bool { return unicode.IsSpace(c) || strings.ContainsRune("'()", c) })
	if end < 0 {
		end = len(r.rest)
	}
	word := r.rest[:end]
	r.rest = r.rest[end:]
	return word
}

// value takes a quoted value, and gives it without its quotes.
func (r *reader) value() (string, error) {
	r.rest = strings.TrimSpace(r.rest)
	rest, ok := strings.CutPrefix(r.rest, "'")
	if !ok {
		return "", r.expected("a value in single quotes", "")
	}
	var value strings.Builder
	for {
		part, after, closed := strings.Cut(rest, "'")
		if !closed {
			return "", fmt.Errorf("the value %s has no closing quote", excerpt(r.rest))
		}
		value.WriteString(part)
		if rest, ok = strings.CutPrefix(after, "'"); !ok {
			r.rest = after
			return value.String(), nil
		}
		value.WriteByte('\'')
	}
}

// expected names what is missing, and what stands in its place: a word that was
// taken already, or what comes next.
func (r *reader) expected(what, word string) error {
	found := excerpt(strings.TrimSpace(word + r.rest))
	if found == "" {
		return fmt.Errorf("%s is expected at the end", what)
	}
	return fmt.Errorf("%s is expected before %q", what, found)
}

// excerpt keeps messages short, whatever was sent.
func excerpt(text string) string {
	const most = 40
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
