// Package journal keeps what a fake was asked, what it answered and what it
// asked of storage, for people who look for the reason of something, and for
// tests that count calls. It holds a bounded number of the latest entries, in
// which keys and signatures have been replaced.
//
// Stop extending it where it would judge what it holds.
package journal

import (
	"path"
	"strings"
	"sync"
	"time"
)

// Limits of a journal.
const (
	// Entries is how many entries are kept; the oldest go first.
	Entries = 5_000
	// Body is how much of a body is kept, in bytes.
	Body = 4 << 10
)

// Kind says what an entry is about.
type Kind string

// The kinds of entries.
const (
	API     Kind = "api"     // a call of the Training API, or a download by a link
	Storage Kind = "storage" // a request of the service to storage, or for an image
	Work    Kind = "work"    // a training, export or import that ended
)

// Entry is one exchange, or one piece of work that ended.
type Entry struct {
	// Seq counts the entries ever made, from 1.
	Seq int `json:"seq"`
	// At is when it began, on the server's clock.
	At time.Time `json:"at"`
	// TookMs is how long it took, in milliseconds of the server's clock.
	TookMs float64 `json:"tookMs"`
	Kind   Kind    `json:"kind"`
	// Operation is an operationId of the API description, DownloadBlob, an
	// operation of storage such as PutMessage, or Training, Export, Import.
	Operation string `json:"operation"`
	// Project is the project's id; "" where there is none.
	Project string `json:"project,omitempty"`
	Method  string `json:"method,omitempty"`
	// URL is what was asked for, signatures replaced: of an API call without the host.
	URL string `json:"url,omitempty"`
	// Status is the answer's; 0 means that there was none.
	Status int `json:"status,omitempty"`
	// Request and Response are the bodies if they are text, cut to [Body].
	Request  string `json:"request,omitempty"`
	Response string `json:"response,omitempty"`
	// Fault is the id of the fault that acted.
	Fault string `json:"fault,omitempty"`
	// Note says how work ended, or why there was no answer.
	Note string `json:"note,omitempty"`
}

// Filter chooses entries; the zero value chooses all.
type Filter struct {
	After     int    // only those with a greater Seq
	Kind      Kind   // "" means any
	Operation string // pattern in which * stands for any characters, "" means any
	Project   string // id, "" means any
}

func (f Filter) passes(e Entry) bool {
	if e.Seq <= f.After || f.Kind != "" && f.Kind != e.Kind ||
		f.Project != "" && !strings.EqualFold(f.Project, e.Project) {
		return false
	}
	ok, err := path.Match(strings.ToLower(f.Operation), strings.ToLower(e.Operation))
	return f.Operation == "" || err == nil && ok
}

// Journal is safe for use by several goroutines. Make it with [New].
type Journal struct {
	secrets secrets
	mu      sync.Mutex
	seq     int
	ring    []Entry // the oldest is at next, once it is full
	next    int
}

// New returns an empty journal that replaces the keys that it is told, where
// they are 8 characters or longer, and all signatures and bearer tokens.
func New(keys ...string) *Journal { return &Journal{secrets: newSecrets(keys)} }

// Add takes an entry, gives it its number and replaces what is secret.
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

// Entries returns those that pass the filter, in order.
func (j *Journal) Entries(f Filter) []Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	found := []Entry{}
	for i := range j.ring {
		if e := j.ring[(j.next+i)%len(j.ring)]; f.passes(e) {
			found = append(found, e)
		}
	}
	return found
}

// Clear forgets all entries; the count goes on.
func (j *Journal) Clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.ring, j.next = nil, 0
}
