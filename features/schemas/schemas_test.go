package schemas_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/features/schemas"
)

func TestSchemas(t *testing.T) {
	assert.Equal(t, []string{"connection-test", "export", "training"}, schemas.Names())
	for _, name := range schemas.Names() {
		content, err := schemas.Read(name)
		require.NoError(t, err)
		assert.True(t, json.Valid(content), name)
	}
	_, err := schemas.Read("imports")
	assert.EqualError(t, err, `unknown schema "imports" (use connection-test, export, training)`)
}
