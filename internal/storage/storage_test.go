package storage

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/url"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/azurite"
	"github.com/cvconform/cvconform/internal/testkit"
)

func TestAzurite(t *testing.T) {
	testkit.Integration(t)
	server, err := azurite.Start(t.Context(), azurite.Options{Kind: azurite.Process})
	if missing := new(azurite.UnavailableError); errors.As(err, &missing) {
		t.Skipf("no Azurite on this machine: %v", err)
	}
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Stop(context.WithoutCancel(t.Context())) })
	a, err := Open(server.ConnectionString(), Options{})
	require.NoError(t, err)

	t.Run("ping", func(t *testing.T) { testPing(t, a) })
	t.Run("create, delete and list", func(t *testing.T) { testNames(t, a) })
	t.Run("messages", func(t *testing.T) { testMessages(t, a) })
	t.Run("odd blobs", func(t *testing.T) { testOddBlobs(t, a) })
	t.Run("many blobs", func(t *testing.T) { testManyBlobs(t, a) })
	t.Run("peek", func(t *testing.T) { testPeek(t, a) })
	t.Run("versions", func(t *testing.T) { testVersions(t, a) })
	t.Run("soft delete", func(t *testing.T) { testSoftDelete(t, a) })
	t.Run("not found", func(t *testing.T) { testMissing(t, a) })
}

func testPing(t *testing.T, a *Account) {
	require.NoError(t, a.Ping(t.Context()))
	wrongKey, err := Open("AccountName=devstoreaccount1;AccountKey=d3Jvbmc=;BlobEndpoint="+a.BlobEndpoint().String()+
		";QueueEndpoint="+a.QueueEndpoint().String(), Options{})
	require.NoError(t, err)
	require.ErrorContains(
		t,
		wrongKey.Ping(t.Context()),
		"reach the blob service at "+a.BlobEndpoint().String()+": storage returned 403",
	)

	noQueues, err := Open("AccountName=devstoreaccount1;AccountKey="+a.Key()+";BlobEndpoint="+a.BlobEndpoint().String()+
		";QueueEndpoint=http://"+closedAddress(t)+"/devstoreaccount1", Options{})
	require.NoError(t, err)
	require.ErrorContains(t, noQueues.Ping(t.Context()), "reach the queue service at ")
}

// closedAddress returns an address on which nothing listens.
func closedAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return l.Addr().String()
}

func testNames(t *testing.T, a *Account) {
	ctx := t.Context()
	for _, name := range []string{"names-b", "names-a", "other"} {
		require.NoError(t, a.CreateQueue(ctx, name))
		require.NoError(t, a.CreateQueue(ctx, name), "the second time")
		require.NoError(t, a.CreateContainer(ctx, name))
		require.NoError(t, a.CreateContainer(ctx, name), "the second time")
	}
	queues, containers, err := a.Names(ctx, "names-")
	require.NoError(t, err)
	assert.Equal(t, []string{"names-a", "names-b"}, queues)
	assert.Equal(t, []string{"names-a", "names-b"}, containers)
	for range 2 {
		require.NoError(t, a.DeleteQueue(ctx, "names-a"))
		require.NoError(t, a.DeleteContainer(ctx, "names-a"))
	}
	queues, containers, err = a.Names(ctx, "names-")
	require.NoError(t, err)
	assert.Equal(t, []string{"names-b"}, queues)
	assert.Equal(t, []string{"names-b"}, containers)
}

func testMessages(t *testing.T, a *Account) {
	ctx := t.Context()
	require.NoError(t, a.CreateQueue(ctx, "messages"))
	var want []string
	for i := range 70 {
		want = append(want, fmt.Sprintf(` {"n": %d, "s": "<&> ü 😀"} `, i))
		_, err := a.queues.NewQueueClient("messages").EnqueueMessage(ctx, want[i], nil)
		require.NoError(t, err)
	}
	messages, err := a.Messages(ctx, "messages")
	require.NoError(t, err)
	var texts []string
	for _, m := range messages {
		texts = append(texts, m.Text)
		assert.NotEmpty(t, m.ID)
		assert.False(t, m.Inserted.IsZero())
	}
	assert.Equal(t, want, texts)
	properties, err := a.queues.NewQueueClient("messages").GetProperties(ctx, nil)
	require.NoError(t, err)
	assert.EqualValues(t, 70, *properties.ApproximateMessagesCount, "no message is deleted")
}

