package defect

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// All returns the complete catalogue, without the [Variations], by capability.
func All() []Defect {
	return slices.Concat(createDefects(), updateDefects(), connectDefects(), trainDefects(),
		backupDefects(), exportDefects(), messageDefects(), accessDefects())
}

// Choose returns the defects and variations with these names, in the given order. The error is an [*UnknownError].
func Choose(names ...string) ([]Defect, error) {
	all := append(All(), Variations()...)
	var chosen []Defect
	for _, name := range names {
		i := slices.IndexFunc(all, func(d Defect) bool { return d.Name == name })
		if i < 0 {
			return nil, &UnknownError{Name: name}
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

// UnknownError reports a name that is not in the catalogue.
type UnknownError struct {
	Name string
}

// Error implements error. It suggests the most similar names.
func (e *UnknownError) Error() string {
	return fmt.Sprintf("unknown defect %q; the nearest: %s", e.Name, strings.Join(Nearest(e.Name), ", "))
}

// Nearest returns the three names of defects and variations that are most similar to name, the most similar first.
func Nearest(name string) []string {
	distance := func(d Defect) int { return levenshtein.ComputeDistance(d.Name, strings.ToLower(name)) }
	all := append(All(), Variations()...)
	slices.SortStableFunc(all, func(a, b Defect) int { return distance(a) - distance(b) })
	var names []string
	for _, d := range all[:3] {
		names = append(names, d.Name)
	}
	return names
}
