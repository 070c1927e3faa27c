package azurite_test

import (
	"context"
	"os"
	"testing"

	"github.com/moby/moby/client"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/azurite"
	"github.com/cvconform/cvconform/internal/docker"
	"github.com/cvconform/cvconform/internal/testkit"
)

func TestContainerJoinsNetworkUnderAlias(t *testing.T) {
	testkit.RequireDocker(t)
	network, err := docker.NewNetwork(t.Context(), t.Name())
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, network.Remove(context.WithoutCancel(t.Context()))) })
	start(t, azurite.Options{
		Kind: azurite.Container, Image: os.Getenv("CVCONFORM_AZURITE_IMAGE"), Network: network.Name, RunID: t.Name(),
	})

	engine, err := docker.Engine(t.Context())
	require.NoError(t, err)
	defer engine.Close()
	list, err := engine.ContainerList(t.Context(), client.ContainerListOptions{
		Filters: make(client.Filters).Add("label", docker.LabelRun+"="+t.Name()),
	})
	require.NoError(t, err)
	require.Len(t, list.Items, 1)
	found, err := engine.ContainerInspect(t.Context(), list.Items[0].ID, client.ContainerInspectOptions{})
	require.NoError(t, err)
	require.Contains(t, found.Container.NetworkSettings.Networks, network.Name)
	assert.Contains(t, found.Container.NetworkSettings.Networks[network.Name].Aliases, azurite.Alias)
}
