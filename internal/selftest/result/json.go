package result

import (
	_ "embed" // the schema is a file of its own, so that other tools can read it
	"io"

	"github.com/cvconform/cvconform/internal/jsonfile"
)

//go:embed schema/selftest-v1.json
var schemaText string

// JSONSchema returns the JSON Schema (draft 2020-12) of the documents that [WriteJSON]
// writes.
func JSONSchema() []byte { return []byte(schemaText) }

// WriteJSON writes the matrix as a JSON document of the schema cvconform/selftest/v1.
// The document is indented by two spaces, its members are in the order of the model,
// its lists are never null, and it ends with a newline. WriteJSON returns the error of w.
func WriteJSON(w io.Writer, m *Matrix) error { return jsonfile.Write(w, m) }
