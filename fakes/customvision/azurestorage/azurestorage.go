// Package azurestorage reaches queues and containers of Azure Storage, or of
// Azurite, as a service does that is given their URIs: with the SAS that a URI
// carries, else with the key of the account that the URI lies in. It writes and
// deletes; it never reads or lists, which is all that the storage integration
// of Custom Vision needs. Managed identities are not modelled.
package azurestorage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue/v2"

	"github.com/cvconform/cvconform/fakes/customvision/outbound"
)

// Options configures a [Storage]. The zero value reaches this machine only, by
// URIs that carry a SAS.
type Options struct {
	// ConnectionString names an account whose URIs are signed with its key, and
	// whose hosts may be reached. A URI lies in the account below its
	// BlobEndpoint or QueueEndpoint, at its addresses in the cloud, or below the
	// account's path on any port of this machine (a proxy in front of an
	// emulator). "" means none.
	ConnectionString string
	// AllowHosts lists further hosts that may be reached; see [outbound.Hosts].
	AllowHosts []string
}

// Storage is Azure Storage, or Azurite. It is safe for use by several goroutines.
type Storage struct {
	hosts   outbound.Hosts
	client  azcore.ClientOptions
	account *account // nil means none
}

// New returns a storage. The error tells what the connection string lacks,
// without quoting it, or which host cannot be read.
func New(options Options) (*Storage, error) {
	hosts, err := outbound.ParseHosts(options.AllowHosts...)
	if err != nil {
		return nil, fmt.Errorf("allowed hosts: %w", err)
	}
	s := &Storage{hosts: hosts}
	if options.ConnectionString != "" {
		if s.account, err = parseAccount(options.ConnectionString); err != nil {
			return nil, fmt.Errorf("storage connection string: %w", err)
		}
		s.hosts = append(s.hosts, s.account.hosts()...)
	}
	s.client = clientOptions(s.hosts)
	return s, nil
}

// clientOptions give up in about a second: callers of the API wait for the
// connection check. A request is sent three times at most, and a message only
// where it cannot be there already; see notSent.
func clientOptions(hosts outbound.Hosts) azcore.ClientOptions {
	return azcore.ClientOptions{
		Transport: outbound.NewClient(hosts),
		Retry: policy.RetryOptions{
			MaxRetries:    2,
			TryTimeout:    10 * time.Second,
			RetryDelay:    100 * time.Millisecond,
			MaxRetryDelay: 300 * time.Millisecond,
			StatusCodes: []int{
				http.StatusInternalServerError,
				http.StatusBadGateway,
				http.StatusServiceUnavailable,
				http.StatusGatewayTimeout,
			},
		},
	}
}

// PutBlob writes a whole blob.
func (s *Storage) PutBlob(ctx context.Context, container, name string, data []byte) error {
	client, err := s.blob(container, name)
	if err != nil {
		return err
	}
	_, err = client.Upload(ctx, streaming.NopCloser(bytes.NewReader(data)), nil)
	return refusal(err)
}

// DeleteBlob deletes a blob; one that is not there is no error.
func (s *Storage) DeleteBlob(ctx context.Context, container, name string) error {
	client, err := s.blob(container, name)
	if err != nil {
		return err
	}
	_, err = client.Delete(ctx, nil)
	if bloberror.HasCode(err, bloberror.BlobNotFound) {
		return nil // the answer to an earlier try may have been lost
	}
	return refusal(err)
}

// SendMessage puts one message, the text as it is, into a queue.
func (s *Storage) SendMessage(ctx context.Context, queue, text string) error {
	client, err := s.queue(queue)
	if err != nil {
		return err
	}
	_, err = client.EnqueueMessage(ctx, text, nil)
	return refusal(err)
}

func (s *Storage) blob(container, name string) (*blockblob.Client, error) {
	signed, err := s.credential(container, "blob")
	if err != nil {
		return nil, err
	}
	uri, err := BlobURI(container, name, true)
	if err != nil {
		return nil, err
	}
	options := &blockblob.ClientOptions{ClientOptions: s.client}
	if !signed {
		return blockblob.NewClientWithNoCredential(uri, options)
	}
	key, err := blob.NewSharedKeyCredential(s.account.name, s.account.key)
	if err != nil {
		return nil, err
	}
	return blockblob.NewClientWithSharedKeyCredential(uri, key, options)
}

func (s *Storage) queue(uri string) (*azqueue.QueueClient, error) {
	signed, err := s.credential(uri, "queue")
	if err != nil {
		return nil, err
	}
	options := &azqueue.ClientOptions{ClientOptions: s.client}
	options.Retry.TryTimeout, options.Retry.ShouldRetry = 0, notSent
	if !signed {
		return azqueue.NewQueueClientWithNoCredential(uri, options)
	}
	key, err := azqueue.NewSharedKeyCredential(s.account.name, s.account.key)
	if err != nil {
		return nil, err
	}
	return azqueue.NewQueueClientWithSharedKeyCredential(uri, key, options)
}

// notSent says that a message can be sent again and not be there twice: storage
// was too busy to take it, or was not connected to.
func notSent(response *http.Response, err error) bool {
	if err == nil {
		return response.StatusCode == http.StatusServiceUnavailable
	}
	failed, ok := errors.AsType[*net.OpError](err)
	return ok && failed.Op == "dial"
}

// credential tells whether a URI is to be signed with the account's key; one
// that has neither key nor SAS is refused here, without a request.
func (s *Storage) credential(uri, service string) (signed bool, err error) {
	if err := CheckURI(uri, service); err != nil {
		return false, err
	}
	u, err := url.Parse(uri)
	if err != nil {
		return false, errors.New("it cannot be parsed")
	}
	if err := s.hosts.Check(u); err != nil {
		return false, err
	}
	if hasSAS(u) {
		return false, nil
	}
	if s.account == nil || !s.account.holds(u, service) {
		return false, errors.New("it carries no shared access signature, and lies in no account whose key is known")
	}
	return true, nil
}

// refusal says what the storage objected to. It leaves out the address, which
// may hold a SAS.
func refusal(err error) error {
	if err == nil {
		return nil
	}
	if response, ok := errors.AsType[*azcore.ResponseError](err); ok {
		return fmt.Errorf("storage answered %d %s", response.StatusCode, response.ErrorCode)
	}
	if transport, ok := errors.AsType[*url.Error](err); ok {
		return fmt.Errorf("storage was not reached: %w", transport.Err)
	}
	return fmt.Errorf("storage was not reached: %w", err)
}
