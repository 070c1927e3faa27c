package matrix_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/goldentest"
	"github.com/cvconform/cvconform/internal/matrix"
	"github.com/cvconform/cvconform/internal/report"
)

func TestJudge(t *testing.T) {
	reason := func(texts ...string) []report.Scenario {
		var out []report.Scenario
		for _, text := range texts {
			out = append(out, report.Scenario{Steps: []report.Step{{Text: "it holds"}, {Text: "the step", Summary: text, Want: "one", Got: "two", Diff: "-1"}}})
		}
		return out
	}
	for name, c := range map[string]struct {
		level   string
		verdict report.Verdict
		reasons []report.Scenario
		why     string
		want    matrix.Outcome
	}{
		"a must":                    {"must", report.Failed, reason("gone"), "gone", matrix.Caught},
		"a should":                  {"should", report.Warned, reason("gone"), "gone", matrix.Caught},
		"a may":                     {"may", report.Observed, reason("gone"), "gone", matrix.Caught},
		"the second scenario":       {"must", report.Failed, reason("here", "gone"), "gone", matrix.Caught},
		"by what was wanted":        {"must", report.Failed, reason("gone"), "want: one", matrix.Caught},
		"by what was there":         {"must", report.Failed, reason("gone"), "got: two", matrix.Caught},
		"by the diff":               {"must", report.Failed, reason("gone"), "-1", matrix.Caught},
		"by the step":               {"must", report.Failed, reason("gone"), "the step\ngone", matrix.Caught},
		"another reason":            {"must", report.Failed, reason("here"), "gone", matrix.WrongReason},
		"passed":                    {"must", report.Passed, nil, "gone", matrix.Missed},
		"a may that holds":          {"may", report.Observed, nil, "gone", matrix.Missed},
		"inconclusive":              {"must", report.Inconclusive, reason("gone"), "gone", matrix.Missed},
		"a should that is a must":   {"should", report.Failed, reason("gone"), "gone", matrix.Missed},
		"a must that is a should":   {"must", report.Warned, reason("gone"), "gone", matrix.Missed},
		"the harness":               {"must", report.HarnessError, reason("gone"), "gone", matrix.HarnessError},
		"a run that was broken off": {"must", report.NotRun, nil, "gone", matrix.NotRun},
	} {
		t.Run(name, func(t *testing.T) {
			got := matrix.JudgeCatch(c.why, report.Requirement{ID: "CVSI-TRAIN-01", Level: c.level, Verdict: c.verdict, Reason: "r", Scenarios: c.reasons})
			assert.Equal(t, matrix.Catch{Requirement: "CVSI-TRAIN-01", ReasonContains: c.why, Outcome: c.want, Verdict: c.verdict, Reason: "r"}, got)
		})
	}
}

func TestHolds(t *testing.T) {
	objection := []report.Scenario{{Steps: []report.Step{{Summary: "gone"}}}}
	for verdict, want := range map[report.Verdict]bool{report.Passed: true, report.NotApplicable: true, report.Observed: true,
		report.Failed: false, report.Warned: false, report.Inconclusive: false, report.HarnessError: false, report.NotRun: false} {
		assert.Equal(t, want, matrix.NoObjection(report.Requirement{Verdict: verdict}), verdict)
	}
	assert.False(t, matrix.NoObjection(report.Requirement{Verdict: report.Observed, Scenarios: objection}))
}

func TestWorst(t *testing.T) {
	of := func(outcomes ...matrix.Outcome) matrix.Outcome {
		var catches []matrix.Catch
		for _, o := range outcomes {
			catches = append(catches, matrix.Catch{Outcome: o})
		}
		return matrix.Worst(catches)
	}
	assert.Equal(t, matrix.Caught, of(matrix.Caught, matrix.Caught))
	assert.Equal(t, matrix.WrongReason, of(matrix.Caught, matrix.WrongReason))
	assert.Equal(t, matrix.Missed, of(matrix.WrongReason, matrix.Missed))
	assert.Equal(t, matrix.NotRun, of(matrix.Missed, matrix.NotRun))
	assert.Equal(t, matrix.HarnessError, of(matrix.NotRun, matrix.HarnessError))
}

