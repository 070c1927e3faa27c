package seen_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/internal/check/seen"
	"github.com/cvconform/cvconform/internal/evidence"
)

const (
	projectID   = "11111111-2222-3333-4444-555555555555"
	iterationID = "66666666-2222-3333-4444-555555555555"
	otherID     = "99999999-2222-3333-4444-555555555555"

	queue      = "cvc-20260301t081500-5f3a9c01-07-q1"
	container  = "cvc-20260301t081500-5f3a9c01-07-c2"
	otherQueue = "cvc-20260301t081500-5f3a9c01-08-q1"
	backup     = projectID + " - " + iterationID + ".CoreML"
)

// at returns the instant of that second since the service was called.
func at(seconds float64) time.Time {
	return time.Date(2026, 3, 1, 8, 15, 0, 0, time.UTC).Add(time.Duration(seconds * float64(time.Second)))
}

// timeline numbers events.
func timeline(events ...evidence.Event) []evidence.Event {
	for i := range events {
		events[i].Seq = i + 1
	}
	return events
}

// operation returns a successful operation, unless op has a status or an error.
func operation(second float64, op evidence.Operation) evidence.Event {
	if op.Status == 0 && op.Error == "" {
		op.Status = 201
	}
	op.Began, op.Ended = at(second), at(second)
	return evidence.Event{Kind: evidence.KindOperation, Operation: &op}
}

func onQueue(second float64, name string, op evidence.Operation) evidence.Event {
	op.Service, op.Name = evidence.Queue, name
	if op.Resource == "" {
		op.Resource = queue
	}
	return operation(second, op)
}

// put returns the operation that stores a message with the id "m".
func put(second float64, text string, op evidence.Operation) evidence.Event {
	op.Text, op.MessageID = text, "m"
	return onQueue(second, "PutMessage", op)
}

func atEnd(text string) evidence.Event {
	m := evidence.ReadMessage(queue, "m", text)
	return evidence.Event{Kind: evidence.KindMessage, Message: &m}
}

// lastCall returns the last event of the observation, at that second.
func lastCall(second float64) evidence.Event {
	return evidence.Event{Kind: evidence.KindExchange, Exchange: &evidence.Exchange{Ended: at(second)}}
}

func training(project, iteration string) string {
	return `{"type":"Training","Content":{"projectId":"` + project + `","iterationId":"` + iteration + `"}}`
}

