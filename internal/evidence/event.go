package evidence

import "time"

// Kind says which payload an event carries.
type Kind string

// The kinds of events.
const (
	KindAct       Kind = "act"
	KindResource  Kind = "resource"
	KindExchange  Kind = "exchange"
	KindOperation Kind = "operation"
	KindWait      Kind = "wait"
	KindMessage   Kind = "message"
	KindBlob      Kind = "blob"
	KindDownload  Kind = "download"
)

// An Event is one thing that happened, with exactly one payload: the one that
// Kind names.
type Event struct {
	Seq     int           `json:"seq"`               // place in the timeline, from 1
	At      time.Duration `json:"at"`                // nanoseconds since the timeline began
	Act     string        `json:"act"`               // key of the act that was open
	Project string        `json:"project,omitempty"` // label of the project, where the situation has several
	Kind    Kind          `json:"kind"`

	ActBoundary *ActBoundary `json:"actMark,omitempty"`
	Resource    *Resource    `json:"resource,omitempty"`
	Exchange    *Exchange    `json:"exchange,omitempty"`
	Operation   *Operation   `json:"operation,omitempty"`
	Wait        *Wait        `json:"wait,omitempty"`
	Message     *Message     `json:"message,omitempty"`
	Blob        *StoredBlob  `json:"blob,omitempty"`
	Download    *Download    `json:"download,omitempty"`
}

// An ActBoundary marks the beginning or the end of one act of a situation. Where
// Blocked is set the act could not be done, for that reason, and nothing that
// builds on it was tried. Where Unseen is set it could be done, but not to its
// end within the budget.
type ActBoundary struct {
	Phase        string `json:"phase"` // "began" or "ended"
	Title        string `json:"title"`
	Blocked      string `json:"blocked,omitempty"`
	Inconclusive string `json:"unseen,omitempty"`
}

// A Resource is a queue or a container that the harness made for the situation.
type Resource struct {
	Service Service `json:"service"`
	Name    string  `json:"name"`
	URI     string  `json:"uri"`  // as it is given to the service under test
	Role    string  `json:"role"` // "first", "second" (after a move), "attempt"
}

// An Exchange is one call of the Training API: what was sent, and the answer.
type Exchange struct {
	Call        string            `json:"call"` // name of the operation in the API reference
	Method      string            `json:"method"`
	URL         string            `json:"url"`
	Key         string            `json:"key"` // which key was sent: "right", "wrong", "none"
	RequestType string            `json:"requestType,omitempty"`
	RequestBody string            `json:"requestBody,omitempty"` // cut to 8 KiB
	Status      int               `json:"status"`                // 0: no answer
	Header      map[string]string `json:"header,omitempty"`
	Body        string            `json:"body,omitempty"` // the answer's, cut to 16 MiB
	Error       string            `json:"error,omitempty"`
	Protocol    string            `json:"protocol,omitempty"` // of the answer: "HTTP/1.1", "HTTP/2.0"
	Refused     []Refusal         `json:"refused,omitempty"`  // tries before the one that the rest is about, in order
	Began       time.Time         `json:"began"`              // the first try
	Ended       time.Time         `json:"ended"`              // the last one
}

// A Refusal is one try of a call or a download that the service did not take, and that was
// made again because it said when.
type Refusal struct {
	Status     int       `json:"status"`     // 429 or 503
	RetryAfter string    `json:"retryAfter"` // as the service wrote it: seconds, or a date
	Began      time.Time `json:"began"`
	Ended      time.Time `json:"ended"`
}

// A Wait is the end of one wait for an effect.
type Wait struct {
	Budget    string        `json:"budget"` // name of the budget that bounds it
	For       string        `json:"for"`    // what was waited for, in words
	Satisfied bool          `json:"satisfied"`
	Elapsed   time.Duration `json:"elapsed"` // nanoseconds
	Limit     time.Duration `json:"limit"`   // nanoseconds
}

// A Message is one message that a consumer finds in a queue at the end.
type Message struct {
	Queue    string `json:"queue"`
	ID       string `json:"id"`
	Text     string `json:"text"`     // decoded, without byte-order mark, secrets replaced
	Encoding string `json:"encoding"` // "text" or "base64"
	BOM      bool   `json:"bom,omitempty"`
	Invalid  string `json:"invalid,omitempty"` // why the text is not one JSON document in UTF-8
}

// A StoredBlob is one blob that a container holds at the end.
type StoredBlob struct {
	Container string `json:"container"`
	Name      string `json:"name"`
	Length    int64  `json:"length"` // bytes
	SHA256    string `json:"sha256"` // lower-case hex
	ETag      string `json:"etag,omitempty"`

	Entries map[string]string `json:"entries,omitempty"` // of a zip archive: name to SHA-256
}

// A Download is the content behind a link that the service gave out.
type Download struct {
	Link    string            `json:"link"` // "downloadUri" or "modelUri"
	Subject string            `json:"subject"`
	URL     string            `json:"url"`
	Via     string            `json:"via"`    // "plain" (no credential) or "account" (the harness's own)
	Status  int               `json:"status"` // HTTP status; 0: no answer
	Length  int64             `json:"length"` // bytes
	SHA256  string            `json:"sha256,omitempty"`
	Entries map[string]string `json:"entries,omitempty"` // of a zip archive: name to SHA-256
	Error   string            `json:"error,omitempty"`
	Refused []Refusal         `json:"refused,omitempty"` // tries before the one that the rest is about, in order
	Began   time.Time         `json:"began"`             // the first try
}
