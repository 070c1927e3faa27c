package storage

import (
	"context"
	"crypto/tls"
	"crypto/x509"
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

// An Account is one storage account, opened with its key or by identity. Its
// methods may be called concurrently.
type Account struct {
	name, key   string
	blob, queue *url.URL
	dial        Dial
	blobs       *blobs.Client
	queues      *azqueue.ServiceClient
}

// Dial opens a connection, as [net.Dialer.DialContext] does.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// Options says how storage is reached. The zero value is ready.
type Options struct {
	// Dial opens the connections. nil means the machine's own network.
	Dial Dial
	// Roots are the authorities that an https account is believed by. nil means the
	// system's.
	Roots *x509.CertPool
	// Credential gives the tokens of an account that is opened by identity. nil means
	// what azidentity.NewDefaultAzureCredential finds on this machine.
	Credential azcore.TokenCredential
}

// Open reads a connection string (AccountName, AccountKey, and endpoints or
// their protocol and suffix; UseDevelopmentStorage=true is Azurite on its usual
// ports). Nothing is sent. The error says what is wrong with the string and
// never quotes it, since it holds the key.
func Open(connectionString string, o Options) (*Account, error) {
	p, err := parse(connectionString)
	if err != nil {
		return nil, fmt.Errorf("storage connection string: %w", err)
	}
	a := &Account{name: p.name, key: p.key, blob: p.blob, queue: p.queue, dial: o.Dial}
	if err := a.connect(clientOptions(o, idle(p.blob))); err != nil {
		return nil, fmt.Errorf("storage connection string: %w", err)
	}
	return a, nil
}

// connect makes the clients of both services.
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

// Name is the account's name.
func (a *Account) Name() string { return a.name }

// Key is the account's key, Base64, for those who have to keep it out of what they
// write; "" for an account that was opened by identity, which has none.
func (a *Account) Key() string { return a.key }

// BlobEndpoint is the blob service's root as the connection string has it,
// path-style account included. The copy is the caller's.
func (a *Account) BlobEndpoint() *url.URL { return clone(a.blob) }

// QueueEndpoint is the queue service's root as the connection string has it,
// path-style account included. The copy is the caller's.
func (a *Account) QueueEndpoint() *url.URL { return clone(a.queue) }

// clone is a copy of u.
func clone(u *url.URL) *url.URL {
	c := *u
	return &c
}

// Ping says whether both services can be reached and accept the key. The error
// names the service that does not.
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

// Names lists the queues and the containers whose names begin with prefix.
func (a *Account) Names(ctx context.Context, prefix string) (queues, containers []string, err error) {
	if queues, err = a.queueNames(ctx, prefix); err != nil {
		return nil, nil, wrapOp(err, "list queues of %s", a.name)
	}
	if containers, err = a.containerNames(ctx, prefix); err != nil {
		return nil, nil, wrapOp(err, "list containers of %s", a.name)
	}
	return queues, containers, nil
}

// serviceVersion is the API version that the harness speaks. It is older than
// what the SDKs would send, which no released Azurite knows without
// --skipApiVersionCheck.
const serviceVersion = "2024-08-04"

// clientOptions are the same for both services of an account. Retries are few and
// short: the SDK's own delays begin at 0.8 s and would show in every observation.
func clientOptions(o Options, idle time.Duration) azcore.ClientOptions {
	return azcore.ClientOptions{
		Transport: client(o, idle),
		Retry: policy.RetryOptions{
			MaxRetries:    3,
			RetryDelay:    20 * time.Millisecond,
			MaxRetryDelay: 100 * time.Millisecond,
		},
		PerCallPolicies: []policy.Policy{apiVersionPolicy(serviceVersion)},
	}
}

// How long a connection is kept that nobody uses. Azurite closes it after 5 s
// unless it is told otherwise; who sends something just then gets no answer. The
// cloud keeps it for minutes, where every new one costs a TLS handshake.
const (
	idleAtAzurite = 3 * time.Second
	idleInCloud   = 90 * time.Second
)

// idle is how long connections to an account are kept. An account whose name is in
// the path is an Azurite's: in the cloud every account has hosts of its own.
func idle(blob *url.URL) time.Duration {
	if strings.Trim(blob.Path, "/") != "" {
		return idleAtAzurite
	}
	return idleInCloud
}

// client has connections of its own.
func client(o Options, idle time.Duration) *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if o.Dial != nil {
		transport.DialContext = o.Dial
	}
	if o.Roots != nil {
		transport.TLSClientConfig = &tls.Config{RootCAs: o.Roots}
	}
	transport.IdleConnTimeout = idle
	transport.MaxIdleConnsPerHost = 32
	return &http.Client{Transport: transport}
}

// apiVersionPolicy sets the service version before the request is signed.
type apiVersionPolicy string

// Do implements policy.Policy.
func (v apiVersionPolicy) Do(r *policy.Request) (*http.Response, error) {
	r.Raw().Header["x-ms-version"] = []string{string(v)}
	return r.Next()
}
