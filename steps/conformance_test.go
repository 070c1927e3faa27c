package steps

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/testkit"

	"github.com/cvconform/cvconform/steps/report"
)

// The fake is judged by the exported function that users call from their tests.
func TestFakeIsConformant(t *testing.T) {
	testkit.Integration(t)
	Test(t, Config{AzuriteImage: os.Getenv("CVCONFORM_AZURITE_IMAGE")})
}

func TestFakeInAContainerIsConformant(t *testing.T) {
	testkit.RequireDocker(t)
	Test(
		t,
		Config{Target: "container", Storage: "container", AzuriteImage: os.Getenv("CVCONFORM_AZURITE_IMAGE")},
	)
}

// The command that serves the fake gets the same verdicts as the fake in this process.
func TestCommandHasTheVerdictsOfTheFake(t *testing.T) {
	testkit.RequireNode(t)
	want := verdictsOf(t, Config{Storage: "process"})
	prefixes := map[string]string{"training-failure": "bad-training-", "export-failure": "bad-export-"}
	serve := binary(
		t,
	) + " serve --storage external --provoke training-failure=bad-training- --provoke export-failure=bad-export-"
	got := verdictsOf(t, Config{Storage: "process", Target: "exec:" + serve, Provoke: prefixes})
	assert.Equal(t, want, got)
}

func verdictsOf(t *testing.T, c Config) map[string]report.Verdict {
	t.Helper()
	r, err := Run(t.Context(), c)
	require.NoError(t, err)
	return verdicts(r)
}

// binary builds the command and returns its path.
func binary(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "cvconform")
	if runtime.GOOS == "windows" {
		file += ".exe"
	}
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", file, "../cmd/cvconform").CombinedOutput()
	require.NoError(t, err, string(out))
	return file
}
