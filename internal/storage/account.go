package storage

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	blobs "github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue/v2"
)

// An Account is a storage account that was opened with its key or by identity. Its methods may be called concurrently.
type Account struct {
	BlobService
	QueueService
	name, key   string
	blob, queue *url.URL
	options     Options
}

// A Dial opens a connection, like [net.Dialer.DialContext].
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// Options configures how storage is reached. The zero value is ready to use.
type Options struct {
	// Dial opens the connections. nil means the machine's own network.
	Dial Dial
	// Roots holds the certificate authorities to trust. nil means those of the system.
	Roots *x509.CertPool
	// Credential gets the tokens for an account that is opened by identity. nil means
	// azidentity.NewDefaultAzureCredential.
	Credential azcore.TokenCredential
}

// Open opens the account of a connection string (AccountName, AccountKey, and endpoints or their protocol and suffix;
// UseDevelopmentStorage=true means Azurite on its default ports). It sends nothing. The error never quotes the string,
// because it contains the key.
func Open(connectionString string, o Options) (*Account, error) {
	p, err := parse(connectionString)
	if err != nil {
		return nil, fmt.Errorf("storage connection string: %w", err)
	}
	a := &Account{name: p.name, key: p.key, blob: p.blob, queue: p.queue, options: o}
	a.account = a.name
	if err := a.connect(clientOptions(o, idleTimeoutFor(p.blob))); err != nil {
		return nil, fmt.Errorf("storage connection string: %w", err)
	}
	return a, nil
}

// connect creates the clients of both services.
func (a *Account) connect(options azcore.ClientOptions) error {
	blobKey, err := azblob.NewSharedKeyCredential(a.name, a.key)
	if err != nil {
		return fmt.Errorf("AccountKey: %w", err)
	}
	queueKey, err := azqueue.NewSharedKeyCredential(a.name, a.key)
	if err != nil {
		return fmt.Errorf("AccountKey: %w", err)
	}
	a.blobs, err = blobs.NewClientWithSharedKeyCredential(
		a.blob.String(),
		blobKey,
		&blobs.ClientOptions{ClientOptions: options},
	)
	if err != nil {
		return err
	}
	a.queues, err = azqueue.NewServiceClientWithSharedKeyCredential(a.queue.String(), queueKey,
		&azqueue.ClientOptions{ClientOptions: options})
	return err
}

// Name returns the account's name.
func (a *Account) Name() string { return a.name }

// Key returns the account's key in Base64, so that callers can redact it; "" for an account that was opened by
// identity.
func (a *Account) Key() string { return a.key }

// BlobEndpoint returns a copy of the blob service's root, including the account if the URL is path-style.
func (a *Account) BlobEndpoint() *url.URL { return clone(a.blob) }

// QueueEndpoint returns a copy of the queue service's root, including the account if the URL is path-style.
func (a *Account) QueueEndpoint() *url.URL { return clone(a.queue) }

func clone(u *url.URL) *url.URL {
	c := *u
	return &c
}

// Ping returns an error unless both services can be reached and accept the credential. The error names the service.
func (a *Account) Ping(ctx context.Context) error {
	one := int32(1)
	if _, err := a.blobs.NewListContainersPager(&blobs.ListContainersOptions{MaxResults: &one}).NextPage(ctx); err != nil {
		return wrapOp(err, "reach the blob service at %s", a.blob)
	}
	if _, err := a.queues.NewListQueuesPager(&azqueue.ListQueuesOptions{MaxResults: &one}).NextPage(ctx); err != nil {
		return wrapOp(err, "reach the queue service at %s", a.queue)
	}
	return nil
}

