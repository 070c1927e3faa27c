package azurite_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/azurite"
	"github.com/cvconform/cvconform/internal/testkit"
)

func TestProcessStoresUntilItIsStopped(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	instance := start(t, azurite.Options{Kind: azurite.Process, Progress: func(line string) { t.Log(line) }})
	assert.Equal(t, azurite.Process, instance.Kind)
	assert.Equal(t, azurite.Version, instance.Version)
	assert.Len(t, dataFolders(t), 1)
	store(t, instance)
	stopped(t, instance)
	assert.Empty(t, dataFolders(t), "its data went with it")
}

func TestContainerStoresUntilItIsStopped(t *testing.T) {
	testkit.RequireDocker(t)
	image := os.Getenv("CVCONFORM_AZURITE_IMAGE")
	instance := start(t, azurite.Options{Kind: azurite.Container, Image: image, RunID: t.Name()})
	assert.Equal(t, azurite.Container, instance.Kind)
	assert.NotEmpty(t, instance.Version)
	store(t, instance)
	stopped(t, instance)
}

func TestAnythingWillDo(t *testing.T) {
	var progress []string
	instance := start(t, azurite.Options{
		Image:    "registry.invalid/azurite:1",
		Progress: func(line string) { progress = append(progress, line) },
	})
	assert.Equal(t, azurite.Process, instance.Kind)
	t.Log(strings.Join(progress, "\n"))
	stopped(t, instance)
}

func TestContainerNamesTheImageThatCannotBeHad(t *testing.T) {
	testkit.RequireDocker(t)
	_, err := azurite.Start(t.Context(), azurite.Options{Kind: azurite.Container, Image: "registry.invalid/azurite:1"})
	require.ErrorContains(t, err, "registry.invalid/azurite:1")
	require.ErrorContains(t, err, "CVCONFORM_AZURITE_IMAGE")
	require.ErrorContains(t, err, "--storage process")
}

func TestProcessIgnoresTheAccountsOfTheEnvironment(t *testing.T) {
	t.Setenv("AZURITE_ACCOUNTS", "other:a2V5")
	instance := start(t, azurite.Options{Kind: azurite.Process})
	store(t, instance)
	stopped(t, instance)
}

func TestStartEndsWithItsContext(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	_, err := azurite.Install(t.Context(), "", nil)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = azurite.Start(ctx, azurite.Options{Kind: azurite.Process})
	require.ErrorIs(t, err, context.Canceled)
	assert.Empty(t, dataFolders(t))
}

// helperVariable makes TestHelperStartsAProcess the body of a harness that is killed.
const helperVariable = "CVCONFORM_TEST_HARNESS"

func TestProcessEndsWhenTheHarnessIsKilled(t *testing.T) {
	_, err := azurite.Install(t.Context(), "", nil)
	require.NoError(t, err)
	t.Setenv("TMPDIR", t.TempDir())
	harness, host := startHarness(t)
	connection, err := net.Dial("tcp", host)
	require.NoError(t, err)
	defer connection.Close()
	require.NoError(t, connection.SetReadDeadline(time.Now().Add(20*time.Second)))
	assert.Len(t, dataFolders(t), 1)

	require.NoError(t, harness.Process.Kill())
	require.Error(t, harness.Wait())
	_, err = connection.Read(make([]byte, 1))
	require.Error(t, err)
	require.NotErrorIs(t, err, os.ErrDeadlineExceeded, "Azurite outlives the harness")
	assert.Empty(t, dataFolders(t), "its data went with it")
}

func startHarness(t *testing.T) (harness *exec.Cmd, host string) {
	t.Helper()
	harness = exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestHelperStartsAProcess$")
	harness.Env = append(os.Environ(), helperVariable+"=1")
	harness.Stderr = os.Stderr
	_, err := harness.StdinPipe()
	require.NoError(t, err)
	stdout, err := harness.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, harness.Start())
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	host, ok := strings.CutPrefix(strings.TrimSpace(line), "serving ")
	require.True(t, ok, "the helper said %q", line)
	return harness, host
}

func TestHelperStartsAProcess(t *testing.T) {
	if os.Getenv(helperVariable) == "" {
		return // no test of its own, only another test's process
	}
	instance, err := azurite.Start(t.Context(), azurite.Options{Kind: azurite.Process})
	require.NoError(t, err)
	fmt.Println("serving", instance.BlobURL.Host)
	_, _ = os.Stdin.Read(make([]byte, 1))
}

func TestDoneTellsThatAProcessEndedByItself(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	instance := start(t, azurite.Options{Kind: azurite.Process})
	azurite.Kill(t, instance)
	select {
	case <-instance.Done():
	case <-time.After(20 * time.Second):
		t.Fatal("it was killed, but is not done")
	}
	assert.Contains(t, instance.Log(), "killed")
	require.NoError(t, instance.Stop(t.Context()))
	assert.Empty(t, dataFolders(t))
}

func start(t *testing.T, o azurite.Options) *azurite.Instance {
	t.Helper()
	instance, err := azurite.Start(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, instance.Stop(context.WithoutCancel(t.Context()))) })
	return instance
}

// store writes with the connection string and reads back.
func store(t *testing.T, instance *azurite.Instance) {
	t.Helper()
	ctx := t.Context()
	queues, err := azqueue.NewServiceClientFromConnectionString(instance.ConnectionString(), nil)
	require.NoError(t, err)
	queue := queues.NewQueueClient("messages")
	_, err = queue.Create(ctx, nil)
	require.NoError(t, err)
	_, err = queue.EnqueueMessage(ctx, "hello", nil)
	require.NoError(t, err)
	peeked, err := queue.PeekMessage(ctx, nil)
	require.NoError(t, err)
	require.Len(t, peeked.Messages, 1)
	assert.Equal(t, "hello", *peeked.Messages[0].MessageText)

	blobs, err := azblob.NewClientFromConnectionString(instance.ConnectionString(), nil)
	require.NoError(t, err)
	_, err = blobs.CreateContainer(ctx, "blobs", nil)
	require.NoError(t, err)
	_, err = blobs.UploadBuffer(ctx, "blobs", "a/b", []byte("hello"), nil)
	require.NoError(t, err)
}

// stopped stops an instance and sees that nobody serves there any more.
func stopped(t *testing.T, instance *azurite.Instance) {
	t.Helper()
	require.NoError(t, instance.Stop(t.Context()))
	require.NoError(t, instance.Stop(t.Context()), "a second stop does nothing")
	_, err := net.Dial("tcp", instance.BlobURL.Host)
	require.Error(t, err)
	select {
	case <-instance.Done():
		t.Fatal("what was stopped did not end by itself")
	default:
	}
}

func dataFolders(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(os.TempDir(), "cvconform-azurite-*"))
	require.NoError(t, err)
	return found
}
