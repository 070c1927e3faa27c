package clients_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gofrs/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// npmPackage is a folder with the npm package and the script that uses it.
type npmPackage struct{ folder string }

// installNPM installs the packages of the lock file in a copy of the script's folder, so that the source tree is not
// changed.
func installNPM(t *testing.T) officialClient {
	requireNode(t)
	n := npmPackage{filepath.Join(t.TempDir(), "npm")}
	require.NoError(t, os.CopyFS(n.folder, os.DirFS("npm")))
	n.run(t, nil, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	return n
}

// requireNode skips a test if Node.js or npm is missing. If the environment contains CVCONFORM_REQUIRE_NODE=1, it fails
// the test instead.
func requireNode(t testing.TB) {
	t.Helper()
	for _, tool := range []string{"node", "npm"} {
		_, err := exec.LookPath(tool)
		switch {
		case err == nil:
		case os.Getenv("CVCONFORM_REQUIRE_NODE") == "1":
			t.Fatalf("CVCONFORM_REQUIRE_NODE=1, but %v", err)
		default:
			t.Skipf("needs Node.js and npm: %v", err)
		}
	}
}

// run runs a command in the folder and returns its output.
func (n npmPackage) run(t *testing.T, input []byte, name string, args ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startTimeout)
	defer cancel()
	c := exec.CommandContext(ctx, name, args...)
	c.Dir, c.Stdin = n.folder, bytes.NewReader(input)
	var stderr bytes.Buffer
	c.Stderr, c.WaitDelay = &stderr, waitTimeout
	output, err := c.Output()
	require.NoError(t, err, "%s: %s%s", c, output, &stderr)
	return output
}

// runScript runs a command of the script. Its output must be a JSON object with the members of output and no others.
func (n npmPackage) runScript(t *testing.T, name string, input, output any) {
	t.Helper()
	data, err := json.Marshal(input)
	require.NoError(t, err)
	printed := n.run(t, data, "node", "workflow.mjs", name)
	decoder := json.NewDecoder(bytes.NewReader(printed))
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(output), "%s", printed)
}

func (n npmPackage) runWorkflow(t *testing.T, v workflowInput) (j workflowResult) {
	n.runScript(t, "runWorkflow", v, &j)
	return j
}

// projectInput is the input of the commands for one project.
type projectInput struct {
	access
	Project uuid.UUID `json:"project"`
}

func (n npmPackage) deleteProject(t *testing.T, a access, id uuid.UUID) {
	n.runScript(t, "deleteProject", projectInput{a, id}, &struct{}{})
}

func (n npmPackage) projectError(t *testing.T, a access, id uuid.UUID) (r apiError) {
	n.runScript(t, "projectError", projectInput{a, id}, &r)
	return r
}

// recordingTB records the end of a test without ending it.
type recordingTB struct {
	testing.TB
	outcomes []string
}

func (v *recordingTB) Skipf(format string, args ...any) {
	v.outcomes = append(v.outcomes, "skip: "+fmt.Sprintf(format, args...))
}

func (v *recordingTB) Fatalf(format string, args ...any) {
	v.outcomes = append(v.outcomes, "fail: "+fmt.Sprintf(format, args...))
}

func TestRequireNode(t *testing.T) {
	for required, want := range map[string]string{
		"":  `skip: needs Node.js and npm: exec: "node"`,
		"1": `fail: CVCONFORM_REQUIRE_NODE=1, but exec: "node"`,
	} {
		t.Run("CVCONFORM_REQUIRE_NODE="+required, func(t *testing.T) {
			t.Setenv("PATH", t.TempDir())
			t.Setenv("CVCONFORM_REQUIRE_NODE", required)
			v := &recordingTB{TB: t}
			requireNode(v)
			require.NotEmpty(t, v.outcomes)
			assert.Contains(t, v.outcomes[0], want)
		})
	}
}
