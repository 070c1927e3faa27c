package storageaccount_test

import (
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	blobs "github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/storageaccount"
	"github.com/cvconform/cvconform/internal/storage"
	"github.com/cvconform/cvconform/internal/testkit/cloud"
)

// clients access an account: the client of the harness and those of the SDKs.
type clients struct {
	harness *storage.Account
	blobs   *blobs.Client
	queues  *azqueue.ServiceClient
}

// runInBubble runs a test with a virtual clock and a network.
func runInBubble(t *testing.T, f func(t *testing.T, n *cloud.Network)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		n := &cloud.Network{}
		defer n.Close()
		f(t, n)
	})
}

// openAccount serves a new account on the network and returns clients for it.
func openAccount(t *testing.T, n *cloud.Network, o storageaccount.Options) (*storageaccount.Account, clients) {
	t.Helper()
	a := storageaccount.New(o)
	require.NoError(t, n.Serve(a.BlobHost(), a.BlobHandler()))
	require.NoError(t, n.Serve(a.QueueHost(), a.QueueHandler()))
	c := clients{}
	var err error
	c.harness, err = storage.Open(a.ConnectionString(), storage.Options{Dial: n.Dial})
	require.NoError(t, err)
	options := policy.ClientOptions{
		Transport: &http.Client{Transport: &http.Transport{DialContext: n.Dial}},
		Retry:     policy.RetryOptions{MaxRetries: -1},
	}
	blobKey, err := azblob.NewSharedKeyCredential(c.harness.Name(), a.Key())
	require.NoError(t, err)
	c.blobs, err = blobs.NewClientWithSharedKeyCredential("http://"+a.BlobHost(), blobKey,
		&blobs.ClientOptions{ClientOptions: options})
	require.NoError(t, err)
	queueKey, err := azqueue.NewSharedKeyCredential(c.harness.Name(), a.Key())
	require.NoError(t, err)
	c.queues, err = azqueue.NewServiceClientWithSharedKeyCredential("http://"+a.QueueHost(), queueKey,
		&azqueue.ClientOptions{ClientOptions: options})
	require.NoError(t, err)
	return a, c
}

// list returns all blobs of a container.
func (c clients) list(t *testing.T, name string, include container.ListBlobsInclude) (all []*container.BlobItem) {
	t.Helper()
	pager := c.blobs.NewContainerClient(name).NewListBlobsFlatPager(&container.ListBlobsFlatOptions{Include: include})
	for pager.More() {
		page, err := pager.NextPage(t.Context())
		require.NoError(t, err)
		all = append(all, page.Segment.BlobItems...)
	}
	return all
}

// wait advances the virtual clock.
func wait(d time.Duration) { <-time.NewTimer(d).C }

// putTemporaryBlob writes a blob and deletes it 10 ms later.
func putTemporaryBlob(t *testing.T, a *storageaccount.Account, name string) {
	t.Helper()
	uri := "http://" + a.BlobHost() + "/models"
	require.NoError(t, a.PutBlob(t.Context(), uri, name, []byte("first")))
	wait(10 * time.Millisecond)
	require.NoError(t, a.DeleteBlob(t.Context(), uri, name))
}

func TestNothingIsRetainedByDefault(t *testing.T) {
	runInBubble(t, func(t *testing.T, n *cloud.Network) {
		a, c := openAccount(t, n, storageaccount.Options{})
		require.NoError(t, a.AddContainer("models", "stays", nil))
		putTemporaryBlob(t, a, "folder/x")
		require.NoError(t, a.PutBlob(t.Context(), "http://"+a.BlobHost()+"/models", "stays", []byte("second")))
		assert.Len(t, c.list(t, "models", container.ListBlobsInclude{Deleted: true, Snapshots: true, Versions: true}), 1)
		p, err := c.blobs.GetProperties(t.Context(), nil)
		require.NoError(t, err)
		assert.False(t, *p.DeleteRetentionPolicy.Enabled)
	})
}

