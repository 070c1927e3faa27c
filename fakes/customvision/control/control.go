// Package control is the control plane of a fake over HTTP: faults, durations,
// clock, reset and journal, as JSON. It belongs on a listener of its own, which
// is not for everybody: whoever reaches it may do all of this, and reads what
// the journal holds.
//
//	curl -s http://127.0.0.1:PORT/                       what there is, as text
//	curl -s http://127.0.0.1:PORT/health                 200 while the fake serves, 503 while it stops
//
// The next two exports of a project fail, and then the third succeeds:
//
//	curl -s http://127.0.0.1:PORT/faults -d '{"at":"export","project":"walk","times":2}'
//
// The next GetProject of any project is answered with 429 and Retry-After, every
// upload to storage takes two seconds longer, and one message is broken off
// after 10 bytes:
//
//	curl -s http://127.0.0.1:PORT/faults -d '{"at":"api","operation":"GetProject","status":429}'
//	curl -s http://127.0.0.1:PORT/faults -d '{"at":"storage","operation":"PutBlob","delay":"2s","times":-1}'
//	curl -s http://127.0.0.1:PORT/faults -d '{"at":"storage","operation":"PutMessage","cut":10}'
//
// What has fired, and what is left of it; one fault removed, then all:
//
//	curl -s http://127.0.0.1:PORT/faults
//	curl -s -X DELETE http://127.0.0.1:PORT/faults/1
//	curl -s -X DELETE http://127.0.0.1:PORT/faults
//
// Trainings take ten minutes, those of one project an hour; the clock is put
// forward, and what falls due is done when the answer comes:
//
//	curl -s -X PUT http://127.0.0.1:PORT/durations -d '{"training":"10m","export":"1m"}'
//	curl -s -X PUT http://127.0.0.1:PORT/durations/walk -d '{"training":"1h","export":"1m"}'
//	curl -s http://127.0.0.1:PORT/clock
//	curl -s http://127.0.0.1:PORT/clock/advance -d '{"by":"10m"}'
//
// What was asked and answered since an entry, by kind, operation or project:
//
//	curl -s 'http://127.0.0.1:PORT/journal?after=17&kind=storage&operation=Put*'
//	curl -s -X DELETE http://127.0.0.1:PORT/journal
//
// Everything as it was at the start, the seed included:
//
//	curl -s -X POST http://127.0.0.1:PORT/reset
//
// Refusals have the status 400, 404 or 413 and the body {"error":"…"}. Calls
// from web pages, which have an Origin, are refused with 403.
package control

import (
	"context"
	"net/http"
	"time"

	"github.com/cvconform/cvconform/fakes/customvision/fault"
	"github.com/cvconform/cvconform/fakes/customvision/journal"
)

// Controller is what is controlled.
type Controller interface {
	Faults() *fault.Set
	Journal() *journal.Journal
	// Durations are those of a project, or of all others with "".
	Durations(project string) Durations
	SetDurations(project string, d Durations) error
	// Own are the durations of projects that have their own.
	Own() map[string]Durations
	Now() time.Time
	Advance(ctx context.Context, by time.Duration) error
	// Pending is the work that is not due yet, in order.
	Pending() []Work
	Reset(ctx context.Context) error
	// Projects is how many projects there are.
	Projects() int
	// Stopping says that the fake completes nothing more.
	Stopping() bool
}

// Durations are how long work takes.
type Durations struct {
	Training fault.Duration `json:"training"`
	Export   fault.Duration `json:"export"`
	Import   fault.Duration `json:"import"`
}

// Work is a training, an export or an import that is not over.
type Work struct {
	What    string    `json:"what"`
	Project string    `json:"project"`
	Due     time.Time `json:"due"`
}

// New returns the control plane of a fake.
func New(p Controller) http.Handler {
	h := handlers{p}
	mux := http.NewServeMux()
	for pattern, handle := range map[string]func(*http.Request) (any, error){
		"GET /health":           h.health,
		"GET /faults":           h.listFaults,
		"POST /faults":          h.addFault,
		"DELETE /faults":        h.clearFaults,
		"GET /faults/{id}":      h.getFault,
		"DELETE /faults/{id}":   h.removeFault,
		"GET /durations":        h.durations,
		"PUT /durations":        h.setDurations,
		"PUT /durations/{name}": h.setDurations,
		"GET /clock":            h.clock,
		"POST /clock/advance":   h.advance,
		"GET /journal":          h.entries,
		"DELETE /journal":       h.clearJournal,
		"POST /reset":           h.reset,
		"GET /{$}":              h.index,
		"/":                     h.notFound,
	} {
		mux.Handle(pattern, answer(handle))
	}
	return mux
}
