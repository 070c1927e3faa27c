package evidence

import (
	"fmt"
	"reflect"
	"time"
)

// Validate says what cannot be so in a timeline that began at that instant: events
// that are not numbered from 1 on, that go back in time, that carry another
// payload than their kind's, that tell of what was not over yet, or that infer
// what cannot be inferred. "" means that all is well.
func Validate(events []Event, began time.Time) string {
	var at time.Duration
	for i, e := range events {
		if e.Seq != i+1 {
			return fmt.Sprintf("event %d is numbered %d", i+1, e.Seq)
		}
		if !e.hasSinglePayload() {
			return fmt.Sprintf("event %d does not carry the payload of kind %q, and that alone", e.Seq, e.Kind)
		}
		if e.At < at {
			return fmt.Sprintf("event %d goes back in time", e.Seq)
		}
		at = e.At
		if from, to := e.interval(); from.After(to) || to.After(began.Add(e.At)) {
			return fmt.Sprintf("event %d was not over when it was recorded", e.Seq)
		}
		if o := e.Operation; o != nil && !o.canBeInferred() {
			return fmt.Sprintf("event %d infers %s from %q", e.Seq, o.Name, o.Inferred)
		}
		if !e.retriesInOrder(began) {
			return fmt.Sprintf("event %d has tries that were refused out of order", e.Seq)
		}
	}
	return ""
}

// canBeInferred says whether an operation, if it was inferred, is of the kind that can be.
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

// retriesInOrder says whether the tries of a call or a download that were refused began and
// ended one after the other, from its beginning to its end.
func (e Event) retriesInOrder(began time.Time) bool {
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

// hasSinglePayload says whether the event has exactly one payload, that of its kind.
func (e Event) hasSinglePayload() bool {
	own := map[Kind]bool{KindAct: e.ActBoundary != nil, KindResource: e.Resource != nil, KindExchange: e.Exchange != nil,
		KindOperation: e.Operation != nil, KindWait: e.Wait != nil, KindMessage: e.Message != nil, KindBlob: e.Blob != nil,
		KindDownload: e.Download != nil}
	payloads := 0
	for v, i := reflect.ValueOf(e), 0; i < v.NumField(); i++ {
		if f := v.Field(i); f.Kind() == reflect.Pointer && !f.IsNil() {
			payloads++
		}
	}
	return payloads == 1 && own[e.Kind]
}

// interval is when what the event tells of began and ended; zero where it does not say.
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