func testPeek(t *testing.T, a *Account) {
	ctx := t.Context()
	require.NoError(t, a.CreateQueue(ctx, "peeked"))
	for i := range PeekLimit + 3 {
		_, err := a.queues.NewQueueClient("peeked").EnqueueMessage(ctx, fmt.Sprintf("<%d>", i), nil)
		require.NoError(t, err)
	}
	require.NoError(t, a.CreateQueue(ctx, "few"))
	for range 2 {
		_, err := a.queues.NewQueueClient("few").EnqueueMessage(ctx, "one of two", nil)
		require.NoError(t, err)
		shown, err := a.Peek(ctx, "peeked")
		require.NoError(t, err)
		require.Len(t, shown, PeekLimit, "all stay visible")
		assert.Equal(t, "<0>", shown[0].Text)
		assert.NotEmpty(t, shown[0].ID)
		assert.False(t, shown[0].Inserted.IsZero())
	}
	few, err := a.Messages(ctx, "few")
	require.NoError(t, err)
	assert.Len(t, few, 2)
	few, err = a.Messages(ctx, "few")
	require.NoError(t, err)
	assert.Len(t, few, 2, "they were not changed")
	all, err := a.Messages(ctx, "peeked")
	require.NoError(t, err)
	assert.Len(t, all, PeekLimit+3)
	_, err = a.Peek(ctx, "none")
	require.ErrorIs(t, err, ErrNotFound)
}

func upload(t *testing.T, a *Account, container, name string, content []byte) {
	t.Helper()
	_, err := a.blobs.NewContainerClient(container).NewBlockBlobClient(name).UploadBuffer(t.Context(), content,
		&blockblob.UploadBufferOptions{HTTPHeaders: &blob.HTTPHeaders{BlobContentType: new("application/zip")}})
	require.NoError(t, err)
}

