package evidence

import "time"

// Service names one of the two storage services that the contract speaks of.
type Service string

// The storage services of the contract.
const (
	Blob  Service = "blob"
	Queue Service = "queue"
)

// The ways in which an operation is inferred.
const (
	FromListing = "listing" // it shows in a listing, or no longer does
	FromDeleted = "deleted" // it shows among the deleted blobs that the account keeps
	FromVersion = "version" // it shows among the versions that the account keeps
)

// An Operation is one request of the service under test to its storage, as
// the gateway between them saw it. It is on record before the service has the
// answer. Names of operations are those of the Azure Storage REST reference
// ("Put Blob" is written PutBlob).
//
// Where no gateway stands an operation is inferred from what it left: a
// PutMessage, PutBlob or DeleteBlob, of whatever request came to that. Then Began
// and Ended are no request's: it was carried out at some instant between them.
type Operation struct {
	Service  Service `json:"service"`
	Name     string  `json:"name"`
	Method   string  `json:"method"`
	Account  string  `json:"account"`
	Resource string  `json:"resource"`         // container or queue
	Object   string  `json:"object,omitempty"` // blob name, decoded; empty for queues
	Status   int     `json:"status"`           // HTTP status; 0 where storage never answered
	Code     string  `json:"code,omitempty"`   // x-ms-error-code
	Denied   bool    `json:"denied,omitempty"` // refused by the gateway on command
	Error    string  `json:"error,omitempty"`  // why storage never answered
	Auth     string  `json:"auth"`             // "sharedkey", "sas", "bearer", "anonymous"

	Length    int64  `json:"length"`              // request body, bytes; where inferred: of the message or the blob
	SHA256    string `json:"sha256,omitempty"`    // request body, lower-case hex; empty for an empty body
	Text      string `json:"text,omitempty"`      // PutMessage: the message text as stored
	MessageID string `json:"messageId,omitempty"` // PutMessage: the id that the queue gave
	ETag      string `json:"etag,omitempty"`      // PutBlob, where inferred: of the blob that it left

	// Inferred says from what the operation was inferred; "" means that it was seen.
	Inferred string `json:"inferred,omitempty"`

	Began time.Time `json:"began"` // request line read; where inferred: the last look that did not show it was begun
	Ended time.Time `json:"ended"` // answer's headers read from storage; where inferred: a look that showed it was answered
}

// Succeeded says whether storage carried the operation out.
func (o Operation) Succeeded() bool { return o.Status >= 200 && o.Status < 300 }

// Writes says whether the operation, when it succeeds, puts something into a
// queue or a container: a message, a blob or a part of one.
func (o Operation) Writes() bool {
	switch o.Name {
	case "PutMessage", "UpdateMessage", "PutBlob", "PutBlock", "PutBlockList", "AppendBlock", "PutPage",
		"CopyBlob", "CopyBlobFromURL", "IncrementalCopyBlob", "PutBlobFromURL", "PutBlockFromURL", "AppendBlockFromURL",
		"PutPageFromURL", "SnapshotBlob", "UndeleteBlob", "CreateQueue", "CreateContainer":
		return true
	}
	return false
}
