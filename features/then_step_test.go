package features_test

import (
	"bytes"
	"strings"
	"testing"

	gherkin "github.com/cucumber/gherkin/go/v42"
	messages "github.com/cucumber/messages/go/v34"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/features"
)

func TestEveryScenarioHasAThenStep(t *testing.T) {
	for _, r := range load(t).Requirements {
		for _, s := range r.Scenarios {
			assert.NotEmpty(t, s.ThenSteps(), "%s:%d has no Then", s.Feature, s.Line)
		}
	}
}

func scenario(t *testing.T, id, name string) features.Scenario {
	t.Helper()
	r, ok := load(t).Find(id)
	require.True(t, ok)
	for _, s := range r.Scenarios {
		if s.Name == name {
			return s
		}
	}
	require.Fail(t, "no scenario "+name)
	return features.Scenario{}
}

func TestThenStepsHaveTheirLines(t *testing.T) {
	s := scenario(t, "CVSI-BACKUP-04", "An export as ONNX leaves a backup")
	var texts []string
	for _, j := range s.ThenSteps() {
		texts = append(texts, j.Text)
		line := strings.Split(string(s.Content()), "\n")[j.Line-1]
		assert.Contains(t, line, j.Text)
	}
	assert.Equal(t, []string{"the container holds the backup", "the backup is a copy of the exported model"}, texts)
	other := scenario(t, "CVSI-BACKUP-04", "An export as VAIDK leaves a backup")
	assert.Equal(t, s.ThenSteps(), other.ThenSteps(), "rows of an outline share their steps")
}

// All other steps keep their lines and their kinds.
func TestWithoutStepRemovesOneStep(t *testing.T) {
	for _, r := range load(t).Requirements {
		for _, s := range r.Scenarios {
			for i, j := range s.ThenSteps() {
				less := s.WithoutStep(j)
				var want []string
				for n, step := range pickle(t, s).Steps {
					if n != len(s.Steps)-len(s.ThenSteps())+i {
						want = append(want, string(step.Type)+" "+step.Text)
					}
				}
				var got []string
				for _, step := range pickle(t, less).Steps {
					got = append(got, string(step.Type)+" "+step.Text)
				}
				assert.Equal(t, want, got, "%s:%d", s.Feature, j.Line)
				assert.Len(t, less.Steps, len(s.Steps)-1)
				assert.Len(t, less.ThenSteps(), len(s.ThenSteps())-1)
				assert.Equal(t, bytes.Count(s.Content(), []byte("\n")), bytes.Count(less.Content(), []byte("\n")))
			}
		}
	}
}

func pickle(t *testing.T, s features.Scenario) *messages.Pickle {
	t.Helper()
	id := (&messages.Incrementing{}).NewId
	doc, err := gherkin.ParseGherkinDocument(bytes.NewReader(s.Content()), id)
	require.NoError(t, err)
	pickles := gherkin.Pickles(*doc, s.Feature, id)
	require.Len(t, pickles, 1)
	return pickles[0]
}

func TestWithoutStepRemovesAllThenSteps(t *testing.T) {
	s := scenario(t, "CVSI-CREATE-06", "A project is created without storage URIs")
	require.Len(t, s.ThenSteps(), 3)
	for len(s.ThenSteps()) > 0 {
		s = s.WithoutStep(s.ThenSteps()[0])
	}
	assert.Equal(t, []string{"no queue and no container", "a project is created without storage URIs"}, s.Steps)
	assert.Equal(t, s, s.WithoutStep(features.ThenStep{Line: 1}), "the scenario has no such step")
}
