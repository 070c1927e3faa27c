// Package fault makes a fake fail on purpose: API calls respond with an error, after a delay, or incompletely; storage
// does the same to the fake; trainings and exports fail. A [Fault] specifies where it is triggered, by which calls, how
// often, and its effect. Faults are addressed and counted, never random: the first fault of a [Set] that matches a call
// and has triggers left is triggered, and the set counts it.
//
// Stop extending the package where a fault would change the content of a correct response. That is a defect of a
// service (package defect).
package fault

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path"
	"strings"
	"time"
)

// At is the place where a fault is triggered.
type At string

// The places.
const (
	// API is a call of the Training API, or a download of a model or image, before the service processes it.
	API At = "api"
	// Storage is a request of the service to a queue, a container or the host of an image, before it is sent.
	Storage At = "storage"
	// Training is the end of a training, which fails.
	Training At = "training"
	// Export is the end of an export, which fails.
	Export At = "export"
	// Import is the end of the import of a project, which fails.
	Import At = "import"
)

// Fault is one fault. Its patterns ignore case; * matches any characters, and an empty pattern matches everything.
type Fault struct {
	// At is the place where the fault is triggered. It is required.
	At At `json:"at"`
	// Operation is a pattern of the operation. At API it is an operationId of the API description, for example
	// ExportIteration, or DownloadBlob. At Storage it is PutBlob, DeleteBlob, PutMessage or GetImage.
	Operation string `json:"operation,omitempty"`
	// Project is a pattern of the id or the name of the project.
	Project string `json:"project,omitempty"`
	// Platform is a pattern of the platform of an export. It is valid At Export only.
	Platform string `json:"platform,omitempty"`
	// Skip is the number of matching calls before the first trigger.
	Skip int `json:"skip,omitempty"`
	// Times is the number of triggers. 0 means once, -1 means until the fault is removed.
	Times int `json:"times,omitempty"`
	Effect
}

// Effect is the effect of a fault At API or Storage. The delay is first, then one of Status, Reset and Cut.
type Effect struct {
	// Delay is the delay of the call on the server's clock.
	Delay Duration `json:"delay,omitempty"`
	// Status is the status of an error response, 400 to 599, that replaces the correct response.
	Status int `json:"status,omitempty"`
	// Code and Message are the code and the message of the error response. Empty means those that the service, its
	// gateway or storage would send with the status.
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
	// RetryAfter is the header Retry-After of the error response in seconds. 0 means 1 with status 429, otherwise no
	// header.
	RetryAfter Seconds `json:"retryAfter,omitempty"`
	// Reset resets the connection instead of a response.
	Reset bool `json:"reset,omitempty"`
	// Cut is the number of bytes of a body after which the connection is closed. At API it is the body of the response.
	// At Storage it is the body of the request, of which a few thousand bytes less may be sent. Nil means all bytes.
	Cut *int `json:"cut,omitempty"`
}

// Duration is a time.Duration that is text in JSON, for example "1.5s".
type Duration time.Duration

// MarshalText implements encoding.TextMarshaler in the format of [time.Duration.String].
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler for the format of [time.ParseDuration].
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("invalid duration %q (use for example 500ms, 30s or 5m)", text)
	}
	*d = Duration(parsed)
	return nil
}

// Seconds is a number of seconds. In JSON it is a number, or a duration such as "30s" or "5m".
type Seconds int

// UnmarshalJSON implements json.Unmarshaler.
func (s *Seconds) UnmarshalJSON(data []byte) error {
	var d Duration
	if json.Unmarshal(data, (*int)(s)) == nil {
		return nil
	}
	if err := json.Unmarshal(data, &d); err != nil {
		return err
	}
	*s = Seconds(time.Duration(d).Seconds())
	return nil
}

// Parse decodes a fault from JSON and checks it. Unknown members are an error.
func Parse(data []byte) (Fault, error) {
	var f Fault
	decoder := json.NewDecoder(strings.NewReader(string(data)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&f); err != nil {
		return Fault{}, fmt.Errorf("invalid fault: %w", err)
	}
	if decoder.More() {
		return Fault{}, errors.New("invalid fault: there is more than one JSON document")
	}
	return f, f.Check()
}

// Check returns an error if a fault is not valid. The error lists the valid values.
func (f Fault) Check() error {
	for name, pattern := range map[string]string{"operation": f.Operation, "project": f.Project, "platform": f.Platform} {
		if _, err := path.Match(pattern, ""); err != nil {
			return fmt.Errorf("%s: invalid pattern %q", name, pattern)
		}
	}
	if f.Skip < 0 || f.Times < -1 {
		return errors.New("skip must be 0 or more, and times 1 or more, or -1 for an unlimited number")
	}
	switch f.At {
	case API, Storage:
		if f.Platform != "" {
			return fmt.Errorf("platform is valid for faults at %s only", Export)
		}
		return f.Effect.check()
	case Training, Export, Import:
		return f.checkWork()
	}
	return fmt.Errorf("at: unknown value %q (use %s, %s, %s, %s or %s)", f.At, API, Storage, Training, Export, Import)
}

func (e Effect) check() error {
	effects := 0
	for _, isSet := range []bool{e.Status != 0, e.Reset, e.Cut != nil} {
		if isSet {
			effects++
		}
	}
	switch {
	case effects > 1:
		return errors.New("only one of status, reset and cut can be set")
	case effects == 0 && e.Delay == 0:
		return errors.New("a fault must have an effect: status, delay, reset or cut")
	case e.Status != 0 && (e.Status < 400 || e.Status > 599):
		return fmt.Errorf("invalid status %d: it must be 400 to 599", e.Status)
	case e.Status == 0 && (e.Code != "" || e.Message != "" || e.RetryAfter != 0):
		return errors.New("code, message and retryAfter are valid with a status only")
	case e.Delay < 0 || e.RetryAfter < 0 || e.Cut != nil && *e.Cut < 0:
		return errors.New("delay, retryAfter and cut must be 0 or more")
	}
	return nil
}

// checkWork checks a fault At Training, Export or Import. Its only effect is that the work fails with a message.
func (f Fault) checkWork() error {
	other := f.Effect
	other.Message = ""
	if other != (Effect{}) || f.Operation != "" {
		return fmt.Errorf("a fault at %s can have project, platform, skip, times and message only", f.At)
	}
	if f.At != Export && f.Platform != "" {
		return fmt.Errorf("platform is valid for faults at %s only", Export)
	}
	return nil
}

// retryAfter returns the header Retry-After, empty for none.
func (e Effect) retryAfter() string {
	seconds := e.RetryAfter
	if seconds == 0 && e.Status == http.StatusTooManyRequests {
		seconds = 1
	}
	if seconds == 0 {
		return ""
	}
	return fmt.Sprint(seconds)
}
