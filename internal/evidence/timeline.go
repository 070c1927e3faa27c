package evidence

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// maxRequestBody is how much of a request body a timeline keeps, in bytes.
const maxRequestBody = 8 << 10

// maxSecretLength is more than any secret is long, in bytes.
const maxSecretLength = 4 << 10

// A Timeline is the record of one performed situation. It is safe for
// concurrent use. Make it with [NewTimeline].
type Timeline struct {
	now    func() time.Time
	start  time.Time
	redact *Redactor

	mu         sync.Mutex
	act        string
	events     []Event
	subscriber func(Event)
	sealed     bool
}

// NewTimeline begins a timeline on the given clock; the redactor may be shared
// by many timelines, so that equal secrets get equal markers in all of them.
func NewTimeline(now func() time.Time, redact *Redactor) *Timeline {
	return &Timeline{now: now, start: now(), redact: redact}
}

// Subscribe makes heard hear of every event from now on, one at a time and in order,
// as it is recorded.
func (t *Timeline) Subscribe(heard func(Event)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.subscriber = heard
}

// Close ends the record: whatever comes later is dropped. It returns all events.
func (t *Timeline) Close() []Event {
	t.mu.Lock()
	t.sealed = true
	t.mu.Unlock()
	return t.Events()
}

// BeginAct makes key the open act: events that are recorded from now on belong to it.
func (t *Timeline) BeginAct(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.act = key
}

// Record appends an event with its secrets replaced, and returns it. Seq and At
// are set here, and Act unless it is given.
func (t *Timeline) Record(e Event) Event {
	e = t.redacted(e)
	t.mu.Lock()
	defer t.mu.Unlock()
	e.Seq = len(t.events) + 1
	e.At = t.now().Sub(t.start)
	if e.Act == "" {
		e.Act = t.act
	}
	if t.sealed {
		return e
	}
	t.events = append(t.events, e)
	if t.subscriber != nil {
		t.subscriber(e)
	}
	return e
}

// Events returns a copy of all events so far, in the order of recording.
func (t *Timeline) Events() []Event {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]Event(nil), t.events...)
}

// Start is the instant to which the events' offsets refer.
func (t *Timeline) Start() time.Time { return t.start }

// redacted replaces the secrets of an event. Of a long request body it keeps
// the beginning (nobody judges by images), cut where no secret is cut in two.
func (t *Timeline) redacted(e Event) Event {
	x := e.Exchange
	if x == nil || len(x.RequestBody) <= maxRequestBody {
		return t.redact.event(e)
	}
	whole, c := len(x.RequestBody), *x
	c.RequestBody = x.RequestBody[:min(whole, maxRequestBody+maxSecretLength)]
	e.Exchange = &c
	e = t.redact.event(e)
	kept := e.Exchange.RequestBody
	e.Exchange.RequestBody = strings.ToValidUTF8(
		kept[:min(len(kept), maxRequestBody)],
		"",
	) + fmt.Sprintf(
		"… (%d bytes in all)",
		whole,
	)
	return e
}
