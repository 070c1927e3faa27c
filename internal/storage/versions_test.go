package storage

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A list and the blob's own properties agree.
func testVersions(t *testing.T, a *Account) {
	ctx := t.Context()
	require.NoError(t, a.CreateContainer(ctx, "versions"))
	put, err := a.PutBlob(ctx, "versions", "f/x y", []byte("four"))
	require.NoError(t, err)
	for _, former := range []bool{false, true} {
		shown, err := a.ListVersions(ctx, "versions", former)
		require.NoError(t, err)
		require.Len(t, shown, 1)
		assert.False(t, shown[0].Modified.IsZero())
		assert.Equal(
			t,
			BlobVersion{Name: "f/x y", ETag: put.ETag, Length: 4, Current: true, Modified: shown[0].Modified},
			shown[0],
		)
		stat, err := a.StatBlob(ctx, "versions", "f/x y")
		require.NoError(t, err)
		assert.Equal(t, shown[0], stat)
	}
	read, err := a.Blob(ctx, "versions", "f/x y")
	require.NoError(t, err)
	assert.Equal(t, put.ETag, read.ETag)

	_, err = a.blobs.NewContainerClient("versions").
		NewBlobClient("f/x y").
		CreateSnapshot(ctx, &blob.CreateSnapshotOptions{})
	require.NoError(t, err)
	shown, err := a.ListVersions(ctx, "versions", true)
	require.NoError(t, err)
	require.Len(t, shown, 2)
	assert.NotEqual(t, shown[0].Current, shown[1].Current, "a snapshot is an earlier content")

	second, err := a.PutBlob(ctx, "versions", "other", nil)
	require.NoError(t, err)
	assert.NotEqual(t, put.ETag, second.ETag)
	for range 2 {
		require.NoError(t, a.DeleteBlob(ctx, "versions", "other"))
	}
	_, err = a.StatBlob(ctx, "versions", "other")
	require.ErrorIs(t, err, ErrNotFound)
	_, err = a.ListVersions(ctx, "none", false)
	require.ErrorIs(t, err, ErrNotFound)
	require.NoError(t, a.DeleteBlob(ctx, "none", "b"))
	_, err = a.PutBlob(ctx, "none", "b", nil)
	require.EqualError(t, err, `store blob "b" in container "none": storage returned 404 ContainerNotFound`)
}

// Azurite can be configured to keep deleted blobs, but does not keep them.
func testSoftDelete(t *testing.T, a *Account) {
	ctx := t.Context()
	enabled, err := a.SoftDeleteEnabled(ctx)
	require.NoError(t, err)
	assert.False(t, enabled)
	_, err = a.blobs.SetProperties(
		ctx,
		&service.SetPropertiesOptions{
			DeleteRetentionPolicy: &service.RetentionPolicy{Enabled: new(true), Days: new(int32(1))},
		},
	)
	require.NoError(t, err)
	enabled, err = a.SoftDeleteEnabled(ctx)
	require.NoError(t, err)
	assert.True(t, enabled)
	require.NoError(t, a.CreateContainer(ctx, "softdelete"))
	_, err = a.PutBlob(ctx, "softdelete", "b", []byte("x"))
	require.NoError(t, err)
	require.NoError(t, a.DeleteBlob(ctx, "softdelete", "b"))
	shown, err := a.ListVersions(ctx, "softdelete", true)
	require.NoError(t, err)
	assert.Empty(t, shown)
}

// The list is from the REST reference ("List Blobs").
func TestListVersionsWithFormerContents(t *testing.T) {
	const list = `<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="http://x/" ContainerName="c"><Blobs>` +
		`<Blob><Name>deleted</Name><Deleted>true</Deleted><Properties><Etag>0x1</Etag><Content-Length>3</Content-Length></Properties></Blob>` +
		`<Blob><Name>overwritten</Name><Deleted>true</Deleted><Snapshot>2026-01-01T00:00:00.0000000Z</Snapshot><Properties><Etag>"0x2"</Etag></Properties></Blob>` +
		`<Blob><Name>versioned</Name><VersionId>v1</VersionId><Properties><Etag>0x3</Etag></Properties></Blob>` +
		`<Blob><Name>versioned</Name><VersionId>v2</VersionId><IsCurrentVersion>true</IsCurrentVersion><Properties><Etag>0x4</Etag></Properties></Blob>` +
		`<Blob><Name>plain</Name><Properties><Etag>0x5</Etag></Properties></Blob></Blobs><NextMarker /></EnumerationResults>`
	included := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		included = r.URL.Query().Get("include")
		w.Header().Set("Content-Type", "application/xml")
		_, _ = w.Write([]byte(list))
	}))
	t.Cleanup(server.Close)
	a, err := Open("AccountName=a;AccountKey=a2V5;BlobEndpoint="+server.URL+";QueueEndpoint="+server.URL, Options{})
	require.NoError(t, err)
	shown, err := a.ListVersions(t.Context(), "c", true)
	require.NoError(t, err)
	assert.Equal(t, "deleted,snapshots,versions", included)
	assert.Equal(t, []BlobVersion{
		{Name: "deleted", ETag: "0x1", Length: 3, Deleted: true},
		{Name: "overwritten", ETag: "0x2", Deleted: true},
		{Name: "versioned", ETag: "0x3", Version: "v1"},
		{Name: "versioned", ETag: "0x4", Version: "v2", Current: true},
		{Name: "plain", ETag: "0x5", Current: true},
	}, shown)
	_, err = a.ListVersions(t.Context(), "c", false)
	require.NoError(t, err)
	assert.Empty(t, included)
}
