package clients_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The package of the Common Test Report Format accepts the report that the renderer's own test compares.
func TestCTRFReportIsValid(t *testing.T) {
	t.Parallel()
	requireNode(t)
	n := npmPackage{filepath.Join(t.TempDir(), "npm-reports")}
	require.NoError(t, os.CopyFS(n.folder, os.DirFS("npm-reports")))
	n.run(t, nil, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	text, err := os.ReadFile(filepath.Join("..", "..", "steps", "report", "testdata", "ctrf.golden.json"))
	require.NoError(t, err)
	assert.JSONEq(t, "[]", string(n.run(t, text, "node", "validate.mjs")))

	var document map[string]any
	require.NoError(t, json.Unmarshal(text, &document))
	delete(document, "specVersion")
	broken, err := json.Marshal(document)
	require.NoError(t, err)
	assert.Contains(t, string(n.run(t, broken, "node", "validate.mjs")), "specVersion")
}
