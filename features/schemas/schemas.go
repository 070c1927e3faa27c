// Package schemas holds the JSON Schemas (draft 2020-12) of the queue messages. They are a part of the contract: the
// digest of package features covers them. This package does not validate anything.
package schemas

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
)

//go:embed *.json
var files embed.FS

// Names lists the messages that have a schema: "connection-test", "export" and "training".
func Names() []string {
	names, err := fs.Glob(files, "*.json")
	if err != nil {
		return nil // the pattern is constant
	}
	for i, n := range names {
		names[i] = strings.TrimSuffix(n, ".json")
	}
	return names
}

// Read returns the schema of the message of that name. The error lists the known names.
func Read(name string) ([]byte, error) {
	content, err := files.ReadFile(name + ".json")
	if err != nil {
		return nil, fmt.Errorf("unknown schema %q (use %s)", name, strings.Join(Names(), ", "))
	}
	return content, nil
}
