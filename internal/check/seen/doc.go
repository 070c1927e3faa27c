// Package seen describes what the evidence shows where a requirement misses a message or a blob: stored and expired,
// stored invisible, deleted by the service, sent elsewhere, never committed, under another name.
//
// Its functions are pure. They explain a failure and never decide one. They return "" where the evidence explains
// nothing. Stop extending the package where an explanation would need more than the events of one act tree.
package seen

import (
	"fmt"
	"time"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/naming"
)

// precision is that of the times that storage works with.
const precision = time.Second

// An explanation is a sentence about what the evidence shows, and the events that show it.
type explanation struct {
	text   string
	events []evidence.Event
}

// firstExplanation returns the first explanation that is not empty.
func firstExplanation(explanations ...explanation) (string, []evidence.Event) {
	for _, e := range explanations {
		if e.text != "" {
			return e.text, e.events
		}
	}
	return "", nil
}

// operations returns the storage operations that ended after an instant.
func operations(events []evidence.Event, since time.Time) []evidence.Event {
	var out []evidence.Event
	for _, e := range events {
		if e.Kind == evidence.KindOperation && !e.Operation.Ended.Before(since) {
			out = append(out, e)
		}
	}
	return out
}

// lastTime returns the latest time in the evidence.
func lastTime(events []evidence.Event) time.Time {
	var last time.Time
	for _, e := range events {
		at := last
		switch e.Kind {
		case evidence.KindOperation:
			at = e.Operation.Ended
		case evidence.KindExchange:
			at = e.Exchange.Ended
		case evidence.KindDownload:
			at = e.Download.Began
		}
		if at.After(last) {
			last = at
		}
	}
	return last
}

// describeResource returns the name of a queue or container, and how it is related to the one that was expected.
func describeResource(events []evidence.Event, service evidence.Service, name, expected string) string {
	kind := "container"
	if service == evidence.Queue {
		kind = "queue"
	}
	for _, e := range events {
		if r := e.Resource; r != nil && r.Service == service && r.Name == name {
			return fmt.Sprintf("%s %s, another one of this situation", kind, name)
		}
	}
	run, ofRun := naming.RunOfResource(name)
	if own, _ := naming.RunOfResource(expected); ofRun && run == own {
		return fmt.Sprintf("%s %s of another situation of the run", kind, name)
	}
	return fmt.Sprintf("%s %s, which the run did not make", kind, name)
}

// result returns the status and the error code of an operation that did not succeed, or why there is none.
func result(op evidence.Operation) string {
	switch {
	case op.Status == 0:
		return "there was no response: " + op.Error
	case op.Code != "":
		return fmt.Sprintf("storage answered %d %s", op.Status, op.Code)
	}
	return fmt.Sprintf("storage answered %d", op.Status)
}

// after returns the time between two operations, for a reader.
func after(earlier, later evidence.Event) string {
	d := later.Operation.Ended.Sub(earlier.Operation.Ended)
	if d < time.Second {
		return d.Round(time.Millisecond).String()
	}
	return d.Round(100 * time.Millisecond).String()
}
