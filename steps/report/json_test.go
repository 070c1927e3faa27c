package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/testkit/golden"
	"github.com/cvconform/cvconform/internal/testkit/schema"
	"github.com/cvconform/cvconform/steps/report"
)

func written(t *testing.T, r *report.Report) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, report.WriteJSON(&b, r))
	return b.String()
}

// validate checks a document against the published schema.
func validate(t *testing.T, document string) error {
	t.Helper()
	return schema.Validate(t, report.JSONSchema(), document)
}

func TestWriteJSON(t *testing.T) {
	got := written(t, sample())
	golden.Equal(t, "report.golden.json", got)
	assert.True(t, strings.HasSuffix(got, "}\n"))
	assert.NoError(t, validate(t, got))
}

func TestWriteJSONKeepsTheReport(t *testing.T) {
	var back report.Report
	require.NoError(t, json.Unmarshal([]byte(written(t, sample())), &back))
	assert.Equal(t, sample().Run.Budgets, back.Run.Budgets)
	assert.Equal(t, sample().Requirements[0], back.Requirements[0])
}

func TestWriteJSONOfAnEmptyReportHasNoNull(t *testing.T) {
	r := &report.Report{
		Verdict: report.Partial,
		Requirements: []report.Requirement{{ID: "CVSI-TRAIN-01", Level: "must", Line: 1,
			Verdict: report.Passed, Scenarios: []report.Scenario{{Line: 3, Verdict: report.Passed}}}},
		Situations: []report.ActTree{{}},
	}
	r.Run.Suite.FeaturesDigest, r.Run.Target.Kind = strings.Repeat("0", 64), "fake"
	r.Run.Profile, r.Run.Parallel = "backup", 1
	got := written(t, r)
	assert.NotContains(t, got, "null,")
	assert.NoError(t, validate(t, got))
	assert.Nil(t, r.Warnings, "the report itself does not change")
	r.Requirements, r.Situations = nil, nil
	assert.NoError(t, validate(t, written(t, r)))
}

func TestWriteJSONReturnsTheErrorOfTheWriter(t *testing.T) {
	assert.EqualError(t, report.WriteJSON(full{}, sample()), "disk full")
}

// full is a writer whose disk is full.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestSchemaRefuses(t *testing.T) {
	for name, change := range map[string][2]string{
		"a new member of the report":   {`"verdict": "invalid"`, `"extra": 1, "verdict": "invalid"`},
		"a new member of a step":       {`"text": "a project`, `"extra": 1, "text": "a project`},
		"a new member of an event":     {`"seq": 7`, `"extra": 1, "seq": 7`},
		"an unknown verdict":           {`"verdict": "warned"`, `"verdict": "fine"`},
		"a missing member":             {`"complete": true,`, ``},
		"a count that is not known":    {`"not-run": 1`, `"not-run": 1, "maybe": 0`},
		"an instant of another format": {`"2026-03-01T09:30:00Z"`, `"1 March"`},
	} {
		t.Run(name, func(t *testing.T) {
			good := written(t, sample())
			bad := strings.Replace(good, change[0], change[1], 1)
			require.NotEqual(t, good, bad)
			assert.Error(t, validate(t, bad))
		})
	}
}

// Every member of the model is in the schema, and required unless it may be
// left out; the schema has no other.
func TestSchemaHasTheMembersOfTheModel(t *testing.T) {
	doc := schema.Parse(t, report.JSONSchema())
	doc.CheckDescribes(t, "report", report.Report{})
	for name, v := range map[string]any{
		"run": report.Run{}, "suite": report.Suite{}, "target": report.Target{}, "storage": report.StorageInfo{},
		"selection": report.Selection{}, "group": report.Group{}, "member": report.Member{}, "requirement": report.Requirement{}, "scenario": report.Scenario{},
		"step": report.Step{}, "error": report.RunError{},
		"event": report.Event{}, "situation": report.ActTree{}, "controls": report.Controls{}, "created": report.Created{}} {
		doc.Defs[name].CheckDescribes(t, name, v)
	}
	var counted []string
	for _, v := range report.Verdicts() {
		counted = append(counted, string(v))
	}
	assert.ElementsMatch(t, counted, doc.Defs["verdict"].Enum)
	assert.ElementsMatch(t, counted, doc.Properties["counts"].Required)
}

func TestReadJSON(t *testing.T) {
	text := written(t, sample())
	r, err := report.ReadJSON([]byte(text))
	require.NoError(t, err)
	assert.Equal(t, text, written(t, r))
}

func TestReadJSONRefuses(t *testing.T) {
	good := written(t, sample())
	for want, text := range map[string]string{
		"not JSON":                           "{",
		"not JSON: invalid character":        good + "{}",
		`its schema is "", not`:              "{}",
		`its schema is "cvconform/report/v2`: strings.Replace(good, "cvconform/report/v1", "cvconform/report/v2", 1),
		`unknown field "extra"`:              strings.Replace(good, `"verdict"`, `"extra": 1, "verdict"`, 1),
		"cannot unmarshal":                   strings.Replace(good, `"verdict": "invalid"`, `"verdict": 1`, 1),
	} {
		_, err := report.ReadJSON([]byte(text))
		assert.ErrorContains(t, err, want)
	}
}
