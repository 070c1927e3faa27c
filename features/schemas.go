package features

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// SchemaNames lists the queue messages that have a JSON Schema:
// "connection-test", "export", "training".
func SchemaNames() []string {
	names, err := fs.Glob(files, "schemas/*.json")
	if err != nil {
		return nil // the pattern is constant
	}
	for i, n := range names {
		names[i] = strings.TrimSuffix(path.Base(n), ".json")
	}
	return names
}

// Schema returns the JSON Schema (draft 2020-12) of a queue message by its
// name; an unknown name is an error that lists the known ones.
func Schema(name string) ([]byte, error) {
	content, err := files.ReadFile("schemas/" + name + ".json")
	if err != nil {
		return nil, fmt.Errorf("no schema %q: there are %s", name, strings.Join(SchemaNames(), ", "))
	}
	return content, nil
}