// withoutETags removes the ETags, which are not predictable, after checking that every blob has its own.
func withoutETags(t *testing.T, blobs ...Blob) []Blob {
	t.Helper()
	tags := map[string]bool{}
	for i := range blobs {
		assert.Regexp(t, `^0x[0-9A-F]+$`, blobs[i].ETag)
		tags[blobs[i].ETag], blobs[i].ETag = true, ""
	}
	assert.Len(t, tags, len(blobs))
	return blobs
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func testOddBlobs(t *testing.T, a *Account) {
	require.NoError(t, a.CreateContainer(t.Context(), "odd"))
	names := []string{
		"{projectId} - {iterationId}.CoreML",
		"Customvision-TestPermission/x",
		"a+b%2F?#&=",
		"über 漢",
		"a//b/",
		"./../x",
		"tab\t",
	}
	for _, name := range names {
		upload(t, a, "odd", name, []byte(name))
		b, err := a.Blob(t.Context(), "odd", name)
		require.NoError(t, err)
		assert.Equal(
			t,
			Blob{Name: name, Length: int64(len(name)), SHA256: digest([]byte(name)), ContentType: "application/zip"},
			withoutETags(t, b)[0],
		)
	}
	upload(t, a, "odd", "empty", nil)
	all, err := a.Blobs(t.Context(), "odd")
	require.NoError(t, err)
	var got []string
	for _, b := range all {
		got = append(got, b.Name)
	}
	assert.ElementsMatch(t, append(names, "empty"), got)
}

func testManyBlobs(t *testing.T, a *Account) {
	require.NoError(t, a.CreateContainer(t.Context(), "many"))
	var want []Blob
	for i := range 120 {
		content := bytes.Repeat([]byte{byte(i)}, i)
		want = append(
			want,
			Blob{Name: fmt.Sprintf("%03d", i), Length: int64(i), SHA256: digest(content), ContentType: "application/zip"},
		)
		upload(t, a, "many", want[i].Name, content)
	}
	all, err := a.Blobs(t.Context(), "many")
	require.NoError(t, err)
	assert.Equal(t, want, withoutETags(t, all...))
	names, err := a.blobNames(t.Context(), "many", 50)
	require.NoError(t, err)
	assert.Len(t, names, 120, "in pages of 50")

	big := bytes.Repeat([]byte("0123456789abcdef"), 10<<16)
	upload(t, a, "many", "big", big)
	var got bytes.Buffer
	require.NoError(t, a.Download(t.Context(), "many", "big", &got))
	assert.Equal(t, digest(big), digest(got.Bytes()))
}

func testMissing(t *testing.T, a *Account) {
	_, err := a.Blob(t.Context(), "none", "b")
	require.ErrorIs(t, err, ErrNotFound)
	require.EqualError(t, err, `read blob "b" of container "none": storage returned 404 ContainerNotFound`)
	_, err = a.Blobs(t.Context(), "none")
	require.ErrorIs(t, err, ErrNotFound)
	_, err = a.Messages(t.Context(), "none")
	require.ErrorIs(t, err, ErrNotFound)
	require.NotErrorIs(t, a.CreateQueue(t.Context(), "Bad_Name"), ErrNotFound)
}

func TestOpen(t *testing.T) {
	const key = "c2VjcmV0"
	for name, c := range map[string]struct{ given, blob, queue string }{
		"endpoints": {"AccountName=a;AccountKey=" + key + ";BlobEndpoint=http://127.0.0.1:1/a/;QueueEndpoint=http://127.0.0.1:2/a",
			"http://127.0.0.1:1/a", "http://127.0.0.1:2/a"},
		"suffix": {"DefaultEndpointsProtocol=https;AccountName=a;AccountKey=" + key + ";EndpointSuffix=core.windows.net",
			"https://a.blob.core.windows.net", "https://a.queue.core.windows.net"},
		"development": {
			"UseDevelopmentStorage=true", "http://127.0.0.1:10000/devstoreaccount1", "http://127.0.0.1:10001/devstoreaccount1",
		},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := Open(c.given, Options{})
			require.NoError(t, err)
			assert.Equal(t, c.blob, a.BlobEndpoint().String())
			assert.Equal(t, c.queue, a.QueueEndpoint().String())
		})
	}
}

func TestOpenErrorsDoNotQuoteTheKey(t *testing.T) {
	for given, want := range map[string]string{
		"":                                       "it is empty",
		"SECRET":                                 "field 1 does not have the form Name=Value",
		"AccountKey=SECRET":                      "AccountName is missing",
		"AccountName=a":                          "AccountKey is missing",
		"AccountName=a;AccountKey=SECRET-SECRET": "AccountKey is not Base64",
		"AccountName=a;AccountKey=SECRET00;BlobEndpoint=ftp://x": "the blob endpoint is not an http or https URL",
		"AccountName=a;SharedAccessSignature=sig=SECRET":         "SharedAccessSignature",
	} {
		_, err := Open(given, Options{})
		require.ErrorContains(t, err, want)
		assert.NotContains(t, err.Error(), "SECRET")
	}
}

func TestURIsOnAnotherBase(t *testing.T) {
	a, err := Open("UseDevelopmentStorage=true", Options{})
	require.NoError(t, err)
	blobs, queues := &url.URL{Scheme: "http", Host: "127.0.0.1:7"}, &url.URL{Scheme: "http", Host: "127.0.0.1:8"}
	assert.Equal(t, "http://127.0.0.1:8/devstoreaccount1/q", a.QueueURI(queues, "q"))
	assert.Equal(t, "http://127.0.0.1:7/devstoreaccount1/c", a.ContainerURI(blobs, "c"))
	assert.Equal(t, "http://127.0.0.1:10001/devstoreaccount1/q", a.QueueURI(nil, "q"))
	moved, err := Open(a.WithEndpoints(blobs, queues), Options{})
	require.NoError(t, err)
	assert.Equal(t, a.Name()+a.Key(), moved.Name()+moved.Key())
	assert.Equal(t, "http://127.0.0.1:7/devstoreaccount1", moved.BlobEndpoint().String())
	assert.Equal(t, "http://127.0.0.1:8/devstoreaccount1", moved.QueueEndpoint().String())
}
