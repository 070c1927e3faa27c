package report

import (
	"bytes"
	_ "embed" // the schema is a file, so that other tools can read it too
	"encoding/json"
	"fmt"
	"io"
)

//go:embed schema/report-v1.json
var schemaText string

// JSONSchema returns the JSON Schema (draft 2020-12) of what [WriteJSON] writes.
func JSONSchema() []byte { return []byte(schemaText) }

// WriteJSON writes the report as one JSON document of the schema
// cvconform/report/v1: indented by two spaces, members in the order of the
// model, maps sorted, lists never null, with a newline at the end. Equal reports
// give equal bytes, one that [ReadJSON] read included. The error is that of w.
func WriteJSON(w io.Writer, r *Report) error {
	text, err := encode(normalized(r))
	if err == nil && bytes.Contains(text, []byte(`\ufffd`)) {
		// Bytes that are not UTF-8 read back as this character, which is written
		// otherwise once it is one.
		var back Report
		if err = json.Unmarshal(text, &back); err == nil {
			text, err = encode(&back)
		}
	}
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

func encode(r *Report) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	err := enc.Encode(r)
	return b.Bytes(), err
}

// ReadJSON reads a report of the schema cvconform/report/v1. The error says why it
// is none: another schema, an unknown member, something after it.
func ReadJSON(text []byte) (*Report, error) {
	var head struct{ Schema string }
	if err := json.Unmarshal(text, &head); err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	if head.Schema != Schema {
		return nil, fmt.Errorf("its schema is %q, not %q", head.Schema, Schema)
	}
	r := &Report{}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(r); err != nil {
		return nil, err
	}
	return r, nil
}

// normalized is a copy of the report in which every list and map is there, empty
// where nothing is known, and every verdict is counted.
func normalized(r *Report) *Report {
	out := *r
	out.Schema = Schema
	out.Counts = map[Verdict]int{}
	for _, v := range Verdicts() {
		out.Counts[v] = r.Counts[v]
	}
	out.Warnings = asList(r.Warnings)
	s := &out.Run.Selection
	s.Only, s.Skip, s.Deselected = asList(s.Only), asList(s.Skip), asList(s.Deselected)
	out.Run.Readings, out.Run.Observed, out.Run.Budgets = asMap(
		r.Run.Readings,
	), asMap(
		r.Run.Observed,
	), asMap(
		r.Run.Budgets,
	)
	out.Situations = append([]ActTree{}, r.Situations...)
	for i, p := range out.Situations {
		out.Situations[i].Latencies = asMap(p.Latencies)
	}
	out.Requirements = append([]Requirement{}, r.Requirements...)
	for i, q := range out.Requirements {
		out.Requirements[i].Scenarios = wholeScenarios(q.Scenarios)
	}
	return &out
}

func wholeScenarios(in []Scenario) []Scenario {
	out := append([]Scenario{}, in...)
	for i, s := range out {
		out[i].Steps = asList(s.Steps)
	}
	return out
}

func asList[T any](in []T) []T {
	if in == nil {
		return []T{}
	}
	return in
}

func asMap[V any](in map[string]V) map[string]V {
	if in == nil {
		return map[string]V{}
	}
	return in
}