func TestSettleNamesEveryProblem(t *testing.T) {
	m := sample()
	assert.Equal(t, matrix.NotProven, m.Verdict)
	assert.Equal(t, []string{
		"training-mute is missed by CVSI-TRAIN-01",
		"backup-zip is caught by CVSI-BACKUP-01 for another reason",
		"backup-empty could not be judged: make a queue for the run: refused",
		"liberty ids-in-capitals is blamed by CVSI-TRAIN-03",
		"liberty images-one-by-one could not be judged: storage is gone",
		"no defect proves the step at features/training_notification.feature:75 of CVSI-TRAIN-07: each training sent exactly one Training message",
		"no defect proves CVSI-BACKUP-01",
	}, m.Problems)
	assert.Equal(t, map[matrix.Outcome]int{matrix.Caught: 2, matrix.Missed: 1, matrix.WrongReason: 1, matrix.HarnessError: 1, matrix.NotRun: 1}, m.Counts)
}

func TestSettleProves(t *testing.T) {
	m := proven()
	assert.Empty(t, m.Problems)
	assert.Equal(t, matrix.Proven, m.Verdict)
	m.Run.Selection.Only = []string{"CVSI-TRAIN-01"}
	m.ComputeVerdict()
	assert.Equal(t, matrix.Partial, m.Verdict, "a part proves a part")
	m.Run.Complete = false
	m.ComputeVerdict()
	assert.Equal(t, matrix.Incomplete, m.Verdict, "an interrupted self-test proves nothing")
}

// Some of the defects prove some of the requirements.
func TestSettleAsksNoProofOfASelectionOfDefects(t *testing.T) {
	m := sample()
	m.Defects, m.Variations, m.Run.Selection.Defects = m.Defects[:1], nil, []string{"no-*"}
	m.ComputeVerdict()
	assert.Empty(t, m.Problems)
	assert.Equal(t, matrix.Partial, m.Verdict)
	assert.NotContains(t, console(t, m, false), "CVSI-BACKUP-01")
}

func TestWriteConsole(t *testing.T) {
	for name, m := range map[string]*matrix.Matrix{"console": sample(), "console-proven": proven()} {
		goldentest.Equal(t, name+".golden.txt", console(t, m, false))
	}
	coloured := console(t, sample(), true)
	assert.Contains(t, coloured, "\x1b[31m✗ missed")
	assert.Contains(t, coloured, `<b>\x1b[31m & \xff</b>`, "what a service says moves no terminal")
}

func TestWriteConsoleShortensTheCollateral(t *testing.T) {
	m := proven()
	for range 9 {
		m.Defects[0].Collateral = append(m.Defects[0].Collateral, matrix.Result{Requirement: "CVSI-EXPORT-01"})
	}
	assert.Contains(t, console(t, m, false), "collateral: TRAIN-07"+strings.Repeat(" EXPORT-01", 5)+" and 4 more\n")
}

func console(t *testing.T, m *matrix.Matrix, color bool) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, matrix.WriteConsole(&b, m, color))
	return b.String()
}

func TestWriteHTML(t *testing.T) {
	for name, m := range map[string]*matrix.Matrix{"page": sample(), "page-proven": proven()} {
		var b strings.Builder
		require.NoError(t, matrix.WriteHTML(&b, m))
		goldentest.Equal(t, name+".golden.html", b.String())
		for _, outside := range []string{"<script", "src=", "@import", "url(", "http:", "https:", "<link"} {
			assert.NotContains(t, b.String(), outside)
		}
	}
}

func TestWritersReportTheWritersError(t *testing.T) {
	assert.EqualError(t, matrix.WriteJSON(full{}, sample()), "disk full")
	assert.EqualError(t, matrix.WriteConsole(full{}, sample(), false), "disk full")
	assert.EqualError(t, matrix.WriteHTML(full{}, sample()), "disk full")
}

// full is a writer that takes nothing.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }
