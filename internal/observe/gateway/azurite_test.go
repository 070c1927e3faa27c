package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/sas"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/azurite"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/observe"
	"github.com/cvconform/cvconform/internal/testkit"
)

// TestAzurite runs the gateway between Azure's SDKs and a real Azurite.
func TestAzurite(t *testing.T) {
	testkit.Integration(t)
	storage, err := azurite.Start(t.Context(), azurite.Options{Kind: azurite.Process})
	if missing := new(azurite.UnavailableError); errors.As(err, &missing) {
		t.Skipf("no Azurite on this machine: %v", err)
	}
	require.NoError(t, err)
	t.Cleanup(func() { _ = storage.Stop(context.WithoutCancel(t.Context())) })
	g := startWithOptions(t, Options{Blob: storage.BlobURL, Queue: storage.QueueURL})

	t.Run("odd blob names", func(t *testing.T) { testOddNames(t, g) })
	t.Run("a blob in blocks", func(t *testing.T) { testBlocks(t, g) })
	t.Run("account SAS", func(t *testing.T) { testAccountSAS(t, g) })
	t.Run("service SAS", func(t *testing.T) { testServiceSAS(t, g) })
	t.Run("messages", func(t *testing.T) { testMessages(t, g) })
	t.Run("denied", func(t *testing.T) { testDenied(t, g) })
	t.Run("short-lived blobs", func(t *testing.T) { testShortLivedBlobs(t, g) })
}

// blobClient returns a client of the blob service that goes through g.
func blobClient(t *testing.T, g *Gateway) *service.Client {
	t.Helper()
	key, err := azblob.NewSharedKeyCredential(azurite.AccountName, azurite.AccountKey)
	require.NoError(t, err)
	c, err := service.NewClientWithSharedKeyCredential(g.BlobURL().JoinPath(azurite.AccountName).String(), key, nil)
	require.NoError(t, err)
	return c
}

func containerClient(t *testing.T, g *Gateway, name string) *container.Client {
	t.Helper()
	c := blobClient(t, g).NewContainerClient(name)
	_, err := c.Create(t.Context(), nil)
	require.NoError(t, err)
	return c
}

func testOddNames(t *testing.T, g *Gateway) {
	c := containerClient(t, g, "odd")
	for _, name := range []string{
		"{projectId} - {iterationId}.CoreML", "Customvision-TestPermission/x", "a+b", "100%", "a%2Fb",
		"what?", "a#b", "a&b=c",
		"über", "漢字", "a//b", "trailing/", "trailing.", "./../x", "a\tb", "'quoted' \"twice\"", "[x]|^`",
	} {
		w := g.Subscribe(nil)
		_, err := c.NewBlockBlobClient(name).UploadBuffer(t.Context(), []byte(name), nil)
		require.NoError(t, err, name)
		_, err = c.NewBlobClient(name).Delete(t.Context(), nil)
		require.NoError(t, err, name)
		ops := w.Operations()
		require.Len(t, ops, 2, name)
		assert.Equal(
			t,
			evidence.Operation{Service: evidence.Blob, Name: "PutBlob", Method: "PUT", Account: azurite.AccountName,
				Resource: "odd", Object: name, Status: 201, Auth: "sharedkey",
				Length: int64(len(name)), SHA256: digest([]byte(name)),
				Began: ops[0].Began, Ended: ops[0].Ended},
			ops[0],
		)
		assert.Equal(t, "DeleteBlob "+name, ops[1].Name+" "+ops[1].Object)
		w.Close()
	}
}

func testBlocks(t *testing.T, g *Gateway) {
	c := containerClient(t, g, "blocks")
	content := pattern(10 << 20)
	w := g.Subscribe(nil)
	_, err := c.NewBlockBlobClient("big").UploadStream(t.Context(), bytes.NewReader(content),
		&azblob.UploadStreamOptions{BlockSize: 1 << 20, Concurrency: 3})
	require.NoError(t, err)
	response, err := c.NewBlobClient("big").DownloadStream(t.Context(), nil)
	require.NoError(t, err)
	got, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	assert.Equal(t, digest(content), digest(got))

	count, sum := map[string]int{}, int64(0)
	for _, op := range w.Operations() {
		count[op.Name]++
		if op.Name == "PutBlock" {
			sum += op.Length
		}
	}
	assert.Equal(t, map[string]int{"PutBlock": 10, "PutBlockList": 1, "GetBlob": 1}, count)
	assert.Equal(t, int64(len(content)), sum)
}

func testAccountSAS(t *testing.T, g *Gateway) {
	containerClient(t, g, "account-sas")
	signed, err := blobClient(t, g).GetSASURL(sas.AccountResourceTypes{Object: true, Container: true, Service: true},
		sas.AccountPermissions{Read: true, Write: true, Create: true}, time.Now().Add(time.Hour), nil)
	require.NoError(t, err)
	c, err := service.NewClientWithNoCredential(signed, nil)
	require.NoError(t, err)
	useSAS(t, g, c.NewContainerClient("account-sas"))
}

