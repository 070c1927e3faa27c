package engine

import (
	"fmt"
	"path"
	"sort"
	"strings"

	"github.com/agnivade/levenshtein"

	"github.com/cvconform/cvconform/features"
)

// A SelectionError is a selector that is malformed or matches nothing.
type SelectionError struct{ Message string }

// Error names the selector and the nearest ids.
func (e *SelectionError) Error() string { return e.Message }

// Select keeps the scenarios that match one of only (all, where it is empty)
// and none of skip. A selector is a requirement's id, a glob of ids, or a tag
// expression; one that matches nothing is an error.
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
			if (len(wanted) == 0 || anyOf(wanted, r.ID, s)) && !anyOf(unwanted, r.ID, s) {
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
		return nil, nil, &SelectionError{"the selection is empty: --skip takes away everything that --only leaves"}
	}
	return chosen, deselected, nil
}

// A matcher says whether a scenario of that requirement is meant.
type matcher func(id string, s features.Scenario) bool

func anyOf(all []matcher, id string, s features.Scenario) bool {
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
		if !matches(c, m) {
			return nil, &SelectionError{
				fmt.Sprintf("%q matches no requirement; the nearest: %s", text, strings.Join(nearest(c, text), ", ")),
			}
		}
		out = append(out, m)
	}
	return out, nil
}

func matches(c *features.Catalogue, m matcher) bool {
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
		holds, err := parseTags(text)
		if err != nil {
			return nil, &SelectionError{fmt.Sprintf("%q is no tag expression: %v", text, err)}
		}
		return func(_ string, s features.Scenario) bool { return holds(s.Tags) }, nil
	}
	if _, err := path.Match(text, ""); err != nil {
		return nil, &SelectionError{fmt.Sprintf("%q is no glob: %v", text, err)}
	}
	return func(id string, _ features.Scenario) bool {
		matched, err := path.Match(text, id)
		return err == nil && matched
	}, nil
}

// nearest lists the three ids (or, for a tag expression, all tags) that are
// closest to what was written.
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

// Nearest lists the ids that are closest to one that does not exist.
func Nearest(c *features.Catalogue, id string) []string { return nearest(c, id) }
