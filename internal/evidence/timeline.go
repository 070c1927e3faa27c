package evidence

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

const (
	maxRequestBody  = 8 << 10 // bytes of a request body that a timeline keeps
	maxSecretLength = 4 << 10 // bytes; longer than any secret
)

// A Timeline is the record of one performed situation. It is safe for concurrent use. Make it with
// [NewTimeline].
type Timeline struct {
	now    func() time.Time
	start  time.Time
	redact Redactor

	mu         sync.Mutex
	act        string
	events     []Event
	subscriber func(Event)
	closed     bool
}

// NewTimeline returns a timeline that starts now. Several timelines may share a redactor, so that
// equal secrets get equal markers in all of them.
func NewTimeline(now func() time.Time, redact Redactor) *Timeline {
	return &Timeline{now: now, start: now(), redact: redact}
}

// Subscribe calls f with every event from now on, in order and one at a time, as it is recorded.
func (t *Timeline) Subscribe(f func(Event)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.subscriber = f
}

// Close ends the timeline and returns all its events. Events that are recorded later are dropped.
func (t *Timeline) Close() []Event {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	return t.Events()
}

// BeginAct sets the key of the act to which the events that are recorded from now on belong.
func (t *Timeline) BeginAct(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.act = key
}

// Record appends an event with its secrets replaced, and returns it. Record sets Seq and At, and
// Act unless e has one.
func (t *Timeline) Record(e Event) Event {
	e = t.redacted(e)
	t.mu.Lock()
	defer t.mu.Unlock()
	e.Seq = len(t.events) + 1
	e.At = t.now().Sub(t.start)
	if e.Act == "" {
		e.Act = t.act
	}
	if t.closed {
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

// Start returns the time to which the offsets of the events refer.
func (t *Timeline) Start() time.Time { return t.start }

// redacted returns e with its secrets replaced and a long request body truncated. The body is
// truncated after redaction, so that no secret is cut in two; no check needs the images in it.
func (t *Timeline) redacted(e Event) Event {
	x := e.Exchange
	if x == nil || len(x.RequestBody) <= maxRequestBody {
		return redactEvent(e, t.redact)
	}
	size, c := len(x.RequestBody), *x
	c.RequestBody = x.RequestBody[:min(size, maxRequestBody+maxSecretLength)]
	e.Exchange = &c
	e = redactEvent(e, t.redact)
	body := e.Exchange.RequestBody
	body = strings.ToValidUTF8(body[:min(len(body), maxRequestBody)], "")
	e.Exchange.RequestBody = body + fmt.Sprintf("… (%d bytes in all)", size)
	return e
}
