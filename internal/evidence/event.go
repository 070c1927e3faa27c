package evidence

import "time"

// A Kind names the payload of an event.
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
	KindPause     Kind = "pause"
)

// An Event is one entry of a timeline, with exactly one payload: the one that Kind names.
type Event struct {
	Seq     int           `json:"seq"`               // position in the timeline, from 1
	At      time.Duration `json:"at"`                // nanoseconds since the timeline began
	Act     string        `json:"act"`               // key of the act to which it belongs
	Project string        `json:"project,omitempty"` // label of the project, if the situation has several
	Kind    Kind          `json:"kind"`

	ActBoundary *ActBoundary `json:"actMark,omitempty"`
	Resource    *Resource    `json:"resource,omitempty"`
	Exchange    *Exchange    `json:"exchange,omitempty"`
	Operation   *Operation   `json:"operation,omitempty"`
	Wait        *Wait        `json:"wait,omitempty"`
	Message     *Message     `json:"message,omitempty"`
	Blob        *StoredBlob  `json:"blob,omitempty"`
	Download    *Download    `json:"download,omitempty"`
	Pause       *Pause       `json:"pause,omitempty"`
}

// An ActBoundary marks the beginning or the end of one act of a situation. If Blocked is set, the
// act could not be performed, for that reason, and no later act of the situation was tried. If
// Inconclusive is set, the act did not end within its budget.
type ActBoundary struct {
	Phase        string `json:"phase"` // "began" or "ended"
	Title        string `json:"title"`
	Blocked      string `json:"blocked,omitempty"`
	Inconclusive string `json:"unseen,omitempty"`
}

// A Resource is a queue or a container that the harness created for the situation.
type Resource struct {
	Service Service `json:"service"`
	Name    string  `json:"name"`
	URI     string  `json:"uri"`  // as the service under test gets it
	Role    string  `json:"role"` // "first", "second" (after a move), "attempt"
}

// An Exchange is one call of the Training API: the request and the response.
type Exchange struct {
	Call        string            `json:"call"` // name of the operation in the API reference
	Method      string            `json:"method"`
	URL         string            `json:"url"`
	Key         string            `json:"key"`                 // which key was sent: "right", "wrong", "none"
	KeyHeader   string            `json:"keyHeader,omitempty"` // name of its header; "" means Training-Key
	RequestType string            `json:"requestType,omitempty"`
	RequestBody string            `json:"requestBody,omitempty"` // cut to 8 KiB
	Status      int               `json:"status"`                // 0: no response
	Header      map[string]string `json:"header,omitempty"`
	Body        string            `json:"body,omitempty"` // of the response, cut to 16 MiB
	Error       string            `json:"error,omitempty"`
	Protocol    string            `json:"protocol,omitempty"` // of the response: "HTTP/1.1", "HTTP/2.0"
	Refused     []Refusal         `json:"refused,omitempty"`  // earlier tries that were refused, in order
	Began       time.Time         `json:"began"`              // the first try
	Ended       time.Time         `json:"ended"`              // the last one
}

// A Refusal is one try of a call or a download that the service refused with a time after which to
// retry.
type Refusal struct {
	Status     int       `json:"status"`     // 429 or 503
	RetryAfter string    `json:"retryAfter"` // as the service sent it: seconds, or a date
	Began      time.Time `json:"began"`
	Ended      time.Time `json:"ended"`
}

// A Wait is the end of one wait for an effect.
type Wait struct {
	Budget    string        `json:"budget"` // name of the budget that bounds it
	For       string        `json:"for"`    // the effect, in words
	Satisfied bool          `json:"satisfied"`
	Elapsed   time.Duration `json:"elapsed"` // nanoseconds
	Limit     time.Duration `json:"limit"`   // nanoseconds
}

// A Message is one message that is in a queue at the end.
type Message struct {
	Queue    string `json:"queue"`
	ID       string `json:"id"`
	Text     string `json:"text"`     // decoded, without byte-order mark, secrets replaced
	Encoding string `json:"encoding"` // "text" or "base64"
	BOM      bool   `json:"bom,omitempty"`
	Invalid  string `json:"invalid,omitempty"` // why the text is not one JSON document in UTF-8
}

// A StoredBlob is one blob that is in a container at the end.
type StoredBlob struct {
	Container string `json:"container"`
	Name      string `json:"name"`
	Length    int64  `json:"length"` // bytes
	SHA256    string `json:"sha256"` // lower-case hex
	ETag      string `json:"etag,omitempty"`

	Entries map[string]string `json:"entries,omitempty"` // of a zip archive: name to SHA-256
	Format  string            `json:"format,omitempty"`  // of binary data, by its first bytes: "gzip data"
}

// A Pause is a time in which the harness was stopped, by a signal or by a machine that is too busy. It ended when the
// event was recorded.
type Pause struct {
	Elapsed time.Duration `json:"elapsed"` // nanoseconds
}

// A Download is the content behind a link that the service returned.
type Download struct {
	Link    string            `json:"link"` // "downloadUri" or "modelUri"
	Subject string            `json:"subject"`
	URL     string            `json:"url"`
	Via     string            `json:"via"`    // "plain" (no credential) or "account" (the harness's own credential)
	Status  int               `json:"status"` // HTTP status; 0: no response
	Length  int64             `json:"length"` // bytes
	SHA256  string            `json:"sha256,omitempty"`
	Entries map[string]string `json:"entries,omitempty"` // of a zip archive: name to SHA-256
	Format  string            `json:"format,omitempty"`  // of binary data, by its first bytes: "gzip data"
	Error   string            `json:"error,omitempty"`
	Refused []Refusal         `json:"refused,omitempty"` // earlier tries that were refused, in order
	Began   time.Time         `json:"began"`             // the first try
}
