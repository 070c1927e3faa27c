package result_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/selftest/result"
	"github.com/cvconform/cvconform/internal/testkit/golden"
	"github.com/cvconform/cvconform/steps/report"
)

func TestJudgeCatch(t *testing.T) {
	reason := func(texts ...string) []report.Scenario {
		var out []report.Scenario
		for _, text := range texts {
			out = append(
				out,
				report.Scenario{
					Steps: []report.Step{{Text: "it holds"}, {Text: "the step", Summary: text, Want: "one", Got: "two", Diff: "-1"}},
				},
			)
		}
		return out
	}
	for name, c := range map[string]struct {
		level   string
		verdict report.Verdict
		reasons []report.Scenario
		why     string
		want    result.Outcome
	}{
		"a must":                     {"must", report.Failed, reason("gone"), "gone", result.Caught},
		"a should":                   {"should", report.Warned, reason("gone"), "gone", result.Caught},
		"a may":                      {"may", report.Observed, reason("gone"), "gone", result.Caught},
		"the second scenario":        {"must", report.Failed, reason("here", "gone"), "gone", result.Caught},
		"by the wanted value":        {"must", report.Failed, reason("gone"), "want: one", result.Caught},
		"by the found value":         {"must", report.Failed, reason("gone"), "got: two", result.Caught},
		"by the diff":                {"must", report.Failed, reason("gone"), "-1", result.Caught},
		"by the step":                {"must", report.Failed, reason("gone"), "the step\ngone", result.Caught},
		"another reason":             {"must", report.Failed, reason("here"), "gone", result.WrongReason},
		"passed":                     {"must", report.Passed, nil, "gone", result.Missed},
		"a may that holds":           {"may", report.Observed, nil, "gone", result.Missed},
		"inconclusive":               {"must", report.Inconclusive, reason("gone"), "gone", result.Missed},
		"a should that is a must":    {"should", report.Failed, reason("gone"), "gone", result.Missed},
		"a must that is a should":    {"must", report.Warned, reason("gone"), "gone", result.Missed},
		"the harness":                {"must", report.HarnessError, reason("gone"), "gone", result.HarnessError},
		"a run that was interrupted": {"must", report.NotRun, nil, "gone", result.NotRun},
	} {
		t.Run(name, func(t *testing.T) {
			got := result.JudgeCatch(
				c.why,
				report.Requirement{ID: "CVSI-TRAIN-01", Level: c.level, Verdict: c.verdict, Reason: "r", Scenarios: c.reasons},
			)
			assert.Equal(
				t,
				result.Catch{Requirement: "CVSI-TRAIN-01", ReasonContains: c.why, Outcome: c.want, Verdict: c.verdict, Reason: "r"},
				got,
			)
		})
	}
}

func TestHasNoObjection(t *testing.T) {
	objection := []report.Scenario{{Steps: []report.Step{{Summary: "gone"}}}}
	for verdict, want := range map[report.Verdict]bool{
		report.Passed: true, report.NotApplicable: true, report.Observed: true, report.Failed: false,
		report.Warned: false, report.Inconclusive: false, report.HarnessError: false, report.NotRun: false,
	} {
		assert.Equal(t, want, result.HasNoObjection(report.Requirement{Verdict: verdict}), verdict)
	}
	assert.False(t, result.HasNoObjection(report.Requirement{Verdict: report.Observed, Scenarios: objection}))
}

func TestWorst(t *testing.T) {
	of := func(outcomes ...result.Outcome) result.Outcome {
		var catches []result.Catch
		for _, o := range outcomes {
			catches = append(catches, result.Catch{Outcome: o})
		}
		return result.Worst(catches)
	}
	assert.Equal(t, result.Caught, of(result.Caught, result.Caught))
	assert.Equal(t, result.WrongReason, of(result.Caught, result.WrongReason))
	assert.Equal(t, result.Missed, of(result.WrongReason, result.Missed))
	assert.Equal(t, result.NotRun, of(result.Missed, result.NotRun))
	assert.Equal(t, result.HarnessError, of(result.NotRun, result.HarnessError))
}

