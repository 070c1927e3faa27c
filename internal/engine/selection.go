package engine

import (
	"fmt"
	"path"
	"sort"
	"strings"

	"github.com/agnivade/levenshtein"

	"github.com/cvconform/cvconform/features"
)

// A SelectionError is the error of a selector that is malformed or matches nothing.
type SelectionError struct{ Message string }

// Error implements error.
func (e *SelectionError) Error() string { return e.Message }

// Select returns the scenarios that match one of only and none of skip, and the ids of the other requirements. An
// empty only matches all. A selector is a requirement's id, a glob of ids, or a tag expression. One that matches
// nothing is an error.
func Select(
	c *features.Catalogue,
	only, skip []string,
) (chosen []features.Requirement, deselected []string, err error) {
	wanted, err := matchers(c, only)
	if err != nil {
		return nil, nil, err
	}
	unwanted, err := matchers(c, skip)
	if err != nil {
		return nil, nil, err
	}
	for _, r := range c.Requirements {
		kept := r
		kept.Scenarios = nil
		for _, s := range r.Scenarios {
			if (len(wanted) == 0 || matchesAny(wanted, r.ID, s)) && !matchesAny(unwanted, r.ID, s) {
				kept.Scenarios = append(kept.Scenarios, s)
			}
		}
		switch {
		case len(kept.Scenarios) == 0:
			deselected = append(deselected, r.ID)
			continue
		case len(kept.Scenarios) < len(r.Scenarios):
			deselected = append(deselected, r.ID+" (in part)")
		}
		chosen = append(chosen, kept)
	}
	if len(chosen) == 0 {
		return nil, nil, &SelectionError{"the selection is empty: everything that was selected is also skipped"}
	}
	return chosen, deselected, nil
}

// A matcher reports whether a selector selects a scenario of that requirement.
type matcher func(id string, s features.Scenario) bool

func matchesAny(all []matcher, id string, s features.Scenario) bool {
	for _, m := range all {
		if m(id, s) {
			return true
		}
	}
	return false
}

func matchers(c *features.Catalogue, selectors []string) ([]matcher, error) {
	var out []matcher
	for _, text := range selectors {
		m, err := newMatcher(text)
		if err != nil {
			return nil, err
		}
		if !matchesAnything(c, m) {
			return nil, &SelectionError{
				fmt.Sprintf("%q matches no requirement; the nearest: %s", text, strings.Join(nearest(c, text), ", ")),
			}
		}
		out = append(out, m)
	}
	return out, nil
}

func matchesAnything(c *features.Catalogue, m matcher) bool {
	for _, r := range c.Requirements {
		for _, s := range r.Scenarios {
			if m(r.ID, s) {
				return true
			}
		}
	}
	return false
}

func newMatcher(text string) (matcher, error) {
	if strings.Contains(text, "@") {
		matches, err := parseTags(text)
		if err != nil {
			return nil, &SelectionError{fmt.Sprintf("%q is not a tag expression: %v", text, err)}
		}
		return func(_ string, s features.Scenario) bool { return matches(s.Tags) }, nil
	}
	if _, err := path.Match(text, ""); err != nil {
		return nil, &SelectionError{fmt.Sprintf("%q is not a glob: %v", text, err)}
	}
	return func(id string, _ features.Scenario) bool {
		matched, err := path.Match(text, id)
		return err == nil && matched
	}, nil
}

// nearest returns the three ids that are most similar to text. For a tag expression it returns tags.
func nearest(c *features.Catalogue, text string) []string {
	names := map[string]bool{}
	for _, r := range c.Requirements {
		if !strings.Contains(text, "@") {
			names[r.ID] = true
			continue
		}
		for _, s := range r.Scenarios {
			for _, t := range s.Tags {
				names[t] = true
			}
		}
	}
	var out []string
	for n := range names {
		out = append(out, n)
	}
	sort.Slice(out, func(i, j int) bool {
		a, b := distance(out[i], text), distance(out[j], text)
		return a < b || a == b && out[i] < out[j]
	})
	return out[:min(3, len(out))]
}

func distance(a, b string) int {
	return levenshtein.ComputeDistance(strings.ToUpper(a), strings.ToUpper(b))
}

// Nearest returns the three requirement ids that are most similar to an unknown one.
func Nearest(c *features.Catalogue, id string) []string { return nearest(c, id) }
