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
	"github.com/cvconform/cvconform/internal/session"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/steps/report"
)

// declaredScenario is a scenario and the situation that its steps describe.
type declaredScenario struct {
	features.Scenario
	situation situation.Situation
}

// declare runs the first pass of all scenarios with the definitions of a profile,
// and performs nothing. godog runs strictly: a scenario fails if one of its steps
// matches no definition or two.
func declare(t *testing.T, profile situation.Integrations) ([]declaredScenario, engine.Outcome) {
	t.Helper()
	c, err := features.Load()
	require.NoError(t, err)
	var all []declaredScenario
	run := &engine.Run{Requirements: c.Requirements, Define: definitions(profile, session.PlatformOrder()), Parallel: 1,
		Applicable: func(s features.Scenario, done situation.Situation) string {
			all = append(all, declaredScenario{s, done})
			return "only declared"
		},
		Perform: func(context.Context, *situation.ActTree, int, func()) (*evidence.Timeline, error) {
			panic("no scenario applies, so none is performed")
		}}
	out, err := run.Execute(t.Context())
	require.NoError(t, err)
	return all, out
}

func TestEveryStepHasExactlyOneDefinition(t *testing.T) {
	for name, profile := range session.Profiles() {
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

// A scenario that needs an integration has a tag that excludes it from a profile
// without that integration.
func TestScenariosOutsideAProfileAreTagged(t *testing.T) {
	for name, profile := range session.Profiles() {
		rules := session.Rules{
			ProfileName: name, Profile: profile, Definitions: definitions,
			Provoked: []string{target.TrainingFailure, target.ExportFailure},
		}
		applicable := rules.Engine(nil).Applicable
		all, _ := declare(t, profile)
		for _, d := range all {
			if applicable(d.Scenario, d.situation) != "" {
				continue
			}
			for _, a := range d.situation.Acts {
				assert.False(t, a.Storage.Queue && !profile.Queue,
					"profile %s: %s:%d gives a queue", name, d.Feature, d.Line)
				assert.False(t, a.Storage.Container && !profile.Container,
					"profile %s: %s:%d gives a container", name, d.Feature, d.Line)
			}
		}
	}
}

// On the real service a training takes minutes and is charged.
func TestPlanNeedsFewTrainings(t *testing.T) {
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

func TestExportsFollowThePlatformsOfTheDomain(t *testing.T) {
	d := &registrar{platforms: []string{"ONNX", "VAIDK"}}
	got := []string{d.export(0).Platform, d.export(1).Platform, d.export(2).Platform}
	assert.Equal(t, []string{"ONNX", "VAIDK", ""}, got)
}
