package storageaccount

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"sync"
	"time"
)

// AccountOptions say what a storage account is like. The zero value is one that
// answers at once and keeps nothing that was deleted.
type AccountOptions struct {
	// Name is the account's. "" means "cvconformtest".
	Name string
	// Key is the account's, Base64. "" means one that nobody else has.
	Key string
	// SoftDelete is how long a deleted blob can still be listed, as Azure has it
	// in days. 0 means that soft delete is off.
	SoftDelete time.Duration
	// Versioning keeps every content that a blob had as a version.
	Versioning bool
	// ListLag is how far lists of blobs lag behind. 0 means not at all.
	ListLag time.Duration
	// ListLags is how far the next list of blobs lags behind; it is called with a lock
	// held. nil means ListLag.
	ListLags func() time.Duration
	// Latency is how long a call over HTTP takes: half of it to come, half of it to be
	// answered. 0 means no time.
	Latency time.Duration
	// ServiceLatency is how long it takes the service under test to write
	// something. 0 means as long as Latency.
	ServiceLatency time.Duration
	// BusyEvery refuses every n-th call over HTTP with 503 ServerBusy. 0 means none.
	BusyEvery int
	// Deleting is how long the name of a deleted queue or container stays taken.
	// 0 means 30 s, which is the least that Azure needs.
	Deleting time.Duration
}

// An Account is one storage account: its blob service and its queue service over
// HTTP, host-style, and the same account for the service under test, which
// reaches it directly as a customvision.Storage. Make it with [NewAccount]; its
// methods may be called concurrently.
type Account struct {
	options AccountOptions

	mu         sync.Mutex
	containers map[string]*container
	queues     map[string]*queue
	requests   int
	calls      map[string]int
	written    []Write
	stamped    time.Time // of the last version
	numbered   int       // messages, ETags and requests so far
}

// NewAccount makes an account without queues and containers.
func NewAccount(o AccountOptions) *Account {
	if o.Name == "" {
		o.Name = "cvconformtest"
	}
	if o.Key == "" {
		o.Key = base64.StdEncoding.EncodeToString([]byte("key of the storage account " + o.Name))
	}
	if o.ServiceLatency == 0 {
		o.ServiceLatency = o.Latency
	}
	if o.Deleting == 0 {
		o.Deleting = 30 * time.Second
	}
	return &Account{options: o, containers: map[string]*container{}, queues: map[string]*queue{}, calls: map[string]int{}}
}

// BlobHost is where the blob service is.
func (a *Account) BlobHost() string { return a.options.Name + ".blob.core.windows.net" }

// QueueHost is where the queue service is.
func (a *Account) QueueHost() string { return a.options.Name + ".queue.core.windows.net" }

// Key is the account's key, Base64.
func (a *Account) Key() string { return a.options.Key }

// ConnectionString is what Azure shows for the account, but for the protocol,
// which is http.
func (a *Account) ConnectionString() string {
	return fmt.Sprintf(
		"DefaultEndpointsProtocol=http;AccountName=%s;AccountKey=%s;EndpointSuffix=core.windows.net",
		a.options.Name,
		a.Key(),
	)
}

// Serve puts both services on a network.
func (a *Account) Serve(n *Network) error {
	if err := n.Serve(a.BlobHost(), a.Blobs()); err != nil {
		return err
	}
	return n.Serve(a.QueueHost(), a.Queues())
}

// Blobs is the blob service over HTTP.
func (a *Account) Blobs() http.Handler { return a.service(blobOperations()) }

// Queues is the queue service over HTTP.
func (a *Account) Queues() http.Handler { return a.service(queueOperations()) }

// Calls counts the calls over HTTP by operation, as the REST reference names
// them: "ListBlobs". Refused ones count too.
func (a *Account) Calls() map[string]int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.calls)
}

// validName is the rule for names of containers and queues
// (learn.microsoft.com, "Naming and referencing containers").
func validName(name string) bool {
	return len(name) >= 3 && len(name) <= 63 && regexp.MustCompile(`^[a-z0-9](-?[a-z0-9])+$`).MatchString(name)
}

// nextNumber is a number that no other was; the caller holds the lock.
func (a *Account) nextNumber() int {
	a.numbered++
	return a.numbered
}

// etag is one that no other was; the caller holds the lock.
func (a *Account) etag() string { return fmt.Sprintf(`"0x8D%012X"`, a.nextNumber()) }
