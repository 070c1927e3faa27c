package check

import (
	"fmt"
	"time"

	"github.com/cvconform/cvconform/internal/check/effect"
	"github.com/cvconform/cvconform/internal/evidence"
)

// MessagesStay requires that no message of the project's queue expires, is removed by the service, or is invisible
// beyond its budget, until the absence window of its act ends.
func MessagesStay() Check {
	return projectCheck("messages-stay", func(c *Case, p project) *Problem {
		const want = "each message stays in the queue, visible"
		var puts []evidence.Event
		for _, e := range c.operations() {
			if op := e.Operation; op.Name == "PutMessage" && op.Resource == p.queue && op.Succeeded() {
				puts = append(puts, e)
			}
		}
		if len(puts) == 0 && len(c.messagesIn(p.queue)) == 0 {
			return &Problem{Kind: Blocked, Summary: "blocked: the queue is empty, there is no message to judge", Want: want}
		}
		for _, put := range puts {
			if problem := c.disappearance(put, want); problem != nil {
				return problem
			}
		}
		return bypassProblem(c, want)
	})
}

// disappearance returns the problem of a message that did not stay.
func (c *Case) disappearance(put evidence.Event, want string) *Problem {
	op := *put.Operation
	kind := effect.ParseMessage(op.Text).Type
	if kind == "" {
		kind = "unrecognised"
	}
	end, limited := c.observedUntil(c.actOf(put))
	if expires := op.Ended.Add(op.TimeToLive); op.TimeToLive > 0 && limited && !expires.After(end) {
		return fail(want, fmt.Sprintf("the %s message expired %s after it was stored (messagettl)", kind,
			seconds(op.TimeToLive)), put)
	}
	limit := c.messageLife(kind)
	if op.VisibilityTimeout > limit {
		return fail(
			want,
			fmt.Sprintf("the %s message was stored invisible for %s (visibilitytimeout); its budget is %s", kind,
				seconds(op.VisibilityTimeout), seconds(limit)),
			put,
		)
	}
	for _, e := range c.operations() {
		later := e.Operation
		if later.Resource != op.Resource || !later.Succeeded() || !later.Ended.After(op.Ended) ||
			limited && later.Ended.After(end) {
			continue
		}
		if reason := interference(*later, op, limit); reason != "" {
			return fail(want, fmt.Sprintf("the service %s, %s after the %s message was stored", reason,
				seconds(later.Ended.Sub(op.Ended).Round(time.Millisecond)), kind), put, e)
		}
	}
	return nil
}

// interference returns how a later operation of the service on the queue removed or hid a message, or "".
func interference(later, put evidence.Operation, limit time.Duration) string {
	hides := later.Ended.Add(later.VisibilityTimeout).After(put.Ended.Add(limit))
	switch {
	case later.Name == "DeleteMessage" && later.MessageID == put.MessageID:
		return "deleted it (DeleteMessage)"
	case later.Name == "ClearMessages":
		return "cleared the queue (ClearMessages)"
	case later.Name == "DeleteQueue":
		return "deleted the queue (DeleteQueue)"
	case later.Name == "UpdateMessage" && later.MessageID == put.MessageID && hides:
		return "made it invisible for " + seconds(later.VisibilityTimeout) + " (UpdateMessage)"
	case later.Name == "GetMessages" && hides:
		return "received messages, which makes them invisible for " + seconds(later.VisibilityTimeout) + " (GetMessages)"
	}
	return ""
}

// defaultLifetime is the time-to-live of a message whose request names none (Azure Storage REST reference).
const defaultLifetime = 7 * 24 * time.Hour

// addLifetime adds the shortest lifetime of the messages in the lineages. A poller does not know it.
func (o observations) addLifetime(lineages [][]evidence.Event) {
	shortest, text := time.Duration(-1), ""
	for _, events := range lineages {
		for _, e := range events {
			op := e.Operation
			if op == nil || op.Name != "PutMessage" || !op.Succeeded() || op.Inferred != "" {
				continue
			}
			switch lifetime := op.TimeToLive; {
			case lifetime == evidence.NeverExpires && text == "":
				text = "the messages never expire"
			case lifetime == 0 && (shortest < 0 || shortest > defaultLifetime):
				shortest, text = defaultLifetime, "7 days (the default of storage)"
			case lifetime > 0 && (shortest < 0 || lifetime < shortest):
				shortest, text = lifetime, lifetime.String()
			}
		}
	}
	if text != "" {
		o.add("message-lifetime", text)
	}
}
