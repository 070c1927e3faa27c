package poller

import (
	"context"

	"github.com/cvconform/cvconform/internal/evidence"
)

// A queueReader infers operations on a queue.
type queueReader struct {
	source
	known map[string]bool // ids of messages
}

// poll infers that new messages were stored. A message that is missing was received by a consumer, which is not
// recorded.
func (q *queueReader) poll(ctx context.Context) error {
	began := q.Now()
	messages, err := q.Account.Peek(ctx, q.name)
	if err != nil {
		return err
	}
	ended := q.Now()
	for _, m := range messages {
		if q.known[m.ID] {
			continue
		}
		q.known[m.ID] = true
		q.record(evidence.Operation{
			Name:      "PutMessage",
			MessageID: m.ID,
			Text:      m.Text,
			Length:    int64(len(m.Text)),
			Inferred:  evidence.FromListing,
			Began:     q.since,
			Ended:     ended,
		})
	}
	q.since = began
	return nil
}
