package storageaccount

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"sync"
	"time"
)

// Options configure an [Account]. The zero value is an account that responds at once and retains nothing after a
// deletion.
type Options struct {
	// Name is the name of the account. Empty means "cvconformtest".
	Name string
	// Key is the key of the account in Base64. Empty means a key derived from the name.
	Key string
	// SoftDelete is how long a deleted blob is retained and can be listed. Azure counts it in days. 0 disables soft
	// delete.
	SoftDelete time.Duration
	// Versioning retains each content of a blob as a version.
	Versioning bool
	// ListLag is how far blob listings lag behind. 0 means no lag.
	ListLag time.Duration
	// ListLags returns how far the next blob listing lags behind. It is called with a lock held. Nil means ListLag.
	ListLags func() time.Duration
	// Latency is the duration of an HTTP request: one half before it is processed, one half after. 0 means none.
	Latency time.Duration
	// ServiceLatency is the duration of a write through the methods of customvision.Storage. 0 means Latency.
	ServiceLatency time.Duration
	// BusyEvery refuses every n-th HTTP request with 503 ServerBusy. 0 means none.
	BusyEvery int
	// Deleting is how long the name of a deleted queue or container stays reserved. 0 means 30 s, the minimum of
	// Azure.
	Deleting time.Duration
}

// Account is a storage account. Create it with [New]. Its methods may be called concurrently.
type Account struct {
	options Options

	mu       sync.Mutex
	store    store
	requests int            // over HTTP
	calls    map[string]int // over HTTP, by operation
	writes   []Write
}

// New returns an account without queues and containers.
func New(o Options) *Account {
	o.Name = cmp.Or(o.Name, "cvconformtest")
	o.Key = cmp.Or(o.Key, base64.StdEncoding.EncodeToString([]byte("key of the storage account "+o.Name)))
	o.ServiceLatency = cmp.Or(o.ServiceLatency, o.Latency)
	o.Deleting = cmp.Or(o.Deleting, 30*time.Second)
	return &Account{options: o, store: newStore(o), calls: map[string]int{}}
}

// BlobHost returns the host name of the blob service.
func (a *Account) BlobHost() string { return a.options.Name + ".blob.core.windows.net" }

// QueueHost returns the host name of the queue service.
func (a *Account) QueueHost() string { return a.options.Name + ".queue.core.windows.net" }

// Key returns the key of the account in Base64.
func (a *Account) Key() string { return a.options.Key }

// ConnectionString returns the connection string of the account. Its protocol is http.
func (a *Account) ConnectionString() string {
	return fmt.Sprintf("DefaultEndpointsProtocol=http;AccountName=%s;AccountKey=%s;EndpointSuffix=core.windows.net",
		a.options.Name, a.Key())
}

// BlobHandler returns the blob service. Serve it at [Account.BlobHost].
func (a *Account) BlobHandler() http.Handler { return a.handler(blobOperations()) }

// QueueHandler returns the queue service. Serve it at [Account.QueueHost].
func (a *Account) QueueHandler() http.Handler { return a.handler(queueOperations()) }

// Calls returns the number of HTTP requests by operation, with the names of the REST reference, for example
// "ListBlobs". Refused requests are included.
func (a *Account) Calls() map[string]int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.calls)
}
