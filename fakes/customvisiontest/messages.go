package customvisiontest

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue/v2"

	"github.com/cvconform/cvconform/internal/evidence"
)

const (
	messageLimit = 30 * time.Second
	pollInterval = 20 * time.Millisecond
	peekedAtOnce = 32 // the maximum of the queue service
)

// A Message is a message in the queue.
type Message struct {
	// Type is ConnectionTest, Training or Export.
	Type string
	// Status is TrainingCompleted, TrainingFailed, ExportCompleted or ExportFailed, and "" for a ConnectionTest.
	Status string
	// ProjectID and IterationID name the subject. A ConnectionTest has no iteration.
	ProjectID, IterationID string
	// ModelURI is the address of an exported model, or "".
	ModelURI string
	// Text is the message as stored in the queue.
	Text string
}

// Messages returns the first 32 visible messages of the queue, and leaves them there.
func (w *World) Messages(t testing.TB) []Message {
	t.Helper()
	all, err := w.peek(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// WaitForMessage waits until the queue has a message of a type, such as Training, or of a status, such as
// TrainingFailed. It returns the first one, and leaves it in the queue. It fails the test after 30 seconds.
func (w *World) WaitForMessage(t testing.TB, typeOrStatus string) Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), messageLimit)
	defer cancel()
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	var last []Message
	for {
		all, err := w.peek(ctx)
		if err == nil {
			last = all
		}
		for _, m := range all {
			if m.Type == typeOrStatus || m.Status == typeOrStatus {
				return m
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("no message %s within %s; the queue has %+v (last error: %v)", typeOrStatus, messageLimit, last, err)
		}
	}
}

// Duplicate sends a message again, as a queue may do that delivers at least once.
func (w *World) Duplicate(t testing.TB, m Message) {
	t.Helper()
	if _, err := w.queue.EnqueueMessage(t.Context(), m.Text, nil); err != nil {
		t.Fatalf("send the message again: %v", err)
	}
}

func (w *World) peek(ctx context.Context) ([]Message, error) {
	page, err := w.queue.PeekMessages(ctx, &azqueue.PeekMessagesOptions{NumberOfMessages: to.Ptr(int32(peekedAtOnce))})
	if err != nil {
		return nil, err
	}
	var all []Message
	for _, m := range page.Messages {
		if m.MessageText != nil {
			all = append(all, parseMessage(*m.MessageText))
		}
	}
	return all, nil
}

// parseMessage parses a message, which may be in Base64. A message that is neither has only its text.
func parseMessage(text string) Message {
	document, _, _ := evidence.Decode(text)
	var m struct {
		Type    string
		Content struct{ ProjectID, IterationID, TrainingStatus, ExportStatus, ModelURI string }
	}
	if json.Unmarshal([]byte(document), &m) != nil {
		return Message{Text: text}
	}
	c := m.Content
	return Message{
		Type: m.Type, Status: c.TrainingStatus + c.ExportStatus, ProjectID: c.ProjectID, IterationID: c.IterationID,
		ModelURI: c.ModelURI, Text: text,
	}
}
