package seen

import (
	"fmt"
	"maps"
	"slices"
)

// MisspeltMember returns that an object has a member of another spelling in place of one that it lacks, such as
// `has "Type", must be "type"`, or "".
func MisspeltMember(object map[string]any, name string) string {
	if _, ok := object[name]; ok {
		return ""
	}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if compactName(key) == compactName(name) {
			return fmt.Sprintf("has %q, must be %q", key, name)
		}
	}
	return ""
}