func TestInsteadOfMessage(t *testing.T) {
	text := training(projectID, iterationID)
	base64Of := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	for want, events := range map[string][]evidence.Event{
		"": timeline(lastCall(5)),
		"the service stored the Training message and deleted it itself 120ms later (DeleteMessage)": timeline(
			put(1, text, evidence.Operation{}),
			onQueue(1.05, "DeleteMessage", evidence.Operation{MessageID: "other"}),
			onQueue(1.12, "DeleteMessage", evidence.Operation{MessageID: "m"})),
		"the service stored the Training message and cleared the queue 1.3s later (ClearMessages)": timeline(
			put(1, text, evidence.Operation{}), onQueue(2.31, "ClearMessages", evidence.Operation{})),
		"the service stored the Training message and deleted the queue 1s later (DeleteQueue)": timeline(
			put(1, text, evidence.Operation{}), onQueue(2, "DeleteQueue", evidence.Operation{})),
		"the service stored the Training message with a time-to-live of 1s (messagettl), after which it is gone": timeline(
			put(1, text, evidence.Operation{TimeToLive: time.Second}), lastCall(3)),
		"the service stored the Training message invisible for 30s (visibilitytimeout)": timeline(
			put(1, text, evidence.Operation{VisibilityTimeout: 30 * time.Second}), lastCall(3)),
		"the service stored the Training message and made it invisible for 10s (UpdateMessage)": timeline(
			put(1, text, evidence.Operation{}),
			onQueue(2, "UpdateMessage", evidence.Operation{MessageID: "m", VisibilityTimeout: 10 * time.Second}), lastCall(3)),
		"the service stored the Training message and received messages from the queue itself, which makes them invisible for 30s (GetMessages)": timeline(
			put(1, text, evidence.Operation{}),
			onQueue(2, "GetMessages", evidence.Operation{VisibilityTimeout: 30 * time.Second}), lastCall(3)),
		"a poll showed the Training message, and it was gone at the end: it was deleted, or it expired": timeline(
			put(1, text, evidence.Operation{Inferred: evidence.FromListing})),
		"the service stored the Training message, but it could not be read from the queue at the end": timeline(
			put(1, text, evidence.Operation{TimeToLive: time.Hour, VisibilityTimeout: time.Second}), lastCall(9)),
		"the Training message is unreadable: this is Base64 of Base64 of a JSON document": timeline(
			put(1, base64Of(text), evidence.Operation{}), atEnd(base64Of(base64Of(text)))),
		"the Training message is unreadable: this is the NUL-terminated form of a JSON document": timeline(
			atEnd(text + "\x00")),
		"the Training message is unreadable: this is the JSON string of a JSON document": timeline(
			atEnd(`"{\"type\":\"Training\"}"`)),
		"a message there is no JSON document (not JSON: invalid character 'T' looking for beginning of value): Training done.": timeline(
			atEnd("Training done.")),
		`a message there has type "Trained"`: timeline(atEnd(`{"type":"Trained"}`)),
		`a message there has no type: {"kind":"Training"}`: timeline(
			put(1, `{"kind":"Training"}`, evidence.Operation{}), atEnd(`{"kind":"Training"}`)),
		"the ids of project and iteration are swapped in the one that is there": timeline(
			atEnd(training(iterationID, projectID))),
		`the one that is there has projectId "` + otherID + `"; the project's id is "` + projectID + `"`: timeline(
			atEnd(training(otherID, iterationID))),
		`the one that is there has iterationId "` + otherID + `"; the iteration's id is "` + iterationID + `"`: timeline(
			atEnd(training(projectID, otherID))),
		"the service sent the Training message to queue " + otherQueue + " of another situation of the run": timeline(
			put(1, text, evidence.Operation{Resource: otherQueue})),
		"the service sent the Training message to queue q-old, another one of this situation": timeline(
			evidence.Event{Kind: evidence.KindResource, Resource: &evidence.Resource{Service: evidence.Queue, Name: "q-old"}},
			put(1, text, evidence.Operation{Resource: "q-old"})),
		"the service sent the Training message to queue Q1, which the run did not make; storage answered 404 QueueNotFound": timeline(
			put(1, text, evidence.Operation{Resource: "Q1", Status: 404, Code: "QueueNotFound"})),
		"the service sent the Training message, but storage answered 413 RequestBodyTooLarge": timeline(
			put(1, text, evidence.Operation{Status: 413, Code: "RequestBodyTooLarge"})),
		"the service sent the Training message, but there was no response: the client stopped sending: EOF": timeline(
			put(1, "", evidence.Operation{Error: "the client stopped sending: EOF"})),
	} {
		got, found := seen.InsteadOfMessage(events,
			seen.Message{Type: "Training", Queue: queue, Project: projectID, Iteration: iterationID, Since: at(0)})
		assert.Equal(t, want, got)
		assert.Equal(t, want == "", len(found) == 0, "%s: the events that show it", want)
	}
}

// Messages of other acts and types explain nothing.
func TestInsteadOfMessageIgnoresOtherMessages(t *testing.T) {
	connectionTest := `{"type":"ConnectionTest","Content":{"projectId":"` + projectID + `"}}`
	got, _ := seen.InsteadOfMessage(timeline(
		put(-1, training(projectID, iterationID), evidence.Operation{TimeToLive: time.Second}),
		put(1, connectionTest, evidence.Operation{TimeToLive: time.Second}),
		put(1, training(projectID, otherID), evidence.Operation{TimeToLive: time.Second}),
		put(1, training(otherID, iterationID), evidence.Operation{Resource: otherQueue}),
		put(
			1,
			strings.Replace(training(projectID, iterationID), `"Content":{`, `"Content":{"modelUri":"http://s/x.ONNX",`, 1),
			evidence.Operation{TimeToLive: time.Second},
		),
		put(1, training(projectID, iterationID), evidence.Operation{Status: 403, Denied: true}),
		atEnd(connectionTest),
		lastCall(5),
	), seen.Message{Type: "Training", Queue: queue, Project: projectID, Iteration: iterationID, Since: at(0),
		OtherPlatforms: []string{"ONNX"}})
	assert.Empty(t, got)
}

func TestExcerpt(t *testing.T) {
	assert.Equal(t, "a b", seen.Excerpt(" a\n b"))
	assert.Equal(t, "(binary data)", seen.Excerpt("{\x00}\x00"))
	assert.Len(t, []rune(seen.Excerpt(strings.Repeat(backup, 4))), 301)
}
