package steps

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/selftest"
	"github.com/cvconform/cvconform/internal/selftest/result"

	"github.com/cvconform/cvconform/steps/report"
)

// smallSelftest returns the configuration of a self-test of few defects, with the storage shared by all tests.
func smallSelftest(t *testing.T, only ...string) SelftestConfig {
	t.Helper()
	return SelftestConfig{Storage: "external", ConnectionString: shared.connection(t), Only: only, Parallel: 2}
}

func TestSelftestProvesARequirementAndEachOfItsSteps(t *testing.T) {
	t.Parallel()
	m, err := Selftest(t.Context(), smallSelftest(t, "CVSI-CREATE-04"))
	require.NoError(t, err)
	assert.Empty(t, m.Problems)
	assert.Equal(t, result.Partial, m.Verdict)
	assert.Equal(t, 3, m.Counts[result.Caught])
	require.Len(t, m.Requirements, 1)
	steps := map[string][]string{}
	for _, s := range m.Requirements[0].Steps {
		steps[s.Text] = s.ProvenBy
	}
	assert.Equal(t, map[string][]string{
		"the response is 200 with a project that has an id":            {"queue-alone-201"},
		"the response's settings show exactly the URIs of the request": {"queue-alone-hidden"},
	}, steps)
	assert.Equal(
		t,
		[]string{"queue-alone-refused", "queue-alone-201", "queue-alone-hidden"},
		m.Requirements[0].ProvenBy,
	)
}

// A self-test also judges the requirements that share the situations of the named ones, because that costs nothing.
func TestSelftestReportsCollateral(t *testing.T) {
	t.Parallel()
	c := smallSelftest(t)
	c.Defects = []string{"training-message-twice"}
	m, err := Selftest(t.Context(), c)
	require.NoError(t, err)
	assert.Equal(t, result.Partial, m.Verdict)
	assert.Empty(t, m.Defects[0].Collateral, "no other requirement depends on the second training")
	c.Defects = []string{"training-project"}
	m, err = Selftest(t.Context(), c)
	require.NoError(t, err)
	row := m.Defects[0]
	assert.Equal(t, result.Caught, row.Outcome)
	assert.Equal(t, []string{"CVSI-TRAIN-03"}, []string{row.Catches[0].Requirement})
	assert.Contains(t, row.Unaffected, "CVSI-TRAIN-01")
	assert.NotContains(t, row.Unaffected, "CVSI-TRAIN-03")
	assert.Equal(t, result.Named, m.Run.Judged)
}

func TestSelftestJudgesByAllRequirements(t *testing.T) {
	t.Parallel()
	c := smallSelftest(t)
	c.Defects, c.All = []string{"backup-zip"}, true
	m, err := Selftest(t.Context(), c)
	require.NoError(t, err)
	row := m.Defects[0]
	assert.Equal(t, result.All, m.Run.Judged)
	var others []string
	for _, r := range row.Collateral {
		others = append(others, r.Requirement)
		assert.Contains(t, []report.Verdict{report.Failed, report.Warned}, r.Verdict)
	}
	assert.Subset(t, others, []string{"CVSI-BACKUP-02", "CVSI-BACKUP-05", "CVSI-UPDATE-06"})
	all, err := features.Load()
	require.NoError(t, err)
	assert.Len(t, append(row.Unaffected, others...), len(all.Requirements)-1, "every requirement except the named one")
}

// A self-test reports defects that are missed or caught for another reason, and variations that are flagged.
func TestSelftestNamesMissedDefects(t *testing.T) {
	t.Parallel()
	missed, wrong := findDefect(t, "ids-in-capitals"), findDefect(t, "training-project")
	missed.Caught = []defect.Catch{{ID: "CVSI-TRAIN-03", ReasonContains: "anything"}}
	wrong.Caught = []defect.Catch{{ID: "CVSI-TRAIN-03", ReasonContains: "Content.iterationId ="}}
	flagged := findDefect(t, "training-status")
	m, err := selftestWith(
		t,
		smallSelftest(t, "CVSI-TRAIN-03"),
		[]defect.Defect{missed, wrong},
		[]defect.Defect{flagged},
	)
	require.NoError(t, err)
	assert.Equal(t, result.NotProven, m.Verdict)
	assert.Equal(
		t,
		[]result.Outcome{result.Missed, result.WrongReason},
		[]result.Outcome{m.Defects[0].Outcome, m.Defects[1].Outcome},
	)
	assert.Equal(t, []string{
		"ids-in-capitals is missed by CVSI-TRAIN-03",
		"training-project is caught by CVSI-TRAIN-03 for another reason",
		"variation training-status is flagged by CVSI-TRAIN-02",
		"variation training-status is flagged by CVSI-TRAIN-04",
		"variation training-status is flagged by CVSI-TRAIN-05",
		"no defect proves CVSI-TRAIN-03",
	}, m.Problems)
}