func testServiceSAS(t *testing.T, g *Gateway) {
	signed, err := containerClient(t, g, "service-sas").GetSASURL(sas.ContainerPermissions{Write: true, Create: true},
		time.Now().Add(time.Hour), nil)
	require.NoError(t, err)
	c, err := container.NewClientWithNoCredential(signed, nil)
	require.NoError(t, err)
	useSAS(t, g, c)
}

// useSAS uploads a blob and checks the recorded operation.
func useSAS(t *testing.T, g *Gateway, c *container.Client) {
	t.Helper()
	w := g.Subscribe(nil)
	_, err := c.NewBlockBlobClient("a b/c").UploadBuffer(t.Context(), []byte("x"), nil)
	require.NoError(t, err)
	op := only(t, w)
	assert.Equal(t, "PutBlob a b/c sas 201", fmt.Sprint(op.Name, " ", op.Object, " ", op.Auth, " ", op.Status))
	assert.NotContains(t, fmt.Sprintf("%+v", op), "sig")
}

func testMessages(t *testing.T, g *Gateway) {
	key, err := azqueue.NewSharedKeyCredential(azurite.AccountName, azurite.AccountKey)
	require.NoError(t, err)
	q, err := azqueue.NewQueueClientWithSharedKeyCredential(
		g.QueueURL().JoinPath(azurite.AccountName, "news").String(),
		key,
		nil,
	)
	require.NoError(t, err)
	w := g.Subscribe(nil)
	_, err = q.Create(t.Context(), nil)
	require.NoError(t, err)
	text := strings.Repeat("&", 65536)
	for _, m := range []string{`{"type":"ConnectionTest"}`, " \r\n\t<ü> 😀 ", text} {
		sent, err := q.EnqueueMessage(t.Context(), m, nil)
		require.NoError(t, err)
		op := w.Operations()[len(w.Operations())-1]
		assert.Equal(t, "PutMessage", op.Name)
		assert.Equal(t, m, op.Text)
		assert.Equal(t, *sent.Messages[0].MessageID, op.MessageID)
		assert.Equal(t, sent.Messages[0].ExpirationTime.UTC(), op.Expires)
	}
	assert.Equal(t, "CreateQueue", w.Operations()[0].Name)

	undo := g.Deny(evidence.Queue, "news")
	defer undo()
	_, err = q.EnqueueMessage(t.Context(), "x", nil)
	require.ErrorContains(t, err, "AuthorizationPermissionMismatch")
}

func testDenied(t *testing.T, g *Gateway) {
	c := containerClient(t, g, "denied")
	undo := g.Deny(evidence.Blob, "denied")
	_, err := c.NewBlockBlobClient("b").UploadBuffer(t.Context(), make([]byte, 5<<20), nil)
	assert.True(t, bloberror.HasCode(err, bloberror.AuthorizationPermissionMismatch), "%v", err)
	_, err = c.NewBlobClient("b").GetProperties(t.Context(), nil) // HEAD: the code is in the header
	assert.True(t, bloberror.HasCode(err, bloberror.AuthorizationPermissionMismatch), "%v", err)
	undo()
	_, err = c.NewBlockBlobClient("b").UploadBuffer(t.Context(), []byte("x"), nil)
	require.NoError(t, err)
}

// testShortLivedBlobs writes and deletes blobs concurrently, and checks the recorded operations as soon as each call
// returns.
func testShortLivedBlobs(t *testing.T, g *Gateway) {
	const writers = 8
	each := 250
	if testing.Short() {
		each = 10
	}
	c := containerClient(t, g, "short-lived")
	var wg sync.WaitGroup
	var missing, failures atomic.Int32
	for n := range writers {
		wg.Go(func() {
			for i := range each {
				name := fmt.Sprintf("%d-%d", n, i)
				w := g.Subscribe(func(op evidence.Operation) bool { return op.Object == name })
				failures.Add(shortLivedBlob(t.Context(), c, name, w, &missing))
				w.Close()
			}
		})
	}
	wg.Wait()
	assert.Zero(t, failures.Load())
	assert.Zero(t, missing.Load())
}

// shortLivedBlob writes and deletes one blob, and returns the number of failed calls.
func shortLivedBlob(
	ctx context.Context,
	c *container.Client,
	name string,
	w *observe.Subscription,
	missing *atomic.Int32,
) (failures int32) {
	ctx = policy.WithRetryOptions(ctx, policy.RetryOptions{MaxRetries: -1})
	if _, err := c.NewBlockBlobClient(name).UploadBuffer(ctx, []byte(name), nil); err != nil {
		failures++
	}
	if ops := w.Operations(); len(ops) != 1 || ops[0].Name != "PutBlob" || !ops[0].Succeeded() {
		missing.Add(1)
	}
	if _, err := c.NewBlobClient(name).Delete(ctx, nil); err != nil {
		failures++
	}
	if ops := w.Operations(); len(ops) != 2 || ops[1].Name != "DeleteBlob" || !ops[1].Succeeded() {
		missing.Add(1)
	}
	return failures
}
