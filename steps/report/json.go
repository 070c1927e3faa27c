package report

import (
	"bytes"
	_ "embed" // the schema is a file of its own, so that other tools can read it
	"encoding/json"
	"fmt"
	"io"

	"github.com/cvconform/cvconform/internal/jsonfile"
)

//go:embed schema/report-v1.json
var schemaText string

// JSONSchema returns the JSON Schema (draft 2020-12) of the documents that [WriteJSON]
// writes.
func JSONSchema() []byte { return []byte(schemaText) }

// WriteJSON writes the report as a JSON document of the schema cvconform/report/v1. The
// document is indented by two spaces, its members are in the order of the model, its
// maps are sorted, its lists are never null, and it ends with a newline. Equal reports
// give equal bytes, also if one of them was read by [ReadJSON]. WriteJSON returns the
// error of w.
func WriteJSON(w io.Writer, r *Report) error {
	text, err := jsonfile.Encode(withAllCounts(r))
	if err == nil && bytes.Contains(text, []byte(`\ufffd`)) {
		// The encoder writes invalid UTF-8 as the escape \ufffd, but the character
		// U+FFFD that a reader gets from it literally. A second pass makes both alike.
		var decoded Report
		if err = json.Unmarshal(text, &decoded); err == nil {
			text, err = jsonfile.Encode(&decoded)
		}
	}
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

// ReadJSON decodes a report of the schema cvconform/report/v1. It returns an error if
// the document has another schema or an unknown member, or if other data follows it.
func ReadJSON(text []byte) (*Report, error) {
	var header struct{ Schema string }
	if err := json.Unmarshal(text, &header); err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	if header.Schema != Schema {
		return nil, fmt.Errorf("its schema is %q, not %q", header.Schema, Schema)
	}
	r := &Report{}
	if err := jsonfile.Decode(text, r); err != nil {
		return nil, err
	}
	return r, nil
}

// withAllCounts returns a copy of r that has the schema and an entry for every verdict.
func withAllCounts(r *Report) *Report {
	out := *r
	out.Schema = Schema
	out.Counts = map[Verdict]int{}
	for _, v := range Verdicts() {
		out.Counts[v] = r.Counts[v]
	}
	return &out
}
