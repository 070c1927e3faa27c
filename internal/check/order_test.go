package check

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Whoever judges the same evidence again has to come to the same words.
func TestProblemsAreAlwaysInTheSameWords(t *testing.T) {
	schema, err := compile("training")
	require.NoError(t, err)
	document := map[string]any{
		"version": 1,
		"type":    "x",
		"Content": map[string]any{"projectId": 1, "iterationId": 2, "trainingStatus": 3},
	}
	said := violations(schema.Validate(document))
	assert.Contains(t, said, "/Content/projectId: ")
	for range 50 {
		require.Equal(t, said, violations(schema.Validate(document)))
	}
}

func TestAMisspeltMemberIsAlwaysTheSameOne(t *testing.T) {
	object := map[string]any{"PROJECTID": "a", "ProjectId": "b", "projectid": "c", "other": "d"}
	for range 50 {
		require.Equal(t, "a", member(object, "projectId"), "the first in order")
	}
	object["projectId"] = "exact"
	assert.Equal(t, "exact", member(object, "projectId"))
	assert.Nil(t, member(object, "iterationId"))
}
