package storage

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	blobs "github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"
)

// pageOfBlobs is the most that one ListBlobs gives.
const pageOfBlobs = 5000

// A Blob is one blob as it was when it was read.
type Blob struct {
	Name        string // decoded, as storage lists it
	Length      int64  // bytes
	SHA256      string // of the content, lower-case hex; for an empty blob that of no bytes
	ContentType string
	ETag        string // without quotes
}

// CreateContainer makes a container; one that is there already is no error.
func (a *Account) CreateContainer(ctx context.Context, name string) error {
	_, err := a.blobs.CreateContainer(ctx, name, nil)
	if bloberror.HasCode(err, bloberror.ContainerAlreadyExists) {
		return nil
	}
	return wrapOp(err, "create container %q", name)
}

// DeleteContainer removes a container; one that is missing is no error.
func (a *Account) DeleteContainer(ctx context.Context, name string) error {
	_, err := a.blobs.DeleteContainer(ctx, name, nil)
	if bloberror.HasCode(err, bloberror.ContainerNotFound, bloberror.ContainerBeingDeleted) {
		return nil
	}
	return wrapOp(err, "delete container %q", name)
}

// Blobs reads every blob of the container, whole, in the order of names. One
// that goes between the listing and the reading is left out.
func (a *Account) Blobs(ctx context.Context, container string) ([]Blob, error) {
	names, err := a.blobNames(ctx, container, pageOfBlobs)
	if err != nil {
		return nil, wrapOp(err, "list blobs of container %q", container)
	}
	var all []Blob
	for _, name := range names {
		b, err := a.Blob(ctx, container, name)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	return all, nil
}

// Blob reads one blob, whole. The error is ErrNotFound if it or its container
// is missing.
func (a *Account) Blob(ctx context.Context, container, name string) (Blob, error) {
	return a.read(ctx, container, name, io.Discard)
}

// Download writes a blob's content to w. The error is ErrNotFound if the blob
// or its container is missing.
func (a *Account) Download(ctx context.Context, container, name string, w io.Writer) error {
	_, err := a.read(ctx, container, name, w)
	return err
}

// read streams a blob to w and measures it.
func (a *Account) read(ctx context.Context, container, name string, w io.Writer) (Blob, error) {
	answer, err := a.blobs.NewContainerClient(container).NewBlobClient(name).DownloadStream(ctx, nil)
	if err != nil {
		return Blob{}, wrapOp(err, "read blob %q of container %q", name, container)
	}
	body := answer.NewRetryReader(ctx, nil)
	defer func() { _ = body.Close() }()
	sum := sha256.New()
	length, err := io.Copy(io.MultiWriter(w, sum), body)
	if err == nil && answer.ContentLength != nil && length != *answer.ContentLength {
		err = fmt.Errorf("%d of %d bytes came", length, *answer.ContentLength)
	}
	if err != nil {
		return Blob{}, wrapOp(err, "read blob %q of container %q", name, container)
	}
	digest := hex.EncodeToString(sum.Sum(nil))
	return Blob{
		Name:        name,
		Length:      length,
		SHA256:      digest,
		ContentType: value(answer.ContentType),
		ETag:        unquoteETag(answer.ETag),
	}, nil
}

// blobNames lists the container's blobs, page by page.
func (a *Account) blobNames(ctx context.Context, name string, page int32) ([]string, error) {
	var names []string
	pager := a.blobs.NewContainerClient(name).NewListBlobsFlatPager(&container.ListBlobsFlatOptions{MaxResults: &page})
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, b := range page.Segment.BlobItems {
			names = append(names, value(b.Name))
		}
	}
	slices.Sort(names)
	return names, nil
}

// containerNames lists the containers whose names begin with prefix.
func (a *Account) containerNames(ctx context.Context, prefix string) ([]string, error) {
	var names []string
	pager := a.blobs.NewListContainersPager(&blobs.ListContainersOptions{Prefix: &prefix})
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, c := range page.ContainerItems {
			names = append(names, value(c.Name))
		}
	}
	slices.Sort(names)
	return names, nil
}
