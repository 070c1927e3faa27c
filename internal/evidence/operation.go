package evidence

import "time"

// A Service is one of the two storage services of the contract.
type Service string

// The storage services.
const (
	Blob  Service = "blob"
	Queue Service = "queue"
)

// The sources from which an operation is inferred.
const (
	FromListing = "listing" // a listing shows its effect
	FromDeleted = "deleted" // the deleted blobs that the account keeps show its effect
	FromVersion = "version" // the blob versions that the account keeps show its effect
)

// NeverExpires is the TimeToLive of a message that never expires.
const NeverExpires time.Duration = -1

// An Operation is one request of the service under test to its storage. The gateway records it
// before the service gets the response. Names are those of the Azure Storage REST reference,
// without spaces: PutBlob for "Put Blob".
//
// Without a gateway an operation is inferred from its effect: a PutMessage, PutBlob or DeleteBlob,
// whichever request caused that effect. Then Began and Ended are the bounds of the interval in which
// it was carried out.
type Operation struct {
	Service  Service `json:"service"`
	Name     string  `json:"name"`
	Method   string  `json:"method"`
	Account  string  `json:"account"`
	Resource string  `json:"resource"`         // container or queue
	Object   string  `json:"object,omitempty"` // blob name, decoded; empty for queues
	Status   int     `json:"status"`           // HTTP status; 0 without a response
	Code     string  `json:"code,omitempty"`   // x-ms-error-code
	Denied   bool    `json:"denied,omitempty"` // refused by the gateway, as the scenario asked
	Error    string  `json:"error,omitempty"`  // why there is no response; see [NoStorageResponse]
	Auth     string  `json:"auth"`             // "sharedkey", "sas", "bearer", "anonymous"

	Length    int64  `json:"length"`              // bytes of the request body; if inferred, of the message or blob
	SHA256    string `json:"sha256,omitempty"`    // of the request body, lower-case hex; empty for an empty body
	Text      string `json:"text,omitempty"`      // PutMessage, UpdateMessage: the message text as stored
	Base64    bool   `json:"base64,omitempty"`    // the text was Base64 before it was recorded
	BOM       bool   `json:"bom,omitempty"`       // the text began with a byte-order mark
	MessageID string `json:"messageId,omitempty"` // PutMessage, UpdateMessage, DeleteMessage: id of the message
	ETag      string `json:"etag,omitempty"`      // inferred PutBlob: of the blob

	// Announced is the Content-Length of the request where it differs from Length.
	Announced int64 `json:"announced,omitempty"`
	// ContentEncoding is the Content-Encoding of the request, or the one that the blob is to have.
	ContentEncoding string `json:"contentEncoding,omitempty"`

	// VisibilityTimeout is how long a PutMessage, an UpdateMessage or a GetMessages makes the message invisible. It is
	// 30 s for a GetMessages that does not name it.
	VisibilityTimeout time.Duration `json:"visibilityTimeout,omitempty"`
	// TimeToLive is the messagettl of a PutMessage, or NeverExpires; 0 if the request does not name it.
	TimeToLive time.Duration `json:"timeToLive,omitempty"`
	// Expires is when the message of a PutMessage expires, to the second, as storage returned it.
	Expires time.Time `json:"expires,omitzero"`

	// RefusedVersion is the API version (x-ms-version) of a request that storage refused for its version.
	RefusedVersion string `json:"refusedVersion,omitempty"`

	// Inferred is the source from which the operation was inferred; "" if it was observed.
	Inferred string `json:"inferred,omitempty"`

	Began time.Time `json:"began"` // request line read; if inferred, start of the last poll that did not show it
	Ended time.Time `json:"ended"` // response headers read from storage; if inferred, end of the first poll that showed it
}

// NoStorageResponse begins the Error of an operation to which storage did not respond. Any other Error is that the
// service did not complete its request.
const NoStorageResponse = "storage did not respond"

// Succeeded reports whether storage carried the operation out.
func (o Operation) Succeeded() bool { return o.Status >= 200 && o.Status < 300 }

// Writes reports whether the operation, if it succeeds, creates or changes a queue, a container, a
// message, a blob or a part of a blob.
func (o Operation) Writes() bool {
	switch o.Name {
	case "PutMessage", "UpdateMessage", "PutBlob", "PutBlock", "PutBlockList", "AppendBlock", "PutPage",
		"CopyBlob", "CopyBlobFromURL", "IncrementalCopyBlob", "PutBlobFromURL", "PutBlockFromURL", "AppendBlockFromURL",
		"PutPageFromURL", "SnapshotBlob", "UndeleteBlob", "CreateQueue", "CreateContainer":
		return true
	}
	return false
}