// selftestWith judges other defects and variations than the chosen ones.
func selftestWith(
	t *testing.T,
	c SelftestConfig,
	defects, variations []defect.Defect,
) (*Matrix, error) {
	t.Helper()
	s, err := c.settings()
	require.NoError(t, err)
	choice, err := selftest.Choose(c.options())
	require.NoError(t, err)
	choice.Defects, choice.Variations = defects, variations
	return selftest.Run(t.Context(), s, choice)
}

func findDefect(t *testing.T, name string) defect.Defect {
	t.Helper()
	d, err := defect.Choose(name)
	require.NoError(t, err)
	return d[0]
}

// A self-test names each step without which every defect would still be caught.
func TestSelftestNamesUnprovenSteps(t *testing.T) {
	t.Parallel()
	m, err := selftestWith(
		t,
		smallSelftest(t, "CVSI-CREATE-05"),
		[]defect.Defect{findDefect(t, "container-alone-shows-queue")},
		nil,
	)
	require.NoError(t, err)
	require.Len(t, m.Problems, 1)
	assert.Regexp(
		t,
		`^no defect proves the step at features/create_project\.feature:\d+ of CVSI-CREATE-05: the response is 200 with a project that has an id$`,
		m.Problems[0],
	)
}

func TestSelftestNeedsStorage(t *testing.T) {
	t.Parallel()
	c := smallSelftest(t, "CVSI-CREATE-01")
	c.ConnectionString = refusingStorage(t)
	m, err := Selftest(t.Context(), c)
	require.NoError(t, err)
	assert.Equal(t, len(m.Defects), m.Counts[result.HarnessError])
	assert.Contains(t, m.Defects[0].Error, "create a queue for the run")
	assert.Equal(t, result.NotProven, m.Verdict)
}

func TestInterruptedSelftestIsIncomplete(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(t.Context())
	c := smallSelftest(t, "CVSI-CREATE-01")
	c.Parallel, c.Progress = 1, func(p Progress) {
		if p.Done == 1 {
			interrupt()
		}
	}
	m, err := Selftest(ctx, c)
	require.NoError(t, err)
	assert.Equal(t, result.Incomplete, m.Verdict)
	assert.Equal(t, 1, m.Counts[result.Caught])
	assert.Equal(t, len(m.Defects)-1, m.Counts[result.NotRun])
	assert.Empty(t, m.Problems)
}

func TestSelftestRefusesInvalidOptions(t *testing.T) {
	for want, c := range map[string]SelftestConfig{
		`"no-bakup*" matches no defect; the nearest: no-backup, `: {Defects: []string{"no-bakup*"}},
		`invalid glob "["`:                      {Defects: []string{"["}},
		`"CVSI-NONE-01" matches no requirement`: {Only: []string{"CVSI-NONE-01"}},
		`the selection is empty`:                {Only: []string{"CVSI-TRAIN-01"}, Defects: []string{"no-backup"}},
		`parallel -1 is negative`:               {Parallel: -1},
		`unknown storage "floppy"`:              {Storage: "floppy"},
		`storage external needs its connection`: {Storage: "external"},
	} {
		m, err := Selftest(t.Context(), c)
		var usage *UsageError
		require.ErrorAs(t, err, &usage, want)
		assert.True(t, strings.HasPrefix(err.Error(), want), err.Error())
		assert.Nil(t, m)
	}
}

func TestDefectsAreInTheOrderOfTheContract(t *testing.T) {
	all, err := Defects(SelftestConfig{})
	require.NoError(t, err)
	assert.Len(t, all, len(defect.All())+len(defect.Variations()))
	assert.Equal(t, "create-201", all[0].Name)
	chosen, err := Defects(SelftestConfig{Only: []string{"CVSI-EXPORT-09"}})
	require.NoError(t, err)
	assert.Equal(t, []string{"export-message-twice", "first-export-only"}, []string{chosen[0].Name, chosen[1].Name})
	variations, err := Defects(SelftestConfig{Defects: []string{"absent-uris-*"}})
	require.NoError(t, err)
	assert.Len(t, variations, 2)
}
