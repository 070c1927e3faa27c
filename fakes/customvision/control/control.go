// Package control is the control plane of a fake over HTTP: faults, durations, clock, reset and journal, as JSON. Serve
// it on a listener that only trusted callers can reach, because every caller may change the fake and read the journal.
//
//	curl -s http://127.0.0.1:PORT/                       list the operations
//	curl -s http://127.0.0.1:PORT/health                 200 while the fake serves, 503 while it stops
//
// Let the next two exports of a project fail:
//
//	curl -s http://127.0.0.1:PORT/faults -d '{"at":"export","project":"walk","times":2}'
//
// Let the next GetProject of any project respond with 429 and Retry-After, delay every upload to storage by two
// seconds, and break the connection of one message after 10 bytes:
//
//	curl -s http://127.0.0.1:PORT/faults -d '{"at":"api","operation":"GetProject","status":429}'
//	curl -s http://127.0.0.1:PORT/faults -d '{"at":"storage","operation":"PutBlob","delay":"2s","times":-1}'
//	curl -s http://127.0.0.1:PORT/faults -d '{"at":"storage","operation":"PutMessage","cut":10}'
//
// List the faults with the number of times that each was triggered; remove one fault, then all:
//
//	curl -s http://127.0.0.1:PORT/faults
//	curl -s -X DELETE http://127.0.0.1:PORT/faults/1
//	curl -s -X DELETE http://127.0.0.1:PORT/faults
//
// Let trainings take ten minutes, and those of one project an hour; advance the clock. The work that becomes due is
// finished when the response is sent:
//
//	curl -s -X PUT http://127.0.0.1:PORT/durations -d '{"training":"10m","export":"1m"}'
//	curl -s -X PUT http://127.0.0.1:PORT/durations/walk -d '{"training":"1h","export":"1m"}'
//	curl -s http://127.0.0.1:PORT/clock
//	curl -s http://127.0.0.1:PORT/clock/advance -d '{"by":"10m"}'
//
// List the journal after an entry, by kind, operation or project, and clear it:
//
//	curl -s 'http://127.0.0.1:PORT/journal?after=17&kind=storage&operation=Put*'
//	curl -s -X DELETE http://127.0.0.1:PORT/journal
//
// List the messages that the fake sent to queues, decoded:
//
//	curl -s 'http://127.0.0.1:PORT/messages?after=17'
//
// Reset the fake to its initial state, including the seed:
//
//	curl -s -X POST http://127.0.0.1:PORT/reset
//
// An error has the status 400, 404 or 413 and the body {"error":"…"}. Requests from web pages, which have an Origin
// header, are rejected with 403. Stop extending the package where a change of the fake is not common to all its uses.
package control

import (
	"context"
	"net/http"
	"time"

	"github.com/cvconform/cvconform/fakes/customvision/fault"
	"github.com/cvconform/cvconform/fakes/customvision/journal"
)

// Controller is the fake that the control plane controls.
type Controller interface {
	// Faults returns the faults of the fake.
	Faults() *fault.Set
	// Journal returns the journal of the fake.
	Journal() *journal.Journal
	// Durations returns the durations of a project, or the default ones if project is empty.
	Durations(project string) Durations
	// SetDurations sets the durations of a project, or the default ones if project is empty.
	SetDurations(project string, d Durations) error
	// Own returns the durations of the projects that do not have the default ones.
	Own() map[string]Durations
	// Now returns the time of the fake's clock.
	Now() time.Time
	// Advance advances the clock and waits until the work that became due is finished, or ctx ends.
	Advance(ctx context.Context, by time.Duration) error
	// Pending returns the work that is not due, in order.
	Pending() []Work
	// Reset resets the fake to its initial state.
	Reset(ctx context.Context) error
	// Projects returns the number of projects.
	Projects() int
	// Stopping reports whether the fake is stopping and finishes no more work.
	Stopping() bool
}

// Durations are the durations of work.
type Durations struct {
	Training fault.Duration `json:"training"`
	Export   fault.Duration `json:"export"`
	Import   fault.Duration `json:"import"`
}

// Work is a training, an export or an import in progress.
type Work struct {
	What    string    `json:"what"` // kind of the work
	Project string    `json:"project"`
	Due     time.Time `json:"due"`
}

// New returns the control plane of a fake.
func New(c Controller) http.Handler {
	h := handlers{c}
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
		"GET /messages":         h.messages,
		"POST /reset":           h.reset,
		"GET /{$}":              h.index,
		"/":                     h.notFound,
	} {
		mux.Handle(pattern, respond(handle))
	}
	return mux
}
