package filter

import (
	"fmt"
	"strings"
	"unicode"
)

// Parse parses an expression. A syntax error states the expected token and its position.
func Parse(text string) (Expression, error) {
	r := &reader{rest: strings.TrimPrefix(strings.TrimSpace(text), prefix)}
	e := Expression{alternatives: [][]comparison{nil}}
	for {
		c, err := r.comparison()
		if err != nil {
			return Expression{}, err
		}
		last := &e.alternatives[len(e.alternatives)-1]
		*last = append(*last, c)
		switch word := r.token(); {
		case word == "and":
		case word == "or":
			e.alternatives = append(e.alternatives, nil)
		case word == "" && r.rest == "":
			return e, nil
		default:
			return Expression{}, r.syntaxError("and, or or the end", word)
		}
	}
}

// reader consumes tokens and quoted values from the start of a text.
type reader struct{ rest string }

func (r *reader) comparison() (comparison, error) {
	key := r.token()
	if key == "" {
		return comparison{}, r.syntaxError("a key", key)
	}
	operator := r.token()
	if operator != "eq" && operator != "ne" {
		return comparison{}, r.syntaxError(fmt.Sprintf("eq or ne after the key %q", key), operator)
	}
	value, err := r.value()
	return comparison{key: key, value: value, negated: operator == "ne"}, err
}

// token consumes the text before the next space, quote or parenthesis. It returns "" if there is none.
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

// value consumes a quoted value and returns it without its quotes.
func (r *reader) value() (string, error) {
	r.rest = strings.TrimSpace(r.rest)
	rest, ok := strings.CutPrefix(r.rest, "'")
	if !ok {
		return "", r.syntaxError("a value in single quotes", "")
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

// syntaxError returns the error for a missing token. found is the token in its place, if it was already consumed.
func (r *reader) syntaxError(expected, found string) error {
	next := excerpt(strings.TrimSpace(found + r.rest))
	if next == "" {
		return fmt.Errorf("expected %s at the end", expected)
	}
	return fmt.Errorf("expected %s before %q", expected, next)
}

// excerpt shortens text for an error message.
func excerpt(text string) string {
	const limit = 40
	if runes := []rune(text); len(runes) > limit {
		return string(runes[:limit]) + "…"
	}
	return text
}
