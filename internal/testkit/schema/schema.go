// Package schema validates documents against a JSON Schema and compares a schema with the Go type that it describes,
// for tests.
package schema

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Validate validates a document against a schema, including formats.
func Validate(t testing.TB, schema []byte, document string) error {
	t.Helper()
	source, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	require.NoError(t, err)
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	require.NoError(t, compiler.AddResource("schema.json", source))
	compiled, err := compiler.Compile("schema.json")
	require.NoError(t, err)
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(document))
	require.NoError(t, err)
	return compiled.Validate(value)
}

// Node contains the compared members of an object in a schema.
type Node struct {
	Additional json.RawMessage `json:"additionalProperties"`
	Required   []string        `json:"required"`
	Properties map[string]Node `json:"properties"`
	Enum       []string        `json:"enum"`
}

// Schema is the schema of an object, with the objects that it refers to.
type Schema struct {
	Node
	Defs map[string]Node `json:"$defs"`
}

// Parse parses a schema.
func Parse(t testing.TB, text []byte) (s Schema) {
	t.Helper()
	require.NoError(t, json.Unmarshal(text, &s))
	return s
}

// CheckDescribes checks that the schema has the same members as the JSON encoding of v's type, requires all of them
// except those with omitempty or omitzero, and allows no others.
func (n Node) CheckDescribes(t testing.TB, name string, v any) {
	t.Helper()
	var all, required []string
	for f := range reflect.TypeOf(v).Fields() {
		member, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		all = append(all, member)
		if options != "omitempty" && options != "omitzero" {
			required = append(required, member)
		}
	}
	assert.ElementsMatch(t, all, slices.Collect(maps.Keys(n.Properties)), name)
	assert.ElementsMatch(t, required, n.Required, name)
	assert.Equal(t, "false", string(n.Additional), name)
}
