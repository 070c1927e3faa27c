package selftest

import (
	"errors"
	"path"
	"slices"
	"strings"

	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/engine"
	"github.com/cvconform/cvconform/internal/userr"
)

// listHint is the hint to a wrong selection of defects.
const listHint = "steps.Defects lists all defects, and the requirements that have to catch them"

// A Choice is the selection of defects that a self-test judges.
type Choice struct {
	Options
	Defects    []defect.Defect // in the order of the contract
	Variations []defect.Defect

	catalogue    *features.Catalogue
	requirements []features.Requirement
}

// Choose returns the requirements and defects that the options select. The error
// is a [*userr.UsageError].
func Choose(o Options) (*Choice, error) {
	catalogue, err := features.Load()
	if err != nil {
		return nil, err
	}
	c := &Choice{Options: o, catalogue: catalogue}
	chosen, _, err := engine.Select(catalogue, o.Only, nil)
	if err != nil {
		return nil, &userr.UsageError{Err: err, Hint: "features.Load lists all requirements"}
	}
	for _, q := range chosen {
		complete, _ := catalogue.Find(q.ID)
		c.requirements = append(c.requirements, complete)
	}
	return c, c.chooseDefects()
}

// chooseDefects chooses the defects that the options name and that a chosen
// requirement has to catch. Variations are about all requirements.
func (c *Choice) chooseDefects() error {
	wanted, err := defectMatcher(c.Names)
	if err != nil {
		return err
	}
	for _, d := range defect.All() {
		if wanted(d) && slices.ContainsFunc(d.Caught, func(k defect.Catch) bool { return c.selects(k.ID) }) {
			c.Defects = append(c.Defects, d)
		}
	}
	for _, v := range defect.Variations() {
		if wanted(v) && len(c.Only) == 0 {
			c.Variations = append(c.Variations, v)
		}
	}
	if len(c.Defects)+len(c.Variations) == 0 {
		return &userr.UsageError{
			Err:  errors.New("the selection is empty: none of the chosen requirements has to catch one of the chosen defects"),
			Hint: listHint,
		}
	}
	order := func(d defect.Defect) int { return c.contractIndex(c.firstRequirement(d)) }
	slices.SortStableFunc(c.Defects, func(a, b defect.Defect) int { return order(a) - order(b) })
	return nil
}

func (c *Choice) selects(id string) bool {
	return slices.ContainsFunc(c.requirements, func(q features.Requirement) bool { return q.ID == id })
}

// contractIndex returns the position of a requirement in the contract.
func (c *Choice) contractIndex(id string) int {
	return slices.IndexFunc(c.catalogue.Requirements, func(q features.Requirement) bool { return q.ID == id })
}

// firstRequirement returns the requirement that has to catch the defect and comes
// first in the contract.
func (c *Choice) firstRequirement(d defect.Defect) string {
	return slices.MinFunc(d.Caught, func(a, b defect.Catch) int {
		return c.contractIndex(a.ID) - c.contractIndex(b.ID)
	}).ID
}

// defectMatcher returns a function that reports whether a defect matches one of
// the names and globs. A pattern that matches no defect is an error.
func defectMatcher(patterns []string) (func(defect.Defect) bool, error) {
	matches := func(pattern string, d defect.Defect) bool {
		ok, err := path.Match(pattern, d.Name)
		return ok && err == nil
	}
	for _, p := range patterns {
		if _, err := path.Match(p, ""); err != nil {
			return nil, userr.Usagef("", "invalid glob %q: %w", p, err)
		}
		all := append(defect.All(), defect.Variations()...)
		if !slices.ContainsFunc(all, func(d defect.Defect) bool { return matches(p, d) }) {
			return nil, userr.Usagef(listHint, "%q matches no defect; the nearest: %s", p, strings.Join(defect.Nearest(p), ", "))
		}
	}
	return func(d defect.Defect) bool {
		return len(patterns) == 0 || slices.ContainsFunc(patterns, func(p string) bool { return matches(p, d) })
	}, nil
}
