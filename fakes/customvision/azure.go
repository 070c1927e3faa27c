package customvision

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue/v2"
)

// azureStorage is Azure storage, or Azurite. A URI's own SAS is used where it
// has one, else the account's key if the URI lies in the account.
type azureStorage struct {
	client  azcore.ClientOptions
	account *account // nil means none
}

// NewAzureStorage returns a [Storage] on Azure storage or Azurite. It signs
// with the key of the connection string where a URI lies in that account
// (BlobEndpoint, QueueEndpoint, the account's addresses in the cloud, or the
// account's path on any port of this machine), and uses the SAS of a URI that carries one. "" means such URIs only.
//
// The error tells what the connection string lacks, without quoting it.
func NewAzureStorage(connectionString string) (Storage, error) {
	storage := &azureStorage{client: newStorageClient()}
	if connectionString == "" {
		return storage, nil
	}
	account, err := parseAccount(connectionString)
	if err != nil {
		return nil, fmt.Errorf("storage connection string: %w", err)
	}
	storage.account = account
	return storage, nil
}

// newStorageClient has connections of its own, and gives up in about a second:
// callers of the API wait for the connection check.
func newStorageClient() azcore.ClientOptions {
	transport := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: 16,
		IdleConnTimeout:     3 * time.Second,
		TLSHandshakeTimeout: 10 * time.Second,
	}
	return azcore.ClientOptions{
		Transport: &http.Client{Transport: transport},
		Retry: policy.RetryOptions{
			MaxRetries:    2,
			TryTimeout:    10 * time.Second,
			RetryDelay:    100 * time.Millisecond,
			MaxRetryDelay: 300 * time.Millisecond,
			StatusCodes:   []int{http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout},
		},
	}
}

func (a *azureStorage) PutBlob(ctx context.Context, container, name string, data []byte) error {
	client, err := a.blob(container, name)
	if err != nil {
		return err
	}
	_, err = client.Upload(ctx, streaming.NopCloser(bytes.NewReader(data)), nil)
	return refusal(err)
}

func (a *azureStorage) DeleteBlob(ctx context.Context, container, name string) error {
	client, err := a.blob(container, name)
	if err != nil {
		return err
	}
	_, err = client.Delete(ctx, nil)
	return refusal(err)
}

func (a *azureStorage) SendMessage(ctx context.Context, queue, text string) error {
	client, err := a.queue(queue)
	if err != nil {
		return err
	}
	_, err = client.EnqueueMessage(ctx, text, nil)
	return refusal(err)
}

func (a *azureStorage) blob(container, name string) (*blockblob.Client, error) {
	signed, err := a.credential(container, "blob")
	if err != nil {
		return nil, err
	}
	uri, err := blobURI(container, name, true)
	if err != nil {
		return nil, err
	}
	options := &blockblob.ClientOptions{ClientOptions: a.client}
	if !signed {
		return blockblob.NewClientWithNoCredential(uri, options)
	}
	key, err := blob.NewSharedKeyCredential(a.account.name, a.account.key)
	if err != nil {
		return nil, err
	}
	return blockblob.NewClientWithSharedKeyCredential(uri, key, options)
}

func (a *azureStorage) queue(uri string) (*azqueue.QueueClient, error) {
	signed, err := a.credential(uri, "queue")
	if err != nil {
		return nil, err
	}
	options := &azqueue.ClientOptions{ClientOptions: a.client}
	if !signed {
		return azqueue.NewQueueClientWithNoCredential(uri, options)
	}
	key, err := azqueue.NewSharedKeyCredential(a.account.name, a.account.key)
	if err != nil {
		return nil, err
	}
	return azqueue.NewQueueClientWithSharedKeyCredential(uri, key, options)
}

// credential tells whether a URI is to be signed with the account's key; one
// that has neither key nor SAS is refused here, without a request.
func (a *azureStorage) credential(uri, service string) (signed bool, err error) {
	if err := validateStorageURI(uri, service); err != nil {
		return false, err
	}
	u, err := url.Parse(uri)
	if err != nil {
		return false, errors.New("it cannot be parsed")
	}
	if hasSAS(u) {
		return false, nil
	}
	if a.account == nil || !a.account.holds(u, service) {
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

// account is what a connection string says.
type account struct {
	name, key string
	endpoints map[string]*url.URL // by service: "blob", "queue"
}

// holds tells whether a URI lies in the account: below its endpoint for the
// service, or, on this machine, below the account's name in the path, since a
// proxy in front of an emulator has a port of its own.
func (a *account) holds(u *url.URL, service string) bool {
	endpoint := a.endpoints[service]
	if strings.EqualFold(u.Scheme, endpoint.Scheme) && strings.EqualFold(u.Host, endpoint.Host) &&
		strings.HasPrefix(u.Path, strings.TrimSuffix(endpoint.Path, "/")+"/") {
		return true
	}
	return onLoopback(u.Hostname()) && strings.HasPrefix(u.Path, "/"+a.name+"/")
}

func onLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func parseAccount(connectionString string) (*account, error) {
	parts := map[string]string{}
	for part := range strings.SplitSeq(connectionString, ";") {
		if name, value, ok := strings.Cut(strings.TrimSpace(part), "="); ok {
			parts[strings.ToLower(name)] = value
		}
	}
	a := &account{name: parts["accountname"], key: parts["accountkey"], endpoints: map[string]*url.URL{}}
	if a.name == "" || a.key == "" {
		return nil, errors.New("AccountName and AccountKey are required")
	}
	if _, err := blob.NewSharedKeyCredential(a.name, a.key); err != nil {
		return nil, errors.New("AccountKey is not Base64")
	}
	for service, name := range map[string]string{"blob": "BlobEndpoint", "queue": "QueueEndpoint"} {
		endpoint, err := url.Parse(endpointOf(parts, service))
		if err != nil || endpoint.Host == "" {
			return nil, fmt.Errorf("%s is not a URL", name)
		}
		a.endpoints[service] = endpoint
	}
	return a, nil
}

// endpointOf is the endpoint given, or the account's address in the cloud.
func endpointOf(parts map[string]string, service string) string {
	if given := parts[service+"endpoint"]; given != "" {
		return given
	}
	protocol, suffix := parts["defaultendpointsprotocol"], parts["endpointsuffix"]
	if protocol == "" {
		protocol = "https"
	}
	if suffix == "" {
		suffix = "core.windows.net"
	}
	return fmt.Sprintf("%s://%s.%s.%s", protocol, parts["accountname"], service, suffix)
}
