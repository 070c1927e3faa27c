package evidence

import (
	"fmt"
	"reflect"
	"time"
)

// Validate returns why events cannot be a timeline that began at that time; "" if they can. Events
// are numbered from 1, their offsets do not decrease, each has the payload of its kind only, none
// ended after it was recorded, and only operations that can be inferred are.
func Validate(events []Event, began time.Time) string {
	var at time.Duration
	for i, e := range events {
		if e.Seq != i+1 {
			return fmt.Sprintf("event %d is numbered %d", i+1, e.Seq)
		}
		if !e.hasSinglePayload() {
			return fmt.Sprintf("event %d does not have exactly the payload of kind %q", e.Seq, e.Kind)
		}
		if e.At < at {
			return fmt.Sprintf("event %d is earlier than the event before it", e.Seq)
		}
		at = e.At
		if from, to := e.interval(); from.After(to) || to.After(began.Add(e.At)) {
			return fmt.Sprintf("event %d ended after it was recorded", e.Seq)
		}
		if o := e.Operation; o != nil && !o.canBeInferred() {
			return fmt.Sprintf("event %d infers %s from %q", e.Seq, o.Name, o.Inferred)
		}
		if !e.hasOrderedRefusals(began) {
			return fmt.Sprintf("event %d has refused tries that are out of order", e.Seq)
		}
	}
	return ""
}

// canBeInferred reports whether the operation was observed, or can be inferred from its source.
func (o Operation) canBeInferred() bool {
	switch o.Inferred {
	case "":
		return true
	case FromListing:
		return o.Name == "PutMessage" || o.Name == "PutBlob" || o.Name == "DeleteBlob"
	case FromDeleted, FromVersion:
		return o.Name == "PutBlob" || o.Name == "DeleteBlob"
	}
	return false
}

// hasOrderedRefusals reports whether the refused tries of a call or a download follow one another
// between its beginning and its end.
func (e Event) hasOrderedRefusals(began time.Time) bool {
	var refused []Refusal
	var at, ended time.Time
	switch e.Kind {
	case KindExchange:
		refused, at, ended = e.Exchange.Refused, e.Exchange.Began, e.Exchange.Ended
	case KindDownload:
		refused, at, ended = e.Download.Refused, e.Download.Began, began.Add(e.At)
	}
	for _, r := range refused {
		if r.Began.Before(at) || r.Ended.Before(r.Began) || r.Ended.After(ended) {
			return false
		}
		at = r.Ended
	}
	return true
}

// hasSinglePayload reports whether the event has exactly one payload, that of its kind.
func (e Event) hasSinglePayload() bool {
	hasOwn := map[Kind]bool{
		KindAct:       e.ActBoundary != nil,
		KindResource:  e.Resource != nil,
		KindExchange:  e.Exchange != nil,
		KindOperation: e.Operation != nil,
		KindWait:      e.Wait != nil,
		KindMessage:   e.Message != nil,
		KindBlob:      e.Blob != nil,
		KindDownload:  e.Download != nil,
		KindPause:     e.Pause != nil,
	}
	payloads := 0
	for v, i := reflect.ValueOf(e), 0; i < v.NumField(); i++ {
		if f := v.Field(i); f.Kind() == reflect.Pointer && !f.IsNil() {
			payloads++
		}
	}
	return payloads == 1 && hasOwn[e.Kind]
}

// interval returns the beginning and the end that the payload has; zero times for other payloads.
func (e Event) interval() (from, to time.Time) {
	switch e.Kind {
	case KindExchange:
		return e.Exchange.Began, e.Exchange.Ended
	case KindOperation:
		return e.Operation.Began, e.Operation.Ended
	case KindDownload:
		return e.Download.Began, e.Download.Began
	}
	return from, to
}
