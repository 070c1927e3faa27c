package target

import (
	"context"
	"io"
	"net/http"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/docker"
	"github.com/cvconform/cvconform/internal/testkit"
)

// testService is the package of a small service that replaces the fake.
const testService = "github.com/cvconform/cvconform/internal/target/testdata/service"

func TestServiceInAContainerGetsItsEnvironment(t *testing.T) {
	service := runTestService(t)
	environment := fetch(t, http.MethodGet, service.Endpoint+"/environment")
	assert.Equal(
		t,
		"key UseDevelopmentStorage=true [serve --storage external --provoke training-failure=Bad]\n",
		environment,
	)
	assert.Equal(t, "http://customvision:8080", service.SeenEndpoint)
	assert.Equal(t, "key", service.TrainingKey)
	assert.NotContains(t, fetch(t, http.MethodGet, service.Endpoint+"/resolve?host=customvision"), "no such host")
	assert.NotContains(t, fetch(t, http.MethodGet, service.Endpoint+"/resolve?host="+docker.HostAlias), "no such host")
}

func TestDoneIsClosedWhenAServiceInAContainerEnds(t *testing.T) {
	service := runTestService(t)
	fetch(t, http.MethodGet, service.Endpoint+"/environment")
	fetch(t, http.MethodPost, service.Endpoint+"/end")
	select {
	case <-service.Done:
	case <-time.After(20 * time.Second):
		t.Fatal("the service ended, but Done is not closed")
	}
	assert.Contains(t, service.Log(), "told to end")
}

func TestErrorNamesAMissingImage(t *testing.T) {
	testkit.RequireDocker(t)
	_, err := startImage(t.Context(), "registry.invalid/service:1", Environment{})
	require.ErrorContains(t, err, "registry.invalid/service:1")
}

func TestProgramIsBuiltInATest(t *testing.T) {
	var progress []string
	_, err := program(t.Context(), "github.com/cvconform/cvconform/nowhere", "linux", runtime.GOARCH,
		func(line string) { progress = append(progress, line) })
	require.ErrorContains(t, err, "build github.com/cvconform/cvconform/nowhere (or use the released static binary)")
	assert.Equal(t, []string{"building github.com/cvconform/cvconform/nowhere for linux/" + runtime.GOARCH}, progress)
}

func TestProgramNeedsGo(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := compile(t.Context(), testService, "linux", runtime.GOARCH)
	require.ErrorContains(t, err, "install Go, or use the released static binary")
}

func TestIsStatic(t *testing.T) {
	binary, err := compile(t.Context(), testService, "linux", runtime.GOARCH)
	require.NoError(t, err)
	file := t.TempDir() + "/service"
	require.NoError(t, os.WriteFile(file, binary, 0o755))
	assert.True(t, isStatic(file, testService))
	assert.False(t, isStatic(file, commandPackage))
	assert.False(t, isStatic(os.Args[0], testService))
}

// testServiceBinary returns the test service for the platform of the Docker engine.
func testServiceBinary(t *testing.T) []byte {
	t.Helper()
	testkit.RequireDocker(t)
	goos, goarch, err := docker.Architecture(t.Context())
	require.NoError(t, err)
	binary, err := program(t.Context(), testService, goos, goarch, nil)
	require.NoError(t, err)
	return binary
}

func runTestService(t *testing.T) *Service {
	t.Helper()
	binary := testServiceBinary(t)
	network, err := docker.NewNetwork(t.Context(), t.Name())
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, network.Remove(context.WithoutCancel(t.Context()))) })
	service, err := runBinary(t.Context(), binary, Environment{
		TrainingKey: "key", ConnectionString: "UseDevelopmentStorage=true", RunID: t.Name(), Network: network.Name,
		ExtraArgs: []string{"--provoke", "training-failure=Bad"},
	})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, service.Stop(context.WithoutCancel(t.Context()))) })
	return service
}

// fetch retries until the service listens, because its port is published before. A POST ends the service before it
// responds.
func fetch(t *testing.T, method, address string) string {
	t.Helper()
	var text string
	require.Eventually(t, func() bool {
		request, err := http.NewRequestWithContext(t.Context(), method, address, nil)
		require.NoError(t, err)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return method != http.MethodGet
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		text = string(body)
		return err == nil
	}, 20*time.Second, 20*time.Millisecond)
	return text
}
