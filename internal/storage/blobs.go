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

// pageOfBlobs is the maximum number of blobs in one page of a list.
const pageOfBlobs = 5000

// A Blob describes a blob at the time when it was read.
type Blob struct {
	Name        string // decoded, as storage lists it
	Length      int64  // bytes
	SHA256      string // of the content, in lower-case hex
	ContentType string
	ETag        string // without quotes
}

// A BlobService is the blob service of an account.
type BlobService struct {
	account string // name of the account
	blobs   *blobs.Client
}

// CreateContainer creates a container. It is no error if the container exists.
func (s *BlobService) CreateContainer(ctx context.Context, name string) error {
	_, err := s.blobs.CreateContainer(ctx, name, nil)
	if bloberror.HasCode(err, bloberror.ContainerAlreadyExists) {
		return nil
	}
	return wrapOp(err, "create container %q", name)
}

// DeleteContainer deletes a container. It is no error if the container does not exist.
func (s *BlobService) DeleteContainer(ctx context.Context, name string) error {
	_, err := s.blobs.DeleteContainer(ctx, name, nil)
	if bloberror.HasCode(err, bloberror.ContainerNotFound, bloberror.ContainerBeingDeleted) {
		return nil
	}
	return wrapOp(err, "delete container %q", name)
}

// Blobs reads the content of every blob of the container and returns them sorted by name. It leaves out a blob that is
// deleted between the listing and the reading.
func (s *BlobService) Blobs(ctx context.Context, container string) ([]Blob, error) {
	names, err := s.blobNames(ctx, container, pageOfBlobs)
	if err != nil {
		return nil, wrapOp(err, "list blobs of container %q", container)
	}
	var all []Blob
	for _, name := range names {
		b, err := s.Blob(ctx, container, name)
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

// Blob reads the content of one blob. The error is ErrNotFound if the blob or its container does not exist.
func (s *BlobService) Blob(ctx context.Context, container, name string) (Blob, error) {
	return s.read(ctx, container, name, io.Discard)
}

// Download writes a blob's content to w. The error is ErrNotFound if the blob or its container does not exist.
func (s *BlobService) Download(ctx context.Context, container, name string, w io.Writer) error {
	_, err := s.read(ctx, container, name, w)
	return err
}

// read writes a blob's content to w and returns its length and digest.
func (s *BlobService) read(ctx context.Context, container, name string, w io.Writer) (Blob, error) {
	response, err := s.blobs.NewContainerClient(container).NewBlobClient(name).DownloadStream(ctx, nil)
	if err != nil {
		return Blob{}, wrapOp(err, "read blob %q of container %q", name, container)
	}
	body := response.NewRetryReader(ctx, nil)
	defer func() { _ = body.Close() }()
	sum := sha256.New()
	length, err := io.Copy(io.MultiWriter(w, sum), body)
	if err == nil && response.ContentLength != nil && length != *response.ContentLength {
		err = fmt.Errorf("received %d of %d bytes", length, *response.ContentLength)
	}
	if err != nil {
		return Blob{}, wrapOp(err, "read blob %q of container %q", name, container)
	}
	digest := hex.EncodeToString(sum.Sum(nil))
	return Blob{
		Name:        name,
		Length:      length,
		SHA256:      digest,
		ContentType: value(response.ContentType),
		ETag:        unquoteETag(response.ETag),
	}, nil
}

// blobNames returns the names of the container's blobs. page is the maximum number of blobs in one response.
func (s *BlobService) blobNames(ctx context.Context, name string, page int32) ([]string, error) {
	var names []string
	pager := s.blobs.NewContainerClient(name).NewListBlobsFlatPager(&container.ListBlobsFlatOptions{MaxResults: &page})
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

// containerNames returns the names of the containers that begin with prefix.
func (s *BlobService) containerNames(ctx context.Context, prefix string) ([]string, error) {
	var names []string
	pager := s.blobs.NewListContainersPager(&blobs.ListContainersOptions{Prefix: &prefix})
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

// ContainerStatus returns the status of a request for a container's properties, like [QueueService.QueueStatus].
func (s *BlobService) ContainerStatus(ctx context.Context, container string) (int, error) {
	_, err := s.blobs.NewContainerClient(container).GetProperties(ctx, nil)
	return statusOf(err, "read the properties of container %q", container)
}
