package poller

import (
	"context"

	"github.com/cvconform/cvconform/internal/evidence"
)

// peek looks at the messages of the queue. One that is no longer there was taken
// by a consumer: that is nobody's operation here.
func (o *resourcePoller) peek(ctx context.Context) error {
	began := o.Now()
	shown, err := o.Account.Peek(ctx, o.name)
	if err != nil {
		return err
	}
	ended := o.Now()
	for _, m := range shown {
		if o.messages[m.ID] {
			continue
		}
		o.messages[m.ID] = true
		o.record(evidence.Operation{Name: "PutMessage", MessageID: m.ID, Text: m.Text, Length: int64(len(m.Text)),
			Inferred: evidence.FromListing, Began: o.seen, Ended: ended})
	}
	o.seen = began
	return nil
}
