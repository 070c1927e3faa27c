package storageaccount_test

import (
	"io"
	"net/http"
	"testing"
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
)

// clients are what the SDKs and the harness see of an account.
type clients struct {
	harness *storage.Account
	blobs   *blobs.Client
	queues  *azqueue.ServiceClient
}

// open puts an account on the network, and opens it in the harness's way.
func open(t *testing.T, n *storageaccount.Network, o storageaccount.AccountOptions) (*storageaccount.Account, clients) {
	t.Helper()
	a := storageaccount.NewAccount(o)
	require.NoError(t, a.Serve(n))
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
	c.blobs, err = blobs.NewClientWithSharedKeyCredential(
		"http://"+a.BlobHost(),
		blobKey,
		&blobs.ClientOptions{ClientOptions: options},
	)
	require.NoError(t, err)
	queueKey, err := azqueue.NewSharedKeyCredential(c.harness.Name(), a.Key())
	require.NoError(t, err)
	c.queues, err = azqueue.NewServiceClientWithSharedKeyCredential(
		"http://"+a.QueueHost(),
		queueKey,
		&azqueue.ClientOptions{ClientOptions: options},
	)
	require.NoError(t, err)
	return a, c
}

// list lists all blobs of a container.
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

// after lets time pass.
func after(d time.Duration) { <-time.NewTimer(d).C }

// temporary writes a blob and deletes it a moment later.
func temporary(t *testing.T, a *storageaccount.Account, name string) {
	t.Helper()
	uri := "http://" + a.BlobHost() + "/models"
	require.NoError(t, a.PutBlob(t.Context(), uri, name, []byte("first")))
	after(10 * time.Millisecond)
	require.NoError(t, a.DeleteBlob(t.Context(), uri, name))
}

func TestWhatWasDeletedIsGone(t *testing.T) {
	inBubble(t, func(t *testing.T, n *storageaccount.Network) {
		a, c := open(t, n, storageaccount.AccountOptions{})
		require.NoError(t, a.AddContainer("models", "stays", nil))
		temporary(t, a, "folder/x")
		require.NoError(t, a.PutBlob(t.Context(), "http://"+a.BlobHost()+"/models", "stays", []byte("second")))
		assert.Len(t, c.list(t, "models", container.ListBlobsInclude{Deleted: true, Snapshots: true, Versions: true}), 1)
		p, err := c.blobs.GetProperties(t.Context(), nil)
		require.NoError(t, err)
		assert.False(t, *p.DeleteRetentionPolicy.Enabled)
	})
}

func TestSoftDeleteShowsWhatWasDeleted(t *testing.T) {
	inBubble(t, func(t *testing.T, n *storageaccount.Network) {
		a, c := open(t, n, storageaccount.AccountOptions{SoftDelete: 7 * 24 * time.Hour})
		require.NoError(t, a.AddContainer("models", "stays", nil))
		temporary(t, a, "folder/x")
		assert.Len(t, c.list(t, "models", container.ListBlobsInclude{}), 1)
		list := c.list(t, "models", container.ListBlobsInclude{Deleted: true})
		require.Len(t, list, 2)
		gone := list[0]
		assert.Equal(t, "folder/x", *gone.Name)
		assert.True(t, *gone.Deleted)
		assert.Equal(t, time.Now().Unix(), gone.Properties.DeletedTime.Unix())
		assert.EqualValues(t, 7, *gone.Properties.RemainingRetentionDays)
		p, err := c.blobs.GetProperties(t.Context(), nil)
		require.NoError(t, err)
		assert.EqualValues(t, 7, *p.DeleteRetentionPolicy.Days)
		after(7 * 24 * time.Hour)
		assert.Len(t, c.list(t, "models", container.ListBlobsInclude{Deleted: true}), 1)
	})
}

// What was overwritten is a snapshot where soft delete is on, and gone otherwise.
func TestABlobHasOneContent(t *testing.T) {
	inBubble(t, func(t *testing.T, n *storageaccount.Network) {
		a, c := open(t, n, storageaccount.AccountOptions{SoftDelete: time.Hour})
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
		require.EqualError(t, a.DeleteBlob(t.Context(), uri, "x"), "storage answered 404 BlobNotFound")
	})
}

