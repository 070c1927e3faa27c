package check_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/evidence"
)

// Every budget is 10 s, and the absence window after the create, which ends at second 2, is 2 s.
func TestMessagesStay(t *testing.T) {
	k := check.MessagesStay()
	put := func(op evidence.Operation) *timelineBuilder {
		op.Service, op.Name, op.Resource, op.MessageID = evidence.Queue, "PutMessage", "q", "m"
		op.Text = connectionTestText
		return newGatewayTimeline().operation(1, 1.5, op)
	}
	later := func(began float64, op evidence.Operation) *timelineBuilder {
		op.Service, op.Resource = evidence.Queue, "q"
		return put(evidence.Operation{}).endAct().operation(began, began+0.5, op)
	}
	const message = "failed: the ConnectionTest message "
	const second = time.Second
	assertVerdicts(t, map[string]verdict{
		"no message":          {k, newGatewayTimeline(), "blocked: the queue is empty"},
		"stays":               {k, put(evidence.Operation{}), ""},
		"never expires":       {k, put(evidence.Operation{TimeToLive: evidence.NeverExpires}), ""},
		"expires":             {k, put(evidence.Operation{TimeToLive: second}), message + "expired 1 s after it was stored"},
		"expires later":       {k, put(evidence.Operation{TimeToLive: 9 * second}), ""},
		"invisible for long":  {k, put(evidence.Operation{VisibilityTimeout: 11 * second}), message + "was stored invisible for 11 s"},
		"invisible for a bit": {k, put(evidence.Operation{VisibilityTimeout: 10 * second}), ""},
		"deleted": {k, later(2, evidence.Operation{Name: "DeleteMessage", MessageID: "m"}),
			"failed: the service deleted it (DeleteMessage), 1 s after the ConnectionTest message was stored"},
		"another deleted": {k, later(2, evidence.Operation{Name: "DeleteMessage", MessageID: "x"}), ""},
		"deleted later":   {k, later(5, evidence.Operation{Name: "DeleteMessage", MessageID: "m"}), ""},
		"cleared":         {k, later(2, evidence.Operation{Name: "ClearMessages"}), "failed: the service cleared the queue"},
		"queue deleted":   {k, later(2, evidence.Operation{Name: "DeleteQueue"}), "failed: the service deleted the queue"},
		"hidden": {k, later(2, evidence.Operation{Name: "UpdateMessage", MessageID: "m", VisibilityTimeout: 20 * second}),
			"failed: the service made it invisible for 20 s (UpdateMessage)"},
		"hidden for a bit": {k, later(2, evidence.Operation{Name: "UpdateMessage", MessageID: "m", VisibilityTimeout: second}), ""},
		"received": {k, later(2, evidence.Operation{Name: "GetMessages", VisibilityTimeout: 30 * second}),
			"failed: the service received messages, which makes them invisible for 30 s (GetMessages)"},
		"peeked": {k, later(2, evidence.Operation{Name: "PeekMessages"}), ""},
	})
}

func TestShortestLifetimeIsObserved(t *testing.T) {
	lineage := func(lifetimes ...time.Duration) []evidence.Event {
		var events []evidence.Event
		for _, l := range lifetimes {
			events = append(events, evidence.Event{Kind: evidence.KindOperation, Operation: &evidence.Operation{
				Service: evidence.Queue, Name: "PutMessage", Status: 201, TimeToLive: l,
			}})
		}
		return events
	}
	for want, lineages := range map[string][][]evidence.Event{
		"the messages never expire":       {lineage(evidence.NeverExpires)},
		"7 days (the default of storage)": {lineage(0, evidence.NeverExpires), lineage(30 * 24 * time.Hour)},
		"1h0m0s":                          {lineage(evidence.NeverExpires, time.Hour), lineage(0, 2*time.Hour)},
	} {
		assert.Equal(t, []string{want}, check.Observe(true, lineages...)["message-lifetime"])
	}
	assert.Empty(t, check.Observe(true, nil)["message-lifetime"])
}
