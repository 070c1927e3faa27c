// Package azurestorage writes to queues and containers of Azure Storage or Azurite, which are given by their URIs. It
// authenticates with the shared access signature (SAS) in a URI, or otherwise with the key of the account that the
// URI belongs to. It writes and deletes blobs and sends messages, which is all that the storage integration of Custom
// Vision does. Managed identities are not modelled. Stop extending the package where it would have to read or list.
package azurestorage

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/base64"
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

// Options configure a [Storage]. The zero value accesses storage on this machine only, by URIs with a SAS.
type Options struct {
	// ConnectionString is the connection string of an account. Requests to its URIs are signed with its key, and its
	// hosts are allowed. A URI belongs to the account if it is below its BlobEndpoint or QueueEndpoint, or below the
	// account's path on any port of this machine, where a proxy may listen in front of an emulator. Empty means none.
	ConnectionString string
	// AllowHosts lists further hosts that are allowed; see [outbound.Hosts].
	AllowHosts []string
	// Roots are the certificate authorities to trust. nil means those of the system.
	Roots *x509.CertPool
	// Base64Messages encodes every message in Base64, as older SDKs do by default and queue triggers of Azure Functions
	// expect by default. Otherwise messages are plain text.
	Base64Messages bool
}

// Storage writes to Azure Storage or Azurite. It is safe for concurrent use.
type Storage struct {
	hosts   outbound.Hosts
	client  azcore.ClientOptions
	account *account // nil means none
	base64  bool
}

// New returns a storage. The error names the missing part of the connection string, without quoting the string, or the
// host that is not valid.
func New(options Options) (*Storage, error) {
	hosts, err := outbound.ParseHosts(options.AllowHosts...)
	if err != nil {
		return nil, fmt.Errorf("allowed hosts: %w", err)
	}
	s := &Storage{hosts: hosts, base64: options.Base64Messages}
	if options.ConnectionString != "" {
		if s.account, err = parseAccount(options.ConnectionString); err != nil {
			return nil, fmt.Errorf("storage connection string: %w", err)
		}
		s.hosts = append(s.hosts, s.account.hosts()...)
	}
	s.client = clientOptions(s.hosts, options.Roots)
	return s, nil
}

// clientOptions returns options under which requests fail after about a second, because callers of the API wait for the
// connection check. A request is sent at most three times. For messages see isNotSent.
func clientOptions(hosts outbound.Hosts, roots *x509.CertPool) azcore.ClientOptions {
	return azcore.ClientOptions{
		Transport:       outbound.NewClient(hosts, roots),
		PerCallPolicies: []policy.Policy{apiVersionPolicy(serviceVersion)},
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

// serviceVersion is the API version of all requests. It is older than the version of the SDKs, which no released
// Azurite accepts unless its version check is off.
const serviceVersion = "2024-08-04"

// apiVersionPolicy sets the API version before the request is signed.
type apiVersionPolicy string

// Do implements policy.Policy.
func (v apiVersionPolicy) Do(r *policy.Request) (*http.Response, error) {
	r.Raw().Header["x-ms-version"] = []string{string(v)}
	return r.Next()
}

// PutBlob writes a blob.
func (s *Storage) PutBlob(ctx context.Context, container, name string, data []byte) error {
	client, err := s.blobClient(container, name)
	if err != nil {
		return err
	}
	_, err = client.Upload(ctx, streaming.NopCloser(bytes.NewReader(data)), nil)
	return storageError(err)
}

// DeleteBlob deletes a blob. It succeeds if the blob does not exist.
func (s *Storage) DeleteBlob(ctx context.Context, container, name string) error {
	client, err := s.blobClient(container, name)
	if err != nil {
		return err
	}
	_, err = client.Delete(ctx, nil)
	if bloberror.HasCode(err, bloberror.BlobNotFound) {
		return nil // the response to an earlier attempt may have been lost
	}
	return storageError(err)
}

// SendMessage sends a message to a queue, in the encoding of the options.
func (s *Storage) SendMessage(ctx context.Context, queue, text string) error {
	client, err := s.queueClient(queue)
	if err != nil {
		return err
	}
	if s.base64 {
		text = base64.StdEncoding.EncodeToString([]byte(text))
	}
	_, err = client.EnqueueMessage(ctx, text, messageOptions(ctx))
	return storageError(err)
}

func (s *Storage) blobClient(container, name string) (*blockblob.Client, error) {
	useKey, err := s.usesAccountKey(container, "blob")
	if err != nil {
		return nil, err
	}
	uri, err := BlobURI(container, name, true)
	if err != nil {
		return nil, err
	}
	options := &blockblob.ClientOptions{ClientOptions: s.client}
	if !useKey {
		return blockblob.NewClientWithNoCredential(uri, options)
	}
	key, err := blob.NewSharedKeyCredential(s.account.name, s.account.key)
	if err != nil {
		return nil, err
	}
	return blockblob.NewClientWithSharedKeyCredential(uri, key, options)
}

func (s *Storage) queueClient(uri string) (*azqueue.QueueClient, error) {
	useKey, err := s.usesAccountKey(uri, "queue")
	if err != nil {
		return nil, err
	}
	options := &azqueue.ClientOptions{ClientOptions: s.client}
	options.Retry.TryTimeout, options.Retry.ShouldRetry = 0, isNotSent
	if !useKey {
		return azqueue.NewQueueClientWithNoCredential(uri, options)
	}
	key, err := azqueue.NewSharedKeyCredential(s.account.name, s.account.key)
	if err != nil {
		return nil, err
	}
	return azqueue.NewQueueClientWithSharedKeyCredential(uri, key, options)
}

// isNotSent reports whether a message was certainly not stored, so that another attempt cannot store it twice: storage
// was too busy, or there was no connection.
func isNotSent(response *http.Response, err error) bool {
	if err == nil {
		return response.StatusCode == http.StatusServiceUnavailable
	}
	failed, ok := errors.AsType[*net.OpError](err)
	return ok && failed.Op == "dial"
}

// usesAccountKey reports whether requests to a URI are signed with the account's key. It returns an error, without a
// request, for a URI that has no SAS and does not belong to the account.
func (s *Storage) usesAccountKey(uri, service string) (bool, error) {
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
	if s.account == nil || !s.account.contains(u, service) {
		return false, errors.New("it has no shared access signature and does not belong to an account with a known key")
	}
	return true, nil
}

// storageError returns an error with the status and code of storage. It omits the address, which may contain a SAS.
func storageError(err error) error {
	if err == nil {
		return nil
	}
	if response, ok := errors.AsType[*azcore.ResponseError](err); ok {
		return fmt.Errorf("storage returned %d %s", response.StatusCode, response.ErrorCode)
	}
	if transport, ok := errors.AsType[*url.Error](err); ok {
		return fmt.Errorf("storage was not reached: %w", transport.Err)
	}
	return fmt.Errorf("storage was not reached: %w", err)
}