func TestVersioningKeepsEveryContent(t *testing.T) {
	inBubble(t, func(t *testing.T, n *storageaccount.Network) {
		a, c := open(t, n, storageaccount.AccountOptions{Versioning: true, SoftDelete: time.Hour})
		require.NoError(t, a.AddContainer("models", "y", nil))
		temporary(t, a, "x")
		require.NoError(t, a.PutBlob(t.Context(), "http://"+a.BlobHost()+"/models", "x", []byte("second")))
		list := c.list(t, "models", container.ListBlobsInclude{Versions: true, Deleted: true})
		require.Len(t, list, 3)
		assert.Nil(t, list[0].IsCurrentVersion)
		assert.Nil(t, list[0].Deleted, "it is a version")
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

func TestListsThatLagShowBlobsLateAndLong(t *testing.T) {
	inBubble(t, func(t *testing.T, n *storageaccount.Network) {
		a, c := open(t, n, storageaccount.AccountOptions{ListLag: time.Minute})
		require.NoError(t, a.AddContainer("models", "x", nil))
		uri, include := "http://"+a.BlobHost()+"/models", container.ListBlobsInclude{}
		assert.Empty(t, c.list(t, "models", include))
		_, err := c.harness.Blob(t.Context(), "models", "x")
		require.NoError(t, err, "it can be read")
		after(time.Minute)
		assert.Len(t, c.list(t, "models", include), 1)
		require.NoError(t, a.DeleteBlob(t.Context(), uri, "x"))
		after(time.Minute - time.Second)
		assert.Len(t, c.list(t, "models", include), 1)
		after(time.Second)
		assert.Empty(t, c.list(t, "models", include))
	})
}

func TestStorageIsSlowAndBusy(t *testing.T) {
	inBubble(t, func(t *testing.T, n *storageaccount.Network) {
		a, c := open(t, n, storageaccount.AccountOptions{Latency: time.Second, ServiceLatency: time.Minute, BusyEvery: 3})
		began := time.Now()
		for i := range 3 {
			_, err := c.blobs.GetProperties(t.Context(), nil)
			assert.Equal(t, i == 2, bloberror.HasCode(err, bloberror.ServerBusy), err)
		}
		assert.Equal(t, 3*time.Second, time.Since(began))
		assert.Equal(t, map[string]int{"GetBlobServiceProperties": 3}, a.Calls())
		for range 6 {
			require.NoError(t, c.harness.Ping(t.Context()), "the harness tries again")
		}
		began = time.Now()
		require.NoError(t, a.AddContainer("models", "x", nil))
		require.NoError(t, a.DeleteBlob(t.Context(), "http://"+a.BlobHost()+"/models", "x"))
		assert.Equal(t, time.Minute, time.Since(began))
	})
}

func TestTheServiceIsToldWhyItCannot(t *testing.T) {
	inBubble(t, func(t *testing.T, n *storageaccount.Network) {
		a, _ := open(t, n, storageaccount.AccountOptions{Name: "acct"})
		ctx := t.Context()
		require.NoError(t, a.AddQueue("notes", "x"))
		require.EqualError(
			t,
			a.PutBlob(ctx, "https://acct.blob.core.windows.net/models", "x", nil),
			"storage answered 404 ContainerNotFound",
		)
		require.EqualError(
			t,
			a.SendMessage(ctx, "https://acct.queue.core.windows.net/none", "x"),
			"storage answered 404 QueueNotFound",
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
		written := a.Written()
		require.Len(t, written, 1)
		assert.NotEmpty(t, written[0].ID)
		assert.Equal(
			t,
			storageaccount.Write{
				At:        time.Now().UTC(),
				Operation: "SendMessage",
				Resource:  "notes",
				Text:      "text",
				Length:    4,
				ID:        written[0].ID,
			},
			written[0],
		)
	})
}

func TestStorageAsksForACredentialAndKnowsItsOperations(t *testing.T) {
	inBubble(t, func(t *testing.T, n *storageaccount.Network) {
		a, _ := open(t, n, storageaccount.AccountOptions{})
		require.NoError(t, a.AddContainer("models", "x", []byte("abc")))
		client := &http.Client{Transport: &http.Transport{DialContext: n.Dial}}
		for path, want := range map[string]int{"/models/x": 401, "/models/x?sig=x": 200, "/models/x?comp=tier&sig=x": 501,
			"/models/y?sig=x": 404, "/models?restype=container&comp=list&maxresults=0&sig=x": 400} {
			answer, err := client.Get("http://" + a.BlobHost() + path)
			require.NoError(t, err)
			assert.Equal(t, want, answer.StatusCode, path)
			body, err := io.ReadAll(answer.Body)
			require.NoError(t, err)
			if code := answer.Header.Get("X-Ms-Error-Code"); want != 200 {
				assert.Contains(t, string(body), "<Error><Code>"+code+"</Code><Message>")
			}
		}
	})
}
