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

func TestProcessStoresDataUntilStop(t *testing.T) {
	testkit.RequireNode(t)
	t.Setenv("TMPDIR", t.TempDir())
	instance := start(t, azurite.Options{Kind: azurite.Process, Progress: func(line string) { t.Log(line) }})
	assert.Equal(t, azurite.Process, instance.Kind)
	assert.Equal(t, azurite.Version, instance.Version)
	assert.Len(t, dataFolders(t), 1)
	store(t, instance)
	stop(t, instance)
	assert.Empty(t, dataFolders(t), "Stop deletes the data")
}

func TestContainerStoresDataUntilStop(t *testing.T) {
	testkit.RequireDocker(t)
	image := os.Getenv("CVCONFORM_AZURITE_IMAGE")
	instance := start(t, azurite.Options{Kind: azurite.Container, Image: image, RunID: t.Name()})
	assert.Equal(t, azurite.Container, instance.Kind)
	assert.NotEmpty(t, instance.Version)
	store(t, instance)
	stop(t, instance)
}

func TestAutoFallsBackToProcess(t *testing.T) {
	testkit.RequireNode(t)
	var progress []string
	instance := start(t, azurite.Options{
		Image:    "registry.invalid/azurite:1",
		Progress: func(line string) { progress = append(progress, line) },
	})
	assert.Equal(t, azurite.Process, instance.Kind)
	t.Log(strings.Join(progress, "\n"))
	stop(t, instance)
}

func TestStartTStopsWhenTestEnds(t *testing.T) {
	testkit.RequireNode(t)
	var instance *azurite.Instance
	require.True(t, t.Run("with storage", func(t *testing.T) {
		instance = azurite.StartT(t)
		store(t, instance)
	}))
	_, err := net.Dial("tcp", instance.BlobURL.Host)
	require.Error(t, err)
}

func TestUnavailableImageIsNamed(t *testing.T) {
	testkit.RequireDocker(t)
	_, err := azurite.Start(t.Context(), azurite.Options{Kind: azurite.Container, Image: "registry.invalid/azurite:1"})
	require.ErrorContains(t, err, "registry.invalid/azurite:1")
	require.ErrorContains(t, err, "CVCONFORM_AZURITE_IMAGE")
	require.ErrorContains(t, err, `kind "process"`)
}

func TestProcessIgnoresAccountsInEnvironment(t *testing.T) {
	testkit.RequireNode(t)
	t.Setenv("AZURITE_ACCOUNTS", "other:a2V5")
	instance := start(t, azurite.Options{Kind: azurite.Process})
	store(t, instance)
	stop(t, instance)
}

func TestStartStopsWhenContextEnds(t *testing.T) {
	testkit.RequireNode(t)
	t.Setenv("TMPDIR", t.TempDir())
	_, err := azurite.Install(t.Context(), "", nil)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = azurite.Start(ctx, azurite.Options{Kind: azurite.Process})
	require.ErrorIs(t, err, context.Canceled)
	assert.Empty(t, dataFolders(t))
}

// helperVariable makes TestHelperStartsProcess run as the process that TestProcessExitsWhenItsOwnerIsKilled kills.
const helperVariable = "CVCONFORM_TEST_OWNER"

func TestProcessExitsWhenItsOwnerIsKilled(t *testing.T) {
	testkit.RequireNode(t)
	_, err := azurite.Install(t.Context(), "", nil)
	require.NoError(t, err)
	t.Setenv("TMPDIR", t.TempDir())
	owner, host := startOwner(t)
	connection, err := net.Dial("tcp", host)
	require.NoError(t, err)
	defer connection.Close()
	require.NoError(t, connection.SetReadDeadline(time.Now().Add(20*time.Second)))
	assert.Len(t, dataFolders(t), 1)

	require.NoError(t, owner.Process.Kill())
	require.Error(t, owner.Wait())
	_, err = connection.Read(make([]byte, 1))
	require.Error(t, err)
	require.NotErrorIs(t, err, os.ErrDeadlineExceeded, "Azurite outlives its owner")
	assert.Empty(t, dataFolders(t), "the guard script deletes the data")
}

func startOwner(t *testing.T) (owner *exec.Cmd, host string) {
	t.Helper()
	owner = exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestHelperStartsProcess$")
	owner.Env = append(os.Environ(), helperVariable+"=1")
	owner.Stderr = os.Stderr
	_, err := owner.StdinPipe()
	require.NoError(t, err)
	stdout, err := owner.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, owner.Start())
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	host, ok := strings.CutPrefix(strings.TrimSpace(line), "serving ")
	require.True(t, ok, "the helper printed %q", line)
	return owner, host
}

func TestHelperStartsProcess(t *testing.T) {
	if os.Getenv(helperVariable) == "" {
		return // not a test, but the process that another test starts
	}
	instance, err := azurite.Start(t.Context(), azurite.Options{Kind: azurite.Process})
	require.NoError(t, err)
	fmt.Println("serving", instance.BlobURL.Host)
	_, _ = os.Stdin.Read(make([]byte, 1))
}

func TestDoneReportsKilledProcess(t *testing.T) {
	testkit.RequireNode(t)
	t.Setenv("TMPDIR", t.TempDir())
	instance := start(t, azurite.Options{Kind: azurite.Process})
	azurite.Kill(t, instance)
	select {
	case <-instance.Done():
	case <-time.After(20 * time.Second):
		t.Fatal("Done is not closed although the process was killed")
	}
	assert.Contains(t, instance.Log(), "killed")
	require.NoError(t, instance.Stop(t.Context()))
	assert.Empty(t, dataFolders(t))
}

func start(t *testing.T, o azurite.Options) *azurite.Instance {
	t.Helper()
	testkit.Integration(t)
	instance, err := azurite.Start(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, instance.Stop(context.WithoutCancel(t.Context()))) })
	return instance
}

// store sends a message and uploads a blob with the connection string, and reads the message.
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

// stop stops an instance and requires that its port is closed.
func stop(t *testing.T, instance *azurite.Instance) {
	t.Helper()
	require.NoError(t, instance.Stop(t.Context()))
	require.NoError(t, instance.Stop(t.Context()), "a second Stop does nothing")
	_, err := net.Dial("tcp", instance.BlobURL.Host)
	require.Error(t, err)
	select {
	case <-instance.Done():
		t.Fatal("Done is closed although the instance was stopped by Stop")
	default:
	}
}

func dataFolders(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(os.TempDir(), "cvconform-azurite-*"))
	require.NoError(t, err)
	return found
}
