package features_test

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"

	gherkin "github.com/cucumber/gherkin/go/v42"
	messages "github.com/cucumber/messages/go/v34"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/features"
)

func load(t *testing.T) *features.Catalogue {
	t.Helper()
	c, err := features.Load()
	require.NoError(t, err)
	return c
}

// Within a capability, the numbers ascend without a duplicate. Numbers that are not used yet are reserved.
func TestRequirementsAreNumberedInOrder(t *testing.T) {
	last := map[string]int{}
	for _, r := range load(t).Requirements {
		capability, digits, _ := strings.Cut(strings.TrimPrefix(r.ID, "CVSI-"), "-")
		number, err := strconv.Atoi(digits)
		require.NoError(t, err, r.ID)
		assert.Greater(t, number, last[capability], r.ID)
		assert.Equal(t, fmt.Sprintf("CVSI-%s-%02d", capability, number), r.ID)
		last[capability] = number
	}
	assert.Len(t, last, 8)
}

func TestEveryRequirementIsComplete(t *testing.T) {
	for _, r := range load(t).Requirements {
		assert.NotEmpty(t, r.Level, r.ID)
		assert.NotEmpty(t, r.Source, r.ID)
		assert.NotEmpty(t, r.Title, r.ID)
		assert.LessOrEqual(t, len(r.Title), 100, "the console shows the title on one line: %s", r.ID)
		assert.Positive(t, r.Line, r.ID)
		assert.NotEmpty(t, r.Scenarios, r.ID)
	}
}

func TestScenarioNamesAreUnique(t *testing.T) {
	seen := map[string]string{}
	for _, r := range load(t).Requirements {
		for _, s := range r.Scenarios {
			key := r.ID + "/" + s.Name
			assert.Empty(t, seen[key], "%s:%d and %s", s.Feature, s.Line, seen[key])
			seen[key] = fmt.Sprintf("%s:%d", s.Feature, s.Line)
		}
	}
}

func TestContentHasOneScenarioOnItsLine(t *testing.T) {
	for _, r := range load(t).Requirements {
		for _, s := range r.Scenarios {
			id := (&messages.Incrementing{}).NewId
			doc, err := gherkin.ParseGherkinDocument(bytes.NewReader(s.Content()), id)
			require.NoError(t, err)
			pickles := gherkin.Pickles(*doc, s.Feature, id)
			require.Len(t, pickles, 1, "%s:%d", s.Feature, s.Line)
			assert.Equal(t, s.Name, pickles[0].Name)
			assert.Len(t, pickles[0].Steps, len(s.Steps), "with those of its Backgrounds")
			rule := doc.Feature.Children[len(doc.Feature.Children)-1].Rule
			assert.Equal(t, r.Title, rule.Name)
			assert.Equal(t, r.Description, strings.Join(strings.Fields(rule.Description), " "))
			assert.EqualValues(t, r.Line, rule.Location.Line)
			assert.NotEmpty(t, doc.Feature.Description)
		}
	}
}

func TestScenariosHaveFewStepsAndOneWhen(t *testing.T) {
	for _, r := range load(t).Requirements {
		for _, s := range r.Scenarios {
			assert.GreaterOrEqual(t, len(s.Steps), 3, s.Name)
			assert.LessOrEqual(t, len(s.Steps), 6, s.Name)
			assert.Equal(t, 1, bytes.Count(s.Content(), []byte(" When ")), s.Name)
		}
	}
}

func TestDigestCoversEveryFile(t *testing.T) {
	c, err := features.Load()
	require.NoError(t, err)
	names := features.Files()
	assert.Contains(t, names, "requirements.yaml")
	assert.Contains(t, names, "schemas/export.json")
	assert.Contains(t, names, c.Requirements[0].Feature)
	digest, err := features.Digest(names, features.File)
	require.NoError(t, err)
	assert.Equal(t, c.Digest, digest)
	for _, changed := range names {
		other, err := features.Digest(names, func(name string) ([]byte, error) {
			content, err := features.File(name)
			if name == changed {
				content = append(bytes.Clone(content), ' ')
			}
			return content, err
		})
		require.NoError(t, err)
		assert.NotEqual(t, c.Digest, other, changed)
	}
	_, err = features.Digest([]string{"missing"}, features.File)
	assert.ErrorContains(t, err, "missing")
}