// RefusedVersion returns the API version of the newest SDKs if storage refuses it, as Azurite does unless its version
// check is off; otherwise "". It is for an account that was opened with its key.
func (a *Account) RefusedVersion(ctx context.Context) (string, error) {
	newest := &Account{name: a.name, key: a.key, blob: a.blob, queue: a.queue}
	options := clientOptions(a.options, idleTimeoutFor(a.blob))
	options.PerCallPolicies = nil // the SDKs send their own version
	if err := newest.connect(options); err != nil {
		return "", err
	}
	err := newest.Ping(ctx)
	if refusal, ok := errors.AsType[*azcore.ResponseError](err); ok && refusal.ErrorCode == "InvalidHeaderValue" {
		return sentVersion(refusal.RawResponse.Request), nil
	}
	return "", err
}

// sentVersion returns the API version of a request of the SDKs. They do not write the header in its canonical form.
func sentVersion(r *http.Request) string {
	for name, values := range r.Header {
		if strings.EqualFold(name, "x-ms-version") {
			return strings.Join(values, "")
		}
	}
	return ""
}

// Names returns the names of the queues and containers that begin with prefix.
func (a *Account) Names(ctx context.Context, prefix string) (queues, containers []string, err error) {
	if queues, err = a.queueNames(ctx, prefix); err != nil {
		return nil, nil, wrapOp(err, "list queues of %s", a.name)
	}
	if containers, err = a.containerNames(ctx, prefix); err != nil {
		return nil, nil, wrapOp(err, "list containers of %s", a.name)
	}
	return queues, containers, nil
}

// serviceVersion is the API version that the harness uses. It is older than the version of the SDKs, which no
// released Azurite accepts unless its version check is off.
const serviceVersion = "2024-08-04"

// clientOptions returns the options of both services' clients. Retries are few and quick, because the SDK's default
// delays start at 0.8 s and would affect every observation.
func clientOptions(o Options, idleTimeout time.Duration) azcore.ClientOptions {
	return azcore.ClientOptions{
		Transport: newHTTPClient(o, idleTimeout),
		Retry: policy.RetryOptions{
			MaxRetries:    3,
			RetryDelay:    20 * time.Millisecond,
			MaxRetryDelay: 100 * time.Millisecond,
		},
		PerCallPolicies: []policy.Policy{apiVersionPolicy(serviceVersion)},
	}
}

// The idle timeouts of connections. Azurite closes an idle connection after 5 s by default, and a request that is
// sent at that moment gets no response. The cloud keeps a connection for minutes, and every new one costs a TLS
// handshake.
const (
	azuriteIdleTimeout = 3 * time.Second
	cloudIdleTimeout   = 90 * time.Second
)

// idleTimeoutFor returns the idle timeout of connections to an account. An account in the path belongs to Azurite,
// because in the cloud every account has its own hosts.
func idleTimeoutFor(blob *url.URL) time.Duration {
	if strings.Trim(blob.Path, "/") != "" {
		return azuriteIdleTimeout
	}
	return cloudIdleTimeout
}

// newHTTPClient returns a client that shares no connections with others.
func newHTTPClient(o Options, idleTimeout time.Duration) *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if o.Dial != nil {
		transport.DialContext = o.Dial
	}
	if o.Roots != nil {
		transport.TLSClientConfig = &tls.Config{RootCAs: o.Roots}
	}
	transport.IdleConnTimeout = idleTimeout
	transport.MaxIdleConnsPerHost = 32
	once := transport.Clone()
	once.DisableKeepAlives = true
	return &http.Client{Transport: dequeueTransport{transport, once}}
}

// A dequeueTransport sends requests that receive messages on connections of their own. On a connection that was used
// before, [http.Transport] repeats a GET that got no response, although the messages are invisible then.
type dequeueTransport struct{ reused, once *http.Transport }

// RoundTrip implements [http.RoundTripper].
func (t dequeueTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Query().Has("visibilitytimeout") {
		return t.once.RoundTrip(r)
	}
	return t.reused.RoundTrip(r)
}

// apiVersionPolicy sets the service version before the request is signed.
type apiVersionPolicy string

// Do implements policy.Policy.
func (v apiVersionPolicy) Do(r *policy.Request) (*http.Response, error) {
	r.Raw().Header["x-ms-version"] = []string{string(v)}
	return r.Next()
}
