package check

import (
	"slices"
	"time"

	"github.com/cvconform/cvconform/internal/check/effect"
	"github.com/cvconform/cvconform/internal/check/seen"
	"github.com/cvconform/cvconform/internal/evidence"
)

// messageLife returns how long a message of that type has to be in its queue to count: as long as a consumer may have
// to wait for it. So the verdict does not depend on when the harness reads the queue.
func (c *Case) messageLife(kind string) time.Duration {
	return c.Budgets[effect.MessageBudget(kind)]
}

// formerMessages returns the messages of these operations that were in their queue for long enough, although they are
// not there at the end, in the order in which they were stored.
func (c *Case) formerMessages(puts []evidence.Event) []message {
	slices.SortFunc(puts, func(a, b evidence.Event) int { return a.Seq - b.Seq })
	var out []message
	for _, put := range puts {
		stored := evidence.StoredMessage(*put.Operation)
		m := message{Message: effect.ParseMessage(stored.Text), put: put,
			event: evidence.Event{Seq: put.Seq, At: put.At, Act: put.Act, Kind: evidence.KindMessage, Message: &stored}}
		if put.Operation.Succeeded() && seen.Outlives(c.Events, put, c.messageLife(m.Type)) {
			out = append(out, m)
		}
	}
	return out
}
