package steps

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/engine"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/steps/report"
)

// A declared scenario, with the situation that its steps built.
type declared struct {
	features.Scenario
	situation situation.Situation
}

// declare has all scenarios declared by the definitions of a profile, and
// performs nothing. godog runs strictly: a step that no definition matches, and
// one that two match, breaks its scenario.
func declare(t *testing.T, profile situation.Integrations) ([]declared, engine.Outcome) {
	t.Helper()
	c, err := features.Load()
	require.NoError(t, err)
	var all []declared
	run := &engine.Run{Requirements: c.Requirements, Define: definitions(profile, platformOrder()), Parallel: 1,
		Applicable: func(s features.Scenario, done situation.Situation) string {
			all = append(all, declared{s, done})
			return "only declared"
		},
		Perform: func(context.Context, *situation.ActTree, int) (*evidence.Timeline, error) {
			panic("nothing applies, so nothing is performed")
		}}
	out, err := run.Execute(t.Context())
	require.NoError(t, err)
	return all, out
}

func TestEveryStepHasExactlyOneDefinition(t *testing.T) {
	for name, profile := range profiles() {
		all, out := declare(t, profile)
		for _, q := range out.Requirements {
			for _, s := range q.Scenarios {
				assert.Equal(t, report.NotApplicable, s.Verdict, "%s: %s:%d: %s", name, q.Feature, s.Line, s.Reason)
			}
		}
		assert.NotEmpty(t, all)
	}
}

func TestEveryScenarioBeginsWithACreate(t *testing.T) {
	all, _ := declare(t, bothIntegrations)
	for _, d := range all {
		require.NotEmpty(t, d.situation.Acts, "%s:%d", d.Feature, d.Line)
		assert.Equal(t, situation.Create, d.situation.Acts[0].Verb, "%s:%d", d.Feature, d.Line)
		for _, a := range d.situation.Acts[1:] {
			assert.NotEqual(t, situation.Create, a.Verb, "%s:%d", d.Feature, d.Line)
		}
	}
}

// A scenario that needs an integration says so by a tag, so that a profile
// without it leaves the scenario out: what the others do is within the claim.
func TestScenariosOutsideAProfileAreTagged(t *testing.T) {
	for name, profile := range profiles() {
		r := ruleset{profileName: name, profile: profile, provoked: []string{target.TrainingFailure, target.ExportFailure}}
		all, _ := declare(t, profile)
		for _, d := range all {
			if r.applicable(d.Scenario, d.situation) != "" {
				continue
			}
			for _, a := range d.situation.Acts {
				assert.False(t, a.Storage.Queue && !profile.Queue, "profile %s: %s:%d gives a queue", name, d.Feature, d.Line)
				assert.False(
					t,
					a.Storage.Container && !profile.Container,
					"profile %s: %s:%d gives a container",
					name,
					d.Feature,
					d.Line,
				)
			}
		}
	}
}

func TestApplicableGivesItsReason(t *testing.T) {
	none := ruleset{profileName: "none"}
	for tag, want := range map[string]string{
		"notifications":             "profile none does not claim notifications",
		"backup":                    "profile none does not claim backups",
		"provoked-training-failure": "needs a way to make a training fail: --provoke training-failure=NAME-PREFIX",
		"provoked-export-failure":   "needs a way to make an export fail: --provoke export-failure=NAME-PREFIX",
		"must":                      "",
	} {
		assert.Equal(t, want, none.applicable(features.Scenario{Tags: []string{"@" + tag}}, situation.Situation{}))
	}
}

// On the real service a training costs minutes and money.
func TestThePlanNeedsFewTrainings(t *testing.T) {
	all, _ := declare(t, bothIntegrations)
	var situations []situation.Situation
	for _, d := range all {
		situations = append(situations, d.situation)
	}
	trainings := 0
	for _, l := range situation.Plan(situations) {
		trainings += trainingsBelow(l.Root)
	}
	assert.LessOrEqual(t, trainings, 14, "of %d scenarios", len(all))
}

func trainingsBelow(n *situation.Node) int {
	count := 0
	for _, c := range n.Children {
		if c.Act.Verb == situation.Train {
			count++
		}
		count += trainingsBelow(c)
	}
	return count
}

func TestOrdered(t *testing.T) {
	assert.Equal(t, platformOrder(), sortPlatforms(nil), "where nothing is known, all are tried")
	assert.Equal(t, []string{"CoreML", "ONNX"}, sortPlatforms([]string{"ONNX", "Unheard", "CoreML"}))
	assert.Empty(t, sortPlatforms([]string{"Unheard"}))
}

func TestExportsFollowThePlatformsOfTheDomain(t *testing.T) {
	d := &registrar{platforms: []string{"ONNX", "VAIDK"}}
	assert.Equal(
		t,
		[]string{"ONNX", "VAIDK", ""},
		[]string{d.export(0).Platform, d.export(1).Platform, d.export(2).Platform},
	)
}
