// Package fault makes a fake misbehave on purpose: calls that are answered with
// an error, late, or not to the end; storage that does the same to the fake;
// trainings and exports that fail. A [Fault] says where it acts, on what, how
// often, and what it does. Faults are addressed and counted, never left to
// chance: the first fault of a [Set] that matches a call and has times left acts
// on it, and the set tells what has fired.
//
// Stop extending it where a fault would need to change what a correct answer
// says: that is a defect of a service, not a fault around it.
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

// At says where a fault acts.
type At string

// The places where faults act.
const (
	// API is a call of the Training API, or a download by a link, before the
	// service handles it.
	API At = "api"
	// Storage is a request of the service to a queue, a container or the host
	// of an image, before it is sent.
	Storage At = "storage"
	// Training is the outcome of a training: it fails.
	Training At = "training"
	// Export is the outcome of an export: it fails.
	Export At = "export"
)

// Fault is one misbehaviour. Patterns are compared without regard to case; *
// stands for any characters, and an empty pattern for everything.
type Fault struct {
	// At says where the fault acts. It is required.
	At At `json:"at"`
	// Operation is a pattern for the operation: an operationId of the API
	// description such as ExportIteration, or DownloadBlob; to storage PutBlob,
	// DeleteBlob, PutMessage, or GetImage.
	Operation string `json:"operation,omitempty"`
	// Project is a pattern for the id or the name of the project.
	Project string `json:"project,omitempty"`
	// Platform is a pattern for the platform of an export, At Export.
	Platform string `json:"platform,omitempty"`
	// Skip is how many matching calls pass unharmed before the first.
	Skip int `json:"skip,omitempty"`
	// Times is how often the fault acts. 0 means once, -1 until it is removed.
	Times int `json:"times,omitempty"`
	Effect
}

// Effect is what a fault does, At API and Storage. A delay comes first, then the
// one of the others that is set.
type Effect struct {
	// Delay is how long the call is held, on the server's clock.
	Delay Duration `json:"delay,omitempty"`
	// Status answers in the other side's place: 400 to 599.
	Status int `json:"status,omitempty"`
	// Code and Message are those of the answer. "" means what the service, its
	// gateway or storage would say for the status.
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
	// RetryAfter is the header of the answer, in seconds. 0 means 1 with a 429,
	// else none.
	RetryAfter int `json:"retryAfter,omitempty"`
	// Reset breaks the connection off instead of an answer.
	Reset bool `json:"reset,omitempty"`
	// Cut lets that many bytes of a body pass before the connection breaks off:
	// of the answer, At API; of the request, At Storage, where a few thousand
	// bytes less may have left by then. nil means all.
	Cut *int `json:"cut,omitempty"`
}

// Duration is a time.Duration that is written as text in JSON, such as "1.5s".
type Duration time.Duration

// MarshalText writes it as [time.Duration.String] does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads what [time.ParseDuration] reads.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is not a duration, such as 500ms, 30s or 5m", text)
	}
	*d = Duration(parsed)
	return nil
}

// Parse reads a fault from JSON and checks it. Members that it does not know are
// errors.
func Parse(data []byte) (Fault, error) {
	var f Fault
	decoder := json.NewDecoder(strings.NewReader(string(data)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&f); err != nil {
		return Fault{}, fmt.Errorf("not a fault: %w", err)
	}
	if decoder.More() {
		return Fault{}, errors.New("not a fault: there is more than one JSON document")
	}
	return f, f.Check()
}

// Check says what is wrong with a fault, and how it is put right.
func (f Fault) Check() error {
	for name, pattern := range map[string]string{"operation": f.Operation, "project": f.Project, "platform": f.Platform} {
		if _, err := path.Match(pattern, ""); err != nil {
			return fmt.Errorf("%s: %q is not a pattern", name, pattern)
		}
	}
	if f.Skip < 0 || f.Times < -1 {
		return errors.New("skip is 0 or more, and times 1 or more, or -1 for ever")
	}
	switch f.At {
	case API, Storage:
		if f.Platform != "" {
			return fmt.Errorf("platform is for faults at %s", Export)
		}
		return f.Effect.check()
	case Training, Export:
		return f.checkOutcome()
	}
	return fmt.Errorf("at: %q is none of %s, %s, %s, %s", f.At, API, Storage, Training, Export)
}

func (e Effect) check() error {
	effects := 0
	for _, set := range []bool{e.Status != 0, e.Reset, e.Cut != nil} {
		if set {
			effects++
		}
	}
	switch {
	case effects > 1:
		return errors.New("status, reset and cut exclude each other")
	case effects == 0 && e.Delay == 0:
		return errors.New("a fault needs an effect: status, delay, reset or cut")
	case e.Status != 0 && (e.Status < 400 || e.Status > 599):
		return fmt.Errorf("status %d is none of 400 to 599", e.Status)
	case e.Status == 0 && (e.Code != "" || e.Message != "" || e.RetryAfter != 0):
		return errors.New("code, message and retryAfter need a status")
	case e.Delay < 0 || e.RetryAfter < 0 || e.Cut != nil && *e.Cut < 0:
		return errors.New("delay, retryAfter and cut are 0 or more")
	}
	return nil
}

// checkOutcome wants nothing but a message: the work fails, with that reason.
func (f Fault) checkOutcome() error {
	rest := f.Effect
	rest.Message = ""
	if rest != (Effect{}) || f.Operation != "" {
		return fmt.Errorf("a fault at %s has an address and a message only: the work fails", f.At)
	}
	if f.At == Training && f.Platform != "" {
		return fmt.Errorf("platform is for faults at %s", Export)
	}
	return nil
}

// retryAfter is the header of the answer; "" means none.
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
