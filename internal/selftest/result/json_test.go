package result_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/selftest/result"
	"github.com/cvconform/cvconform/internal/testkit/golden"
	"github.com/cvconform/cvconform/internal/testkit/schema"
	"github.com/cvconform/cvconform/steps/report"
)

func written(t *testing.T, m *result.Matrix) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, result.WriteJSON(&b, m))
	return b.String()
}

func TestWriteJSON(t *testing.T) {
	got := written(t, sample())
	golden.Equal(t, "matrix.golden.json", got)
	assert.NoError(t, schema.Validate(t, result.JSONSchema(), got))
}

func TestWriteJSONHasNoNull(t *testing.T) {
	m := sample()
	for i := range m.Defects {
		m.Defects[i].Unaffected = nil
	}
	for i := range m.Requirements {
		m.Requirements[i].Steps = nil
	}
	got := written(t, m)
	assert.NotContains(t, got, "null")
	assert.NoError(t, schema.Validate(t, result.JSONSchema(), got))
	assert.Nil(t, m.Requirements[0].Steps, "the matrix itself does not change")
	empty := &result.Matrix{Run: sample().Run}
	empty.ComputeVerdict()
	assert.NoError(t, schema.Validate(t, result.JSONSchema(), written(t, empty)))
}

func TestSchemaRefuses(t *testing.T) {
	for name, change := range map[string][2]string{
		"a new member":               {`"verdict": "not-proven"`, `"extra": 1, "verdict": "not-proven"`},
		"an unknown outcome":         {`"outcome": "missed"`, `"outcome": "lost"`},
		"an invalid name":            {`"name": "backup-zip"`, `"name": "Backup Zip"`},
		"an invalid id":              {`"requirement": "CVSI-TRAIN-07"`, `"requirement": "TRAIN-07"`},
		"a missing member":           {`"complete": true,`, ``},
		"another schema's name":      {`"cvconform/selftest/v1"`, `"cvconform/report/v1"`},
		"an instant without a zone":  {`"2026-03-01T09:30:00Z"`, `"1 March"`},
		"a variation that is caught": {`"outcome": "accepted"`, `"outcome": "caught"`},
	} {
		t.Run(name, func(t *testing.T) {
			good := written(t, sample())
			bad := strings.Replace(good, change[0], change[1], 1)
			require.NotEqual(t, good, bad)
			assert.Error(t, schema.Validate(t, result.JSONSchema(), bad))
		})
	}
}

// Every member of the model is in the schema, and required unless it may be
// left out; the schema has no other.
func TestSchemaHasTheMembersOfTheModel(t *testing.T) {
	doc := schema.Parse(t, result.JSONSchema())
	doc.CheckDescribes(t, "matrix", result.Matrix{})
	for name, v := range map[string]any{
		"run": result.Run{}, "suite": report.Suite{}, "storage": result.StorageInfo{},
		"selection": result.Selection{},
		"defect":    result.Defect{}, "catch": result.Catch{}, "result": result.Result{}, "variation": result.Variation{},
		"requirement": result.Requirement{}, "step": result.Step{}} {
		doc.Defs[name].CheckDescribes(t, name, v)
	}
	var counted []string
	for _, o := range result.Outcomes() {
		counted = append(counted, string(o))
	}
	assert.ElementsMatch(t, counted, doc.Defs["outcome"].Enum)
	assert.ElementsMatch(t, counted, doc.Properties["counts"].Required)
}
