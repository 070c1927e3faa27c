package engine

import (
	"fmt"
	"slices"
	"strings"
)

// parseTags parses a tag expression as Cucumber defines it: tags, and, or, not, parentheses. not binds strongest, or
// weakest. godog cannot be used: its tag filter does not implement these expressions.
func parseTags(text string) (func(tags []string) bool, error) {
	spaced := strings.NewReplacer("(", " ( ", ")", " ) ").Replace(text)
	p := &tagParser{tokens: strings.Fields(spaced)}
	matches, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.peek() != "" {
		return nil, fmt.Errorf("unexpected %q", p.peek())
	}
	return matches, nil
}

type tagPredicate = func(tags []string) bool

type tagParser struct{ tokens []string }

func (p *tagParser) peek() string {
	if len(p.tokens) == 0 {
		return ""
	}
	return p.tokens[0]
}

func (p *tagParser) next() string {
	t := p.peek()
	if t != "" {
		p.tokens = p.tokens[1:]
	}
	return t
}

func (p *tagParser) or() (tagPredicate, error) {
	left, err := p.and()
	for err == nil && p.peek() == "or" {
		p.next()
		var right tagPredicate
		a := left
		right, err = p.and()
		left = func(tags []string) bool { return a(tags) || right(tags) }
	}
	return left, err
}

func (p *tagParser) and() (tagPredicate, error) {
	left, err := p.not()
	for err == nil && p.peek() == "and" {
		p.next()
		var right tagPredicate
		a := left
		right, err = p.not()
		left = func(tags []string) bool { return a(tags) && right(tags) }
	}
	return left, err
}

func (p *tagParser) not() (tagPredicate, error) {
	switch t := p.next(); {
	case t == "not":
		inner, err := p.not()
		return func(tags []string) bool { return !inner(tags) }, err
	case t == "(":
		inner, err := p.or()
		if err == nil && p.next() != ")" {
			err = fmt.Errorf("missing closing parenthesis")
		}
		return inner, err
	case strings.HasPrefix(t, "@") && len(t) > 1:
		return func(tags []string) bool { return slices.Contains(tags, t) }, nil
	case t == "":
		return nil, fmt.Errorf("unexpected end")
	default:
		return nil, fmt.Errorf("expected a tag, not %q", t)
	}
}
