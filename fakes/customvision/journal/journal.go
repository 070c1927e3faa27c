// Package journal records the requests to a fake, its responses, its requests to storage and its finished work, for
// debugging and for tests that count calls. It holds a limited number of the latest entries, in which keys and
// signatures are replaced.
//
// Stop extending it where it would judge its entries.
package journal

import (
	"path"
	"strings"
	"sync"
	"time"
)

// Limits of a journal.
const (
	// Entries is the maximum number of entries. The oldest are removed first.
	Entries = 5_000
	// Body is the maximum size of a recorded body in bytes.
	Body = 4 << 10
)

// Kind is the kind of an entry.
type Kind string

// The kinds of entries.
const (
	API     Kind = "api"     // a call of the Training API, or a download of a model or image
	Storage Kind = "storage" // a request of the service to storage or for an image
	Work    Kind = "work"    // a training, export or import that finished
)

// Entry is one exchange, or one piece of work that finished.
type Entry struct {
	// Seq is the number of the entry, counted from 1.
	Seq int `json:"seq"`
	// At is the start time on the server's clock.
	At time.Time `json:"at"`
	// TookMs is the duration in milliseconds of the server's clock.
	TookMs float64 `json:"tookMs"`
	Kind   Kind    `json:"kind"`
	// Operation is an operationId of the API description, DownloadBlob, an operation of storage such as PutMessage, or
	// Training, Export or Import.
	Operation string `json:"operation"`
	// Project is the id of the project. Empty means none.
	Project string `json:"project,omitempty"`
	Method  string `json:"method,omitempty"`
	// URL is the requested URL with its signatures replaced. For an API call it has no host.
	URL string `json:"url,omitempty"`
	// Status is the status of the response. 0 means no response.
	Status int `json:"status,omitempty"`
	// Request and Response are the bodies if they are text, truncated to [Body].
	Request  string `json:"request,omitempty"`
	Response string `json:"response,omitempty"`
	// Fault is the id of the fault that was triggered.
	Fault string `json:"fault,omitempty"`
	// Note is the outcome of work, or the reason why there was no response.
	Note string `json:"note,omitempty"`
}

// Filter selects entries. The zero value selects all.
type Filter struct {
	After     int    // selects entries with a greater Seq
	Kind      Kind   // empty means any
	Operation string // pattern in which * matches any characters; empty means any
	Project   string // id; empty means any
}

// matches reports whether the filter selects an entry.
func (f Filter) matches(e Entry) bool {
	if e.Seq <= f.After || f.Kind != "" && f.Kind != e.Kind ||
		f.Project != "" && !strings.EqualFold(f.Project, e.Project) {
		return false
	}
	ok, err := path.Match(strings.ToLower(f.Operation), strings.ToLower(e.Operation))
	return f.Operation == "" || err == nil && ok
}

// Journal holds entries. Create it with [New]. It is safe for concurrent use.
type Journal struct {
	secrets secrets
	mu      sync.Mutex
	seq     int
	ring    []Entry // once it is full, the oldest entry is at next
	next    int
}

// New returns an empty journal. It replaces the given keys if they have 8 characters or more, and all signatures and
// bearer tokens.
func New(keys ...string) *Journal { return &Journal{secrets: newSecrets(keys)} }

// Add adds an entry. It sets the number and replaces secrets.
func (j *Journal) Add(e Entry) {
	e.URL, e.Note = j.secrets.replace(e.URL), j.secrets.replace(e.Note)
	e.Request, e.Response = j.secrets.replace(e.Request), j.secrets.replace(e.Response)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.seq++
	e.Seq = j.seq
	if len(j.ring) < Entries {
		j.ring = append(j.ring, e)
		return
	}
	j.ring[j.next] = e
	j.next = (j.next + 1) % Entries
}

// Entries returns the entries that the filter selects, in order.
func (j *Journal) Entries(f Filter) []Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	found := []Entry{}
	for i := range j.ring {
		if e := j.ring[(j.next+i)%len(j.ring)]; f.matches(e) {
			found = append(found, e)
		}
	}
	return found
}

// Clear removes all entries. The numbers continue.
func (j *Journal) Clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.ring, j.next = nil, 0
}
