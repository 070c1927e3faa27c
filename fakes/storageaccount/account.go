package storageaccount

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"maps"
	"sync"
	"time"
)

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

// Calls returns the number of HTTP requests by operation, with the names of the REST reference, for example
// "ListBlobs". Refused requests are included.
func (a *Account) Calls() map[string]int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.calls)
}

// Write is one write that succeeded through the methods of customvision.Storage.
type Write struct {
	At        time.Time
	Operation string // "PutBlob", "DeleteBlob" or "SendMessage"
	Resource  string // name of the container or queue
	Object    string // name of the blob; empty for a message
	Text      string // of the message
	ID        string // of the message
	ETag      string // of the blob, without quotes
	Length    int64  // of the blob or the message in bytes
	SHA256    string // of the blob in lower-case hexadecimal
}
