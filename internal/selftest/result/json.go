package result

import (
	_ "embed" // the schema is a file, so that other tools can read it too
	"encoding/json"
	"io"
)

//go:embed schema/selftest-v1.json
var schemaText string

// JSONSchema returns the JSON Schema (draft 2020-12) of what [WriteJSON] writes.
func JSONSchema() []byte { return []byte(schemaText) }

// WriteJSON writes the matrix as one JSON document of the schema
// cvconform/selftest/v1: indented by two spaces, members in the order of the
// model, lists never null, with a newline at the end. The error is that of w.
func WriteJSON(w io.Writer, m *Matrix) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(normalized(m))
}

// normalized is a copy of the matrix in which every list is there, empty where there
// is nothing.
func normalized(m *Matrix) *Matrix {
	out := *m
	out.Problems, out.Defects = list(m.Problems), list(m.Defects)
	out.Variations, out.Requirements = list(m.Variations), list(m.Requirements)
	s := &out.Run.Selection
	s.Defects, s.Only = list(s.Defects), list(s.Only)
	for i := range out.Defects {
		d := &out.Defects[i]
		d.Catches, d.Collateral, d.Unaffected = list(d.Catches), list(d.Collateral), list(d.Unaffected)
	}
	for i := range out.Variations {
		out.Variations[i].FlaggedBy = list(out.Variations[i].FlaggedBy)
	}
	for i := range out.Requirements {
		q := &out.Requirements[i]
		q.ProvenBy, q.Steps = list(q.ProvenBy), list(q.Steps)
		for n := range q.Steps {
			q.Steps[n].ProvenBy = list(q.Steps[n].ProvenBy)
		}
	}
	return &out
}

// list is a copy that is there even where nothing is in it.
func list[T any](in []T) []T { return append([]T{}, in...) }
