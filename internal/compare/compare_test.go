package compare_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/compare"
	"github.com/cvconform/cvconform/internal/testkit/golden"
	"github.com/cvconform/cvconform/internal/testkit/schema"
	"github.com/cvconform/cvconform/steps/report"
)

// verdicts is a report: verdict and reason by id.
type verdicts map[string][2]string

func reportOf(run string, ids []string, v verdicts) *report.Report {
	r := &report.Report{Verdict: report.NotConformant}
	r.Run.ID, r.Run.Target.Name = run, "exec:./service"
	r.Run.Started = time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	for _, id := range ids {
		now, found := v[id]
		if !found {
			continue
		}
		verdict, reason := report.Verdict(now[0]), now[1]
		r.Requirements = append(r.Requirements, report.Requirement{ID: id, Level: "must", Verdict: verdict, Reason: reason,
			Scenarios: []report.Scenario{{Name: "case", Verdict: verdict, Reason: reason}}})
	}
	return r
}

func sample() *compare.Comparison {
	ids := []string{"R-01", "R-02", "R-03", "R-04", "R-05", "R-06", "R-07", "R-08", "R-09", "R-10", "R-11"}
	older := reportOf("run-1", ids, verdicts{
		"R-01": {"passed", ""}, "R-02": {"inconclusive", "not seen"}, "R-03": {"failed", "no message"},
		"R-04": {"failed", "version 1"}, "R-05": {"passed", ""}, "R-06": {"failed", "same"}, "R-07": {"passed", ""},
		"R-09": {"failed", "gone"}, "R-10": {"warned", "a <b>"}, "R-11": {"passed", ""},
	})
	newer := reportOf("run-2", ids, verdicts{
		"R-01": {"failed", "no blob"}, "R-02": {"failed", "no blob"}, "R-03": {"passed", ""}, "R-04": {"failed", "version 2"},
		"R-05": {
			"inconclusive",
			"not seen",
		}, "R-06": {"failed", "same"}, "R-08": {"passed", ""}, "R-09": {"inconclusive", "not seen"},
		"R-10": {"failed", "a <b>"}, "R-11": {"not-applicable", "no queue"},
	})
	older.Run.Readings = map[string]string{"blob-name": "spaced", "guid-case": "any"}
	newer.Run.Readings = map[string]string{"blob-name": "tight", "guid-case": "any"}
	older.Run.Budgets, newer.Run.Budgets = map[string]string{"export": "20s"}, map[string]string{}
	older.Situations = []report.ActTree{{Latencies: map[string]float64{"export": 100, "training": 100, "absence": 250}}}
	newer.Situations = []report.ActTree{{Latencies: map[string]float64{"export": 250, "training": 190, "absence": 1000}}}
	return compare.Reports(older, newer)
}

func TestReports(t *testing.T) {
	c := sample()
	assert.True(t, c.IsRegression())
	var ids []string
	for _, change := range c.Regressions {
		for _, q := range change.Requirements {
			ids = append(ids, q.ID)
		}
	}
	assert.Equal(t, []string{"R-01", "R-02", "R-10"}, ids)
	assert.Equal(t, []string{"R-08"}, c.Added)
	assert.Equal(t, []string{"R-07"}, c.Removed)
	for name, write := range map[string]func(*bytes.Buffer) error{
		"diff.golden.txt":  func(b *bytes.Buffer) error { return c.WriteText(b) },
		"diff.golden.md":   func(b *bytes.Buffer) error { return c.WriteMarkdown(b) },
		"diff.golden.json": func(b *bytes.Buffer) error { return c.WriteJSON(b) },
	} {
		var b bytes.Buffer
		require.NoError(t, write(&b))
		golden.Equal(t, name, b.String())
	}
}

func TestReportsOfEqualRunsHaveNoDifference(t *testing.T) {
	r := reportOf("run-1", []string{"R-01"}, verdicts{"R-01": {"failed", "stored 1ms before"}})
	later := reportOf("run-2", []string{"R-01"}, verdicts{"R-01": {"failed", "stored 25ms before"}})
	c := compare.Reports(r, later)
	assert.False(t, c.IsRegression())
	var b bytes.Buffer
	require.NoError(t, c.WriteText(&b))
	assert.Contains(t, b.String(), "\nno difference\n")
}

func TestReportsOfDifferentFeatures(t *testing.T) {
	older, newer := reportOf("run-1", nil, nil), reportOf("run-2", nil, nil)
	newer.Run.Suite.FeaturesDigest = "1"
	var b bytes.Buffer
	require.NoError(t, compare.Reports(older, newer).WriteText(&b))
	assert.Contains(t, b.String(), "different features")
}

func TestSchemaDescribesTheComparison(t *testing.T) {
	doc := schema.Parse(t, compare.JSONSchema())
	doc.CheckDescribes(t, "comparison", compare.Comparison{})
	for name, v := range map[string]any{
		"run": compare.Run{}, "change": compare.Change{}, "requirement": compare.Requirement{}, "setting": compare.Setting{},
		"latency": compare.Latency{},
	} {
		doc.Defs[name].CheckDescribes(t, name, v)
	}
	var b bytes.Buffer
	require.NoError(t, sample().WriteJSON(&b))
	assert.NoError(t, schema.Validate(t, compare.JSONSchema(), b.String()))
}
