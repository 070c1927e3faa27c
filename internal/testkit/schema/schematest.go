// Package schema helps tests to hold a JSON Schema against the Go type that
// it describes, and documents against it. It is for tests of this module only.
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

// Validate holds a document against a schema, formats included; the error says
// what it breaks.
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

// A Node is what is compared of one object in a schema.
type Node struct {
	Additional json.RawMessage `json:"additionalProperties"`
	Required   []string        `json:"required"`
	Properties map[string]Node `json:"properties"`
	Enum       []string        `json:"enum"`
}

// A Schema is one object, and those that it refers to.
type Schema struct {
	Node
	Defs map[string]Node `json:"$defs"`
}

// Parse reads a schema.
func Parse(t testing.TB, text []byte) (s Schema) {
	t.Helper()
	require.NoError(t, json.Unmarshal(text, &s))
	return s
}

// CheckDescribes holds the members of an object against those of v's type: every one is
// there, no other is, and it is required unless it may be left out.
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
