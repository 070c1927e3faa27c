package storageaccount

import (
	"fmt"
	"regexp"
	"time"
)

// store contains the containers and queues of an account. An Account calls its methods with the lock held.
type store struct {
	options     Options
	containers  map[string]*container
	queues      map[string]*queue
	lastVersion time.Time // of the most recent blob version
	lastNumber  int       // most recent number of a message, an ETag or a request
}

func newStore(o Options) store {
	return store{options: o, containers: map[string]*container{}, queues: map[string]*queue{}}
}

// nextNumber returns a number that was not returned before.
func (s *store) nextNumber() int {
	s.lastNumber++
	return s.lastNumber
}

// newETag returns an ETag that was not returned before.
func (s *store) newETag() string { return fmt.Sprintf(`"0x8D%012X"`, s.nextNumber()) }

// isValidName reports whether name is valid for a container or a queue (learn.microsoft.com, "Naming and referencing
// containers").
func isValidName(name string) bool {
	return len(name) >= 3 && len(name) <= 63 && regexp.MustCompile(`^[a-z0-9](-?[a-z0-9])+$`).MatchString(name)
}

// container is a container with every content that its blobs have had. A listing at any time is derived from that.
type container struct {
	name    string
	etag    string
	created time.Time
	deleted time.Time // zero while the container exists
	blobs   []*blob
}

// blob is one content of a blob, from the time it was written until the blob was deleted or overwritten.
type blob struct {
	name        string
	data        []byte
	contentType string
	etag        string
	version     string // empty without versioning
	written     time.Time
	ended       time.Time // zero while it is the current content
	overwritten bool      // reports how it ended
}

// queue is a queue with its messages in the order of insertion.
type queue struct {
	name     string
	deleted  time.Time // zero while the queue exists
	messages []*message
}

type message struct {
	id, text, receipt          string
	inserted, expires, visible time.Time
	dequeued                   int
}
