package session

import (
	"testing"

	"github.com/cucumber/godog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/engine"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/reading"
	"github.com/cvconform/cvconform/steps/report"
)

// noDefinitions defines no steps.
func noDefinitions(situation.Integrations, []string) engine.StepDefinitions {
	return func(*godog.ScenarioContext, *engine.World) {}
}

func TestVisibilityIsWrittenToTheReportAndReadFromIt(t *testing.T) {
	readings, err := reading.Resolve(nil)
	require.NoError(t, err)
	for _, want := range []report.Visibility{
		{},
		{Observer: report.Gateway},
		{Observer: report.Poller},
		{Observer: report.Poller, DeletedBlobs: true, OverwrittenBlobs: true},
		{Observer: report.Poller, Versions: true},
	} {
		for profile, integrations := range Profiles() {
			rules := Rules{ProfileName: profile, Readings: readings, Budgets: budget.Local(), Visibility: want}
			var run report.Run
			rules.write(&run)
			got, err := ReadRules(run, noDefinitions)
			require.NoError(t, err)
			assert.Equal(t, want, got.Visibility)
			assert.Equal(t, integrations.Container, got.Engine(nil).HasContainers, profile)
		}
	}
}

func TestApplicableReturnsTheReason(t *testing.T) {
	none := Rules{ProfileName: "none"}
	for tag, want := range map[string]string{
		"notifications":             "profile none does not claim notifications",
		"backup":                    "profile none does not claim backups",
		"provoked-training-failure": "needs a project name prefix that makes a training fail (provoke training-failure)",
		"provoked-export-failure":   "needs a project name prefix that makes an export fail (provoke export-failure)",
		"must":                      "",
	} {
		assert.Equal(t, want, none.applicable(features.Scenario{Tags: []string{"@" + tag}}, situation.Situation{}))
	}
}

func TestSortPlatforms(t *testing.T) {
	assert.Equal(t, PlatformOrder(), SortPlatforms(nil), "if the platforms are not known, all are used")
	assert.Equal(t, []string{"CoreML", "ONNX"}, SortPlatforms([]string{"ONNX", "Unheard", "CoreML"}))
	assert.Empty(t, SortPlatforms([]string{"Unheard"}))
}
