package storage

import (
	"bytes"
	"context"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
)

// A BlobVersion is a content of a blob in a list: the current one, or an earlier one that the account has kept.
type BlobVersion struct {
	Name     string
	ETag     string // without quotes
	Length   int64  // bytes
	Version  string // "" if the account keeps no versions
	Current  bool   // it is the content that a reader of the blob gets
	Deleted  bool   // it was deleted or overwritten, and is kept for some days
	Modified time.Time
}

// ListVersions lists the blobs of the container. With former it includes earlier contents that the account has kept:
// deleted blobs, snapshots and versions.
func (s *BlobService) ListVersions(ctx context.Context, name string, former bool) ([]BlobVersion, error) {
	var all []BlobVersion
	pager := s.blobs.NewContainerClient(name).
		NewListBlobsFlatPager(&container.ListBlobsFlatOptions{MaxResults: to.Ptr(int32(pageOfBlobs)),
			Include: container.ListBlobsInclude{Deleted: former, Snapshots: former, Versions: former}})
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return nil, wrapOp(err, "list blobs of container %q", name)
		}
		for _, b := range page.Segment.BlobItems {
			all = append(all, newBlobVersion(b))
		}
	}
	return all, nil
}

func newBlobVersion(b *container.BlobItem) BlobVersion {
	v := BlobVersion{Name: value(b.Name), Version: value(b.VersionID), Deleted: value(b.Deleted)}
	former := value(b.Snapshot) != "" || v.Version != "" && !value(b.IsCurrentVersion)
	v.Current = !v.Deleted && !former
	if p := b.Properties; p != nil {
		v.ETag, v.Length, v.Modified = unquoteETag(p.ETag), value(p.ContentLength), value(p.LastModified)
	}
	return v
}

// StatBlob reads the properties of the blob itself, because lists may lag. The error is ErrNotFound if the blob or
// its container does not exist.
func (s *BlobService) StatBlob(ctx context.Context, container, name string) (BlobVersion, error) {
	p, err := s.blobs.NewContainerClient(container).NewBlobClient(name).GetProperties(ctx, nil)
	if err != nil {
		return BlobVersion{}, wrapOp(err, "read the properties of blob %q of container %q", name, container)
	}
	return BlobVersion{Name: name, ETag: unquoteETag(p.ETag), Length: value(p.ContentLength), Version: value(p.VersionID),
		Current: true, Modified: value(p.LastModified)}, nil
}

// SoftDeleteEnabled reports whether the account is configured to keep deleted blobs for a while. An emulator may be
// configured so and not do it.
func (s *BlobService) SoftDeleteEnabled(ctx context.Context) (bool, error) {
	p, err := s.blobs.GetProperties(ctx, nil)
	if err != nil {
		return false, wrapOp(err, "read the properties of the blob service of %s", s.account)
	}
	return p.DeleteRetentionPolicy != nil && value(p.DeleteRetentionPolicy.Enabled), nil
}

// PutBlob stores a blob and returns it as a list will show it.
func (s *BlobService) PutBlob(ctx context.Context, container, name string, content []byte) (BlobVersion, error) {
	p, err := s.blobs.NewContainerClient(container).
		NewBlockBlobClient(name).
		Upload(ctx, streaming.NopCloser(bytes.NewReader(content)), nil)
	if err != nil {
		return BlobVersion{}, wrapOp(err, "store blob %q in container %q", name, container)
	}
	return BlobVersion{
		Name:    name,
		ETag:    unquoteETag(p.ETag),
		Length:  int64(len(content)),
		Version: value(p.VersionID),
		Current: true,
	}, nil
}

// DeleteBlob deletes a blob. It is no error if the blob does not exist.
func (s *BlobService) DeleteBlob(ctx context.Context, container, name string) error {
	_, err := s.blobs.NewContainerClient(container).NewBlobClient(name).Delete(ctx, nil)
	if bloberror.HasCode(err, bloberror.BlobNotFound, bloberror.ContainerNotFound) {
		return nil
	}
	return wrapOp(err, "delete blob %q of container %q", name, container)
}