func TestSoftDeleteRetainsDeletedBlobs(t *testing.T) {
	runInBubble(t, func(t *testing.T, n *cloud.Network) {
		a, c := openAccount(t, n, storageaccount.Options{SoftDelete: 7 * 24 * time.Hour})
		require.NoError(t, a.AddContainer("models", "stays", nil))
		putTemporaryBlob(t, a, "folder/x")
		assert.Len(t, c.list(t, "models", container.ListBlobsInclude{}), 1)
		list := c.list(t, "models", container.ListBlobsInclude{Deleted: true})
		require.Len(t, list, 2)
		deleted := list[0]
		assert.Equal(t, "folder/x", *deleted.Name)
		assert.True(t, *deleted.Deleted)
		assert.Equal(t, time.Now().Unix(), deleted.Properties.DeletedTime.Unix())
		assert.EqualValues(t, 7, *deleted.Properties.RemainingRetentionDays)
		p, err := c.blobs.GetProperties(t.Context(), nil)
		require.NoError(t, err)
		assert.EqualValues(t, 7, *p.DeleteRetentionPolicy.Days)
		wait(7 * 24 * time.Hour)
		assert.Len(t, c.list(t, "models", container.ListBlobsInclude{Deleted: true}), 1)
	})
}

// With soft delete, overwritten content is retained as a deleted snapshot.
func TestSoftDeleteRetainsOverwrittenContent(t *testing.T) {
	runInBubble(t, func(t *testing.T, n *cloud.Network) {
		a, c := openAccount(t, n, storageaccount.Options{SoftDelete: time.Hour})
		require.NoError(t, a.AddContainer("models", "x", []byte("first")))
		uri := "http://" + a.BlobHost() + "/models"
		require.NoError(t, a.PutBlob(t.Context(), uri, "x", []byte("second one")))
		require.Len(t, c.list(t, "models", container.ListBlobsInclude{Deleted: true}), 1)
		require.Len(t, c.list(t, "models", container.ListBlobsInclude{Snapshots: true}), 1)
		kept := c.list(t, "models", container.ListBlobsInclude{Deleted: true, Snapshots: true})
		require.Len(t, kept, 2)
		assert.True(t, *kept[0].Deleted)
		assert.NotEmpty(t, *kept[0].Snapshot)
		assert.Nil(t, kept[1].Snapshot)
		read, err := c.harness.Blob(t.Context(), "models", "x")
		require.NoError(t, err)
		assert.EqualValues(t, len("second one"), read.Length)
		require.NoError(t, a.DeleteBlob(t.Context(), uri, "x"))
		_, err = c.harness.Blob(t.Context(), "models", "x")
		require.ErrorIs(t, err, storage.ErrNotFound)
		require.EqualError(t, a.DeleteBlob(t.Context(), uri, "x"), "storage returned 404 BlobNotFound")
	})
}

func TestVersioningRetainsEveryContent(t *testing.T) {
	runInBubble(t, func(t *testing.T, n *cloud.Network) {
		a, c := openAccount(t, n, storageaccount.Options{Versioning: true, SoftDelete: time.Hour})
		require.NoError(t, a.AddContainer("models", "y", nil))
		putTemporaryBlob(t, a, "x")
		require.NoError(t, a.PutBlob(t.Context(), "http://"+a.BlobHost()+"/models", "x", []byte("second")))
		list := c.list(t, "models", container.ListBlobsInclude{Versions: true, Deleted: true})
		require.Len(t, list, 3)
		assert.Nil(t, list[0].IsCurrentVersion)
		assert.Nil(t, list[0].Deleted, "an earlier version is not listed as deleted")
		assert.True(t, *list[1].IsCurrentVersion)
		client, err := c.blobs.NewContainerClient("models").NewBlobClient("x").WithVersionID(*list[0].VersionID)
		require.NoError(t, err)
		old, err := client.DownloadStream(t.Context(), nil)
		require.NoError(t, err)
		body, err := io.ReadAll(old.Body)
		require.NoError(t, err)
		assert.Equal(t, "first", string(body))
		assert.Len(t, c.list(t, "models", container.ListBlobsInclude{Deleted: true}), 2)
	})
}