func TestComputeVerdictListsEveryProblem(t *testing.T) {
	m := sample()
	assert.Equal(t, result.NotProven, m.Verdict)
	assert.Equal(t, []string{
		"training-mute is missed by CVSI-TRAIN-01",
		"backup-zip is caught by CVSI-BACKUP-01 for another reason",
		"backup-empty could not be judged: make a queue for the run: refused",
		"variation ids-in-capitals is flagged by CVSI-TRAIN-03",
		"variation images-one-by-one could not be judged: storage is gone",
		"no defect proves the step at features/training_notification.feature:75 of CVSI-TRAIN-07: " +
			"each training sent exactly one Training message",
		"no defect proves CVSI-BACKUP-01",
	}, m.Problems)
	assert.Equal(
		t,
		map[result.Outcome]int{
			result.Caught:       2,
			result.Missed:       1,
			result.WrongReason:  1,
			result.HarnessError: 1,
			result.NotRun:       1,
		},
		m.Counts,
	)
}

func TestComputeVerdict(t *testing.T) {
	m := proven()
	assert.Empty(t, m.Problems)
	assert.Equal(t, result.Proven, m.Verdict)
	m.Run.Selection.Only = []string{"CVSI-TRAIN-01"}
	m.ComputeVerdict()
	assert.Equal(t, result.Partial, m.Verdict, "a selection proves a part")
	m.Run.Complete = false
	m.ComputeVerdict()
	assert.Equal(t, result.Incomplete, m.Verdict, "an interrupted self-test proves nothing")
}

// A selection of defects does not have to prove every requirement.
func TestComputeVerdictOfSelectedDefects(t *testing.T) {
	m := sample()
	m.Defects, m.Variations, m.Run.Selection.Defects = m.Defects[:1], nil, []string{"no-*"}
	m.ComputeVerdict()
	assert.Empty(t, m.Problems)
	assert.Equal(t, result.Partial, m.Verdict)
	assert.NotContains(t, console(t, m, false), "CVSI-BACKUP-01")
}

func TestWriteConsole(t *testing.T) {
	for name, m := range map[string]*result.Matrix{"console": sample(), "console-proven": proven()} {
		golden.Equal(t, name+".golden.txt", console(t, m, false))
	}
	coloured := console(t, sample(), true)
	assert.Contains(t, coloured, "\x1b[31m✗ missed")
	assert.Contains(t, coloured, `<b>\x1b[31m & \xff</b>`, "text from a service must not control the terminal")
}

func TestWriteConsoleTruncatesTheCollateral(t *testing.T) {
	m := proven()
	for range 9 {
		m.Defects[0].Collateral = append(m.Defects[0].Collateral, result.Result{Requirement: "CVSI-EXPORT-01"})
	}
	assert.Contains(t, console(t, m, false), "collateral: TRAIN-07"+strings.Repeat(" EXPORT-01", 5)+" and 4 more\n")
}

func console(t *testing.T, m *result.Matrix, color bool) string {
	t.Helper()
	var b strings.Builder
	options := result.ConsoleOptions{Color: color, Rerun: "cvconform selftest --defect"}
	require.NoError(t, result.WriteConsole(&b, m, options))
	return b.String()
}

func TestWriteHTML(t *testing.T) {
	for name, m := range map[string]*result.Matrix{"page": sample(), "page-proven": proven()} {
		var b strings.Builder
		require.NoError(t, result.WriteHTML(&b, m))
		golden.Equal(t, name+".golden.html", b.String())
		for _, outside := range []string{"<script", "src=", "@import", "url(", "http:", "https:", "<link"} {
			assert.NotContains(t, b.String(), outside)
		}
	}
}

func TestRenderersReturnTheErrorOfTheWriter(t *testing.T) {
	assert.EqualError(t, result.WriteJSON(full{}, sample()), "disk full")
	assert.EqualError(t, result.WriteConsole(full{}, sample(), result.ConsoleOptions{}), "disk full")
	assert.EqualError(t, result.WriteHTML(full{}, sample()), "disk full")
}

// full is a writer whose disk is full.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }
