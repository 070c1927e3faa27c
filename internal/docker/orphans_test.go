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

func TestOrphansSkipsNetworksWithALiveOrForeignOwner(t *testing.T) {
	testkit.RequireDocker(t)
	alive := docker.Labels("sweep")
	dead := withLabel(alive, docker.LabelOwnerPID, strconv.Itoa(deadPID(t)))
	reused := withLabel(alive, docker.LabelOwnerStarted, "1000")
	foreign := withLabel(dead, docker.LabelOwnerHost, "another-machine")
	createNetworks(t, map[string]map[string]string{
		"cvconform-test-alive": alive, "cvconform-test-dead": dead,
		"cvconform-test-reused": reused, "cvconform-test-foreign": foreign,
	})

	assert.GreaterOrEqual(t, removeOrphans(t), 2)
	assert.ElementsMatch(t, []string{"cvconform-test-alive", "cvconform-test-foreign"}, resourcesOf(t, "sweep"))
}

func TestOrphansFindsTheContainerOfAKilledRun(t *testing.T) {
	testkit.RequireDocker(t)
	orphan := startAndKill(t)
	engine := engineOf(t)
	_, err := engine.ContainerInspect(t.Context(), orphan, client.ContainerInspectOptions{})
	require.NoError(t, err, "the container outlives its owner")

	removeOrphans(t)
	_, err = engine.ContainerInspect(t.Context(), orphan, client.ContainerInspectOptions{})
	require.Error(t, err)
	assert.Empty(t, resourcesOf(t, "dies"), "its network is removed too")
}

// removeOrphans removes all orphans and returns how many there were.
func removeOrphans(t *testing.T) int {
	t.Helper()
	removed := 0
	require.NoError(t, docker.Orphans(t.Context(), func(l docker.Leftover) error {
		done, err := l.Remove(t.Context())
		if done {
			removed++
		}
		return err
	}))
	return removed
}

func withLabel(labels map[string]string, key, value string) map[string]string {
	changed := maps.Clone(labels)
	changed[key] = value
	return changed
}

// deadPID returns the id of a process that has ended.
func deadPID(t *testing.T) int {
	t.Helper()
	command := exec.Command(os.Args[0], "-test.run=^$")
	require.NoError(t, command.Run())
	return command.Process.Pid
}

func createNetworks(t *testing.T, labels map[string]map[string]string) {
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

// resourcesOf returns the containers and networks of a run.
func resourcesOf(t *testing.T, runID string) []string {
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
