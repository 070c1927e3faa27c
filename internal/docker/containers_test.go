package docker_test

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/moby/moby/client"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/network"
	"github.com/testcontainers/testcontainers-go/wait"

	"github.com/cvconform/cvconform/internal/docker"
	"github.com/cvconform/cvconform/internal/testkit"
)

func TestProbeWithoutEngine(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, docker.Probe(ctx), docker.ErrNoEngine)
}

func TestArchitecture(t *testing.T) {
	testkit.RequireDocker(t)
	goos, goarch, err := docker.Architecture(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "linux", goos)
	assert.Contains(t, []string{"amd64", "arm64", "arm", "s390x", "ppc64le", "riscv64"}, goarch)
}

func TestEnsureImageNamesTheMissingImage(t *testing.T) {
	testkit.RequireDocker(t)
	err := docker.EnsureImage(t.Context(), "registry.invalid/none:1", nil)
	var missing *docker.ImageError
	require.ErrorAs(t, err, &missing)
	assert.Equal(t, "registry.invalid/none:1", missing.Image)
}

func TestContainerReachesTheHostAddress(t *testing.T) {
	testkit.RequireDocker(t)
	run := newNetwork(t)
	listen, advertise, err := docker.HostAddress(t.Context(), run.Name)
	require.NoError(t, err)
	listener, err := net.Listen("tcp", net.JoinHostPort(listen, "0"))
	require.NoError(t, err)
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)

	start(t, run.Name, "dial", net.JoinHostPort(advertise, port))
	connection, err := listener.Accept()
	require.NoError(t, err)
	defer connection.Close()
	received, err := io.ReadAll(connection)
	require.NoError(t, err)
	assert.Equal(t, "hello", string(received))
}

func TestStopRemovesARunningContainer(t *testing.T) {
	testkit.RequireDocker(t)
	running := start(t, newNetwork(t).Name, "serve", "8080")
	endpoint, err := running.Endpoint(t.Context(), "8080/tcp")
	require.NoError(t, err)
	connection, err := net.Dial("tcp", endpoint.Host)
	require.NoError(t, err)
	require.NoError(t, connection.Close())
	assert.Contains(t, running.Log(), "serving")

	require.NoError(t, running.Stop(t.Context()))
	require.NoError(t, running.Stop(t.Context()), "a second stop does nothing")
	select {
	case <-running.Done():
		t.Fatal("Done is closed although the container was stopped")
	default:
	}
}

func TestDoneIsClosedWhenAContainerEnds(t *testing.T) {
	testkit.RequireDocker(t)
	running := start(t, newNetwork(t).Name, "serve", "8080")
	endpoint, err := running.Endpoint(t.Context(), "8080/tcp")
	require.NoError(t, err)
	connection, err := net.Dial("tcp", endpoint.Host)
	require.NoError(t, err)
	defer connection.Close()
	_, err = connection.Write([]byte("end"))
	require.NoError(t, err)
	select {
	case <-running.Done():
	case <-t.Context().Done():
		t.Fatal("Done is not closed although the container ended")
	}
}

func TestFailedRunRemovesTheContainer(t *testing.T) {
	testkit.RequireDocker(t)
	_, err := docker.Run(t.Context(), "", "fails", build(t),
		testcontainers.WithCmd("/peer", "fail"),
		testcontainers.WithWaitStrategy(wait.ForLog("serving")))
	require.ErrorContains(t, err, "this is why")
	assert.Empty(t, resourcesOf(t, "fails"))
}

func TestKillAddsExitCodeAndOutput(t *testing.T) {
	testkit.RequireDocker(t)
	running, err := docker.Run(t.Context(), "", t.Name(), build(t), testcontainers.WithCmd("/peer", "fail"))
	require.NoError(t, err)
	<-running.Done()
	err = running.Kill(t.Context(), errors.New("it has no port"))
	require.ErrorContains(t, err, "it has no port; it ended with exit code 1; its last output:\nthis is why")
	assert.Empty(t, resourcesOf(t, t.Name()))
	require.NoError(t, running.Stop(t.Context()), "it is removed already")
}

func newNetwork(t *testing.T) *docker.Network {
	t.Helper()
	network, err := docker.NewNetwork(t.Context(), t.Name())
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, network.Remove(context.WithoutCancel(t.Context()))) })
	assert.True(t, network.Gateway.Is4(), "gateway %s", network.Gateway)
	return network
}

func start(t *testing.T, name string, command ...string) *docker.Container {
	t.Helper()
	running, err := docker.Run(t.Context(), "", t.Name(), build(t),
		testcontainers.WithCmd(append([]string{"/peer"}, command...)...),
		testcontainers.WithExposedPorts("8080/tcp"),
		testcontainers.WithWaitStrategy(wait.ForLog("serving")),
		testcontainers.WithHostConfigModifier(docker.AllowHostAccess),
		network.WithNetworkName([]string{"peer"}, name))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, running.Stop(context.WithoutCancel(t.Context()))) })
	return running
}

// build returns an option that builds an image of testdata/peer.
func build(t *testing.T) testcontainers.CustomizeRequestOption {
	t.Helper()
	return testcontainers.WithDockerfile(testcontainers.FromDockerfile{
		ContextArchive: archive(t, compile(t)),
		BuildOptionsModifier: func(o *client.ImageBuildOptions) {
			o.Labels = docker.Labels(t.Name())
		},
	})
}

func compile(t *testing.T) []byte {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "peer")
	command := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "./testdata/peer")
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+runtime.GOARCH)
	output, err := command.CombinedOutput()
	require.NoError(t, err, "%s", output)
	content, err := os.ReadFile(binary)
	require.NoError(t, err)
	return content
}

func archive(t *testing.T, binary []byte) io.ReadSeeker {
	t.Helper()
	var buffer bytes.Buffer
	w := tar.NewWriter(&buffer)
	for name, content := range map[string][]byte{"Dockerfile": []byte("FROM scratch\nCOPY peer /peer\n"), "peer": binary} {
		require.NoError(t, w.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(content))}))
		_, err := w.Write(content)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return bytes.NewReader(buffer.Bytes())
}