func TestListLagDelaysNewAndDeletedBlobs(t *testing.T) {
	runInBubble(t, func(t *testing.T, n *cloud.Network) {
		a, c := openAccount(t, n, storageaccount.Options{ListLag: time.Minute})
		require.NoError(t, a.AddContainer("models", "x", nil))
		uri, include := "http://"+a.BlobHost()+"/models", container.ListBlobsInclude{}
		assert.Empty(t, c.list(t, "models", include))
		_, err := c.harness.Blob(t.Context(), "models", "x")
		require.NoError(t, err, "reading a blob does not lag")
		wait(time.Minute)
		assert.Len(t, c.list(t, "models", include), 1)
		require.NoError(t, a.DeleteBlob(t.Context(), uri, "x"))
		wait(time.Minute - time.Second)
		assert.Len(t, c.list(t, "models", include), 1)
		wait(time.Second)
		assert.Empty(t, c.list(t, "models", include))
	})
}

func TestLatencyAndBusyResponses(t *testing.T) {
	runInBubble(t, func(t *testing.T, n *cloud.Network) {
		a, c := openAccount(t, n, storageaccount.Options{Latency: time.Second, ServiceLatency: time.Minute, BusyEvery: 3})
		start := time.Now()
		for i := range 3 {
			_, err := c.blobs.GetProperties(t.Context(), nil)
			assert.Equal(t, i == 2, bloberror.HasCode(err, bloberror.ServerBusy), err)
		}
		assert.Equal(t, 3*time.Second, time.Since(start))
		assert.Equal(t, map[string]int{"GetBlobServiceProperties": 3}, a.Calls())
		for range 6 {
			require.NoError(t, c.harness.Ping(t.Context()), "the harness retries")
		}
		start = time.Now()
		require.NoError(t, a.AddContainer("models", "x", nil))
		require.NoError(t, a.DeleteBlob(t.Context(), "http://"+a.BlobHost()+"/models", "x"))
		assert.Equal(t, time.Minute, time.Since(start))
	})
}

func TestWritesReturnErrors(t *testing.T) {
	runInBubble(t, func(t *testing.T, n *cloud.Network) {
		a, _ := openAccount(t, n, storageaccount.Options{Name: "acct"})
		ctx := t.Context()
		require.NoError(t, a.AddQueue("notes", "x"))
		require.EqualError(
			t,
			a.PutBlob(ctx, "https://acct.blob.core.windows.net/models", "x", nil),
			"storage returned 404 ContainerNotFound",
		)
		require.EqualError(
			t,
			a.SendMessage(ctx, "https://acct.queue.core.windows.net/none", "x"),
			"storage returned 404 QueueNotFound",
		)
		require.ErrorContains(
			t,
			a.SendMessage(ctx, "https://other.queue.core.windows.net/notes", "x"),
			"no such host other.queue.core.windows.net",
		)
		require.ErrorContains(
			t,
			a.SendMessage(ctx, "https://acct.blob.core.windows.net/notes", "x"),
			"does not serve a queue",
		)
		require.NoError(t, a.SendMessage(ctx, "https://acct.queue.core.windows.net/notes", "text"))
		writes := a.Writes()
		require.Len(t, writes, 1)
		assert.NotEmpty(t, writes[0].ID)
		assert.Equal(
			t,
			storageaccount.Write{
				At:        time.Now().UTC(),
				Operation: "SendMessage",
				Resource:  "notes",
				Text:      "text",
				Length:    4,
				ID:        writes[0].ID,
			},
			writes[0],
		)
	})
}

func TestErrorResponses(t *testing.T) {
	runInBubble(t, func(t *testing.T, n *cloud.Network) {
		a, _ := openAccount(t, n, storageaccount.Options{})
		require.NoError(t, a.AddContainer("models", "x", []byte("abc")))
		client := &http.Client{Transport: &http.Transport{DialContext: n.Dial}}
		for path, want := range map[string]int{"/models/x": 401, "/models/x?sig=x": 200, "/models/x?comp=tier&sig=x": 501,
			"/models/y?sig=x": 404, "/models?restype=container&comp=list&maxresults=0&sig=x": 400} {
			response, err := client.Get("http://" + a.BlobHost() + path)
			require.NoError(t, err)
			assert.Equal(t, want, response.StatusCode, path)
			body, err := io.ReadAll(response.Body)
			require.NoError(t, err)
			if code := response.Header.Get("X-Ms-Error-Code"); want != 200 {
				assert.Contains(t, string(body), "<Error><Code>"+code+"</Code><Message>")
			}
		}
	})
}
