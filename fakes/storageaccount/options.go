package storageaccount

import "time"

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
