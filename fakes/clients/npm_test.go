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

// npmPackage is a folder with the npm package and the script that calls it.
type npmPackage struct{ folder string }

// installNPM installs what the lock file names into a copy of the script's
// folder, so that nothing is written into the tree.
func installNPM(t *testing.T) walker {
	requireNode(t)
	n := npmPackage{filepath.Join(t.TempDir(), "npm")}
	require.NoError(t, os.CopyFS(n.folder, os.DirFS("npm")))
	n.run(t, nil, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	return n
}

// requireNode skips a test where Node.js or npm is missing, unless
// CVCONFORM_REQUIRE_NODE=1 says that they must be there.
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

// run runs a command in the folder and returns what it printed.
func (n npmPackage) run(t *testing.T, input []byte, name string, args ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), readyTime)
	defer cancel()
	c := exec.CommandContext(ctx, name, args...)
	c.Dir, c.Stdin = n.folder, bytes.NewReader(input)
	var stderr bytes.Buffer
	c.Stderr, c.WaitDelay = &stderr, patience
	output, err := c.Output()
	require.NoError(t, err, "%s: %s%s", c, output, &stderr)
	return output
}

// errand runs the script, which has to print what is wanted and nothing else.
func (n npmPackage) errand(t *testing.T, name string, input, output any) {
	t.Helper()
	data, err := json.Marshal(input)
	require.NoError(t, err)
	printed := n.run(t, data, "node", "walk.mjs", name)
	decoder := json.NewDecoder(bytes.NewReader(printed))
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(output), "%s", printed)
}

func (n npmPackage) walk(t *testing.T, v visit) (j journey) {
	n.errand(t, "walk", v, &j)
	return j
}

// A call is what the errands are given that concern one project.
type call struct {
	access
	Project uuid.UUID `json:"project"`
}

func (n npmPackage) remove(t *testing.T, a access, id uuid.UUID) {
	n.errand(t, "remove", call{a, id}, &struct{}{})
}

func (n npmPackage) refusal(t *testing.T, a access, id uuid.UUID) (r refusal) {
	n.errand(t, "refusal", call{a, id}, &r)
	return r
}

// A verdict notes how a test was ended, and does not end it.
type verdict struct {
	testing.TB
	said []string
}

func (v *verdict) Skipf(format string, args ...any) {
	v.said = append(v.said, "skip: "+fmt.Sprintf(format, args...))
}

func (v *verdict) Fatalf(format string, args ...any) {
	v.said = append(v.said, "fail: "+fmt.Sprintf(format, args...))
}

func TestWithoutNodeTheNPMClientIsSkippedByName(t *testing.T) {
	for required, want := range map[string]string{
		"":  `skip: needs Node.js and npm: exec: "node"`,
		"1": `fail: CVCONFORM_REQUIRE_NODE=1, but exec: "node"`,
	} {
		t.Run("CVCONFORM_REQUIRE_NODE="+required, func(t *testing.T) {
			t.Setenv("PATH", t.TempDir())
			t.Setenv("CVCONFORM_REQUIRE_NODE", required)
			v := &verdict{TB: t}
			requireNode(v)
			require.NotEmpty(t, v.said)
			assert.Contains(t, v.said[0], want)
		})
	}
}
