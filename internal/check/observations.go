package check

import (
	"maps"
	"slices"
)

// observations maps a name to the set of its values.
type observations map[string]map[string]bool

func (o observations) add(name, value string) {
	if o[name] == nil {
		o[name] = map[string]bool{}
	}
	o[name][value] = true
}

func (o observations) sorted() map[string][]string {
	out := map[string][]string{}
	for name, values := range o {
		out[name] = slices.Sorted(maps.Keys(values))
	}
	return out
}
