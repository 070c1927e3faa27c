package docker_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/testcontainers/testcontainers-go"

	"github.com/cvconform/cvconform/internal/docker"
)

// helperVariable makes TestHelperStartsAContainer the process that startAndKill kills.
const helperVariable = "CVCONFORM_TEST_DIE"

// startAndKill starts a container from another process, kills that process, and returns the id of the container.
func startAndKill(t *testing.T) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestHelperStartsAContainer$")
	command.Env = append(os.Environ(), helperVariable+"=1")
	command.Stderr = os.Stderr
	stdin, err := command.StdinPipe()
	require.NoError(t, err)
	defer stdin.Close()
	stdout, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	require.NoError(t, command.Process.Kill())
	require.Error(t, command.Wait())
	id, ok := strings.CutPrefix(strings.TrimSpace(line), "started ")
	require.True(t, ok, "the helper printed %q", line)
	return id
}

func TestHelperStartsAContainer(t *testing.T) {
	if os.Getenv(helperVariable) == "" {
		return // only a helper process of another test
	}
	_, err := docker.NewNetwork(t.Context(), "dies")
	require.NoError(t, err)
	running, err := docker.Run(t.Context(), "", "dies", build(t), testcontainers.WithCmd("/peer", "serve", "8080"))
	require.NoError(t, err)
	fmt.Println("started", running.ID())
	_, _ = os.Stdin.Read(make([]byte, 1))
}

func engineOf(t *testing.T) *testcontainers.DockerClient {
	t.Helper()
	engine, err := docker.Engine(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { engine.Close() })
	return engine
}
