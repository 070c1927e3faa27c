package docker_test

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/moby/moby/client"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/docker"
	"github.com/cvconform/cvconform/internal/testkit"
)

func TestSweepRemovesWhatTheDeadLeft(t *testing.T) {
	testkit.RequireDocker(t)
	mine := docker.Labels("sweep")
	dead := change(mine, docker.LabelOwnerPID, strconv.Itoa(deadPID(t)))
	reused := change(mine, docker.LabelOwnerStarted, "1000")
	elsewhere := change(dead, docker.LabelOwnerHost, "another-machine")
	makeNetworks(t, map[string]map[string]string{
		"cvconform-test-mine": mine, "cvconform-test-dead": dead,
		"cvconform-test-reused": reused, "cvconform-test-elsewhere": elsewhere,
	})

	removed, err := docker.RemoveOrphans(t.Context())
	require.NoError(t, err)
	assert.GreaterOrEqual(t, removed, 2)
	assert.ElementsMatch(t, []string{"cvconform-test-mine", "cvconform-test-elsewhere"}, listed(t, "sweep"))
}

func TestSweepRemovesTheContainerOfARunThatWasKilled(t *testing.T) {
	testkit.RequireDocker(t)
	abandoned := runAndDie(t)
	engine := engineOf(t)
	_, err := engine.ContainerInspect(t.Context(), abandoned, client.ContainerInspectOptions{})
	require.NoError(t, err, "the container outlives its owner")

	_, err = docker.RemoveOrphans(t.Context())
	require.NoError(t, err)
	_, err = engine.ContainerInspect(t.Context(), abandoned, client.ContainerInspectOptions{})
	require.Error(t, err)
	assert.Empty(t, listed(t, "dies"), "its network went too")
}

func change(labels map[string]string, key, value string) map[string]string {
	changed := maps.Clone(labels)
	changed[key] = value
	return changed
}

// deadPID is the id of a process that was there and is gone.
func deadPID(t *testing.T) int {
	t.Helper()
	command := exec.Command(os.Args[0], "-test.run=^$")
	require.NoError(t, command.Run())
	return command.Process.Pid
}

func makeNetworks(t *testing.T, labels map[string]map[string]string) {
	t.Helper()
	engine := engineOf(t)
	for name, owner := range labels {
		_, err := engine.NetworkCreate(t.Context(), name, client.NetworkCreateOptions{Driver: "bridge", Labels: owner})
		require.NoError(t, err)
		t.Cleanup(func() {
			_, _ = engine.NetworkRemove(context.WithoutCancel(t.Context()), name, client.NetworkRemoveOptions{})
		})
	}
}

// listed names the containers and networks of a run.
func listed(t *testing.T, runID string) []string {
	t.Helper()
	engine := engineOf(t)
	filter := make(client.Filters).Add("label", docker.LabelRun+"="+runID)
	found, err := engine.ContainerList(t.Context(), client.ContainerListOptions{All: true, Filters: filter})
	require.NoError(t, err)
	networks, err := engine.NetworkList(t.Context(), client.NetworkListOptions{Filters: filter})
	require.NoError(t, err)
	var names []string
	for _, c := range found.Items {
		names = append(names, c.ID)
	}
	for _, n := range networks.Items {
		names = append(names, n.Name)
	}
	return names
}
