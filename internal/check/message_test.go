package check

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Equal evidence has to give equal reasons.
func TestViolationsAreInAFixedOrder(t *testing.T) {
	schema, err := compile("training")
	require.NoError(t, err)
	document := map[string]any{
		"version": 1,
		"type":    "x",
		"Content": map[string]any{"projectId": 1, "iterationId": 2, "trainingStatus": 3},
	}
	want := violations(schema.Validate(document), document)
	assert.Contains(t, want, "/Content/projectId: ")
	for range 50 {
		require.Equal(t, want, violations(schema.Validate(document), document))
	}
}

// A member in another spelling is named, because it is easy to miss.
func TestViolationsNameMisspeltMembers(t *testing.T) {
	schema, err := compile("training")
	require.NoError(t, err)
	document := map[string]any{
		"version": "1.0", "Type": "Training",
		"Content": map[string]any{"ProjectId": "x", "trainingStatus": "TrainingCompleted"},
	}
	assert.Equal(t, `/: has "Type", must be "type"; /Content: has "ProjectId", must be "projectId"; `+
		`/Content: missing property 'iterationId'`, violations(schema.Validate(document), document))
}
