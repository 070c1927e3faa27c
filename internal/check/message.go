package check

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/cvconform/cvconform/internal/check/effect"
	"github.com/cvconform/cvconform/internal/check/interval"
	"github.com/cvconform/cvconform/internal/check/seen"
	"github.com/cvconform/cvconform/internal/evidence"
)

// The types of messages.
const (
	ConnectionTest = effect.ConnectionTest
	Training       = effect.Training
	Export         = effect.Export
)

// A message is one message of the evidence.
type message struct {
	effect.Message
	event evidence.Event
	put   evidence.Event // the operation that stored it; zero if it was not observed
	act   string         // key of the act to which it belongs
	// uncertain marks a message that may have come after the absence window.
	uncertain bool
}

// observed reports whether the operation that stored the message was observed.
func (m message) observed() bool { return m.put.Seq != 0 }

// allMessages returns all messages of the lineage, whenever they came: those at the end that were in the queue for long
// enough, and those that were, but expired or were removed by the service before the end.
func (c *Case) allMessages() []message {
	puts := map[string]evidence.Event{}
	for _, e := range c.events(evidence.KindOperation) {
		if e.Operation.Name == "PutMessage" && e.Operation.MessageID != "" {
			puts[e.Operation.MessageID] = e
		}
	}
	var out []message
	for _, e := range c.events(evidence.KindMessage) {
		m := message{Message: effect.ParseMessage(e.Message.Text), event: e, put: puts[e.Message.ID]}
		if !m.observed() || !seen.IsShortLived(c.Events, m.put, c.messageLife(m.Type)) {
			out = append(out, m)
		}
		delete(puts, e.Message.ID)
	}
	return append(out, c.formerMessages(slices.Collect(maps.Values(puts)))...)
}

// messages returns the messages that belong to the acts of the situation and came before the end of its observation.
// Those that name a project of another act tree belong to that one.
func (c *Case) messages() []message {
	return slices.DeleteFunc(c.ownMessages(), func(m message) bool { return c.isForeign(m.ProjectID()) })
}

// ownMessages is [Case.messages] with those that name a project of another act tree.
func (c *Case) ownMessages() []message {
	var out []message
	for _, m := range c.allMessages() {
		m.act = c.actOfMessage(m)
		if !c.isOwn(m.act) {
			continue
		}
		order := interval.Before
		if m.observed() {
			order = c.window(m.put.Operation, m.act)
		}
		m.uncertain = order == interval.Unknown
		if order != interval.After {
			out = append(out, m)
		}
	}
	return out
}

// actOfMessage returns the key of the act to which a message belongs. One that names no act, and whose operation was
// not observed, may belong to the last act.
func (c *Case) actOfMessage(m message) string {
	var stored time.Time
	act := c.lastAct()
	if m.observed() {
		stored, act = m.put.Operation.Ended, c.history().during(m.put)
	}
	if found := c.history().actOfMessage(m.Message, m.event.Message.Queue, stored); found != nil {
		return found.key
	}
	return act
}

// messagesIn returns the messages in a queue.
func (c *Case) messagesIn(queue string) []message {
	return slices.DeleteFunc(c.messages(), func(m message) bool { return m.event.Message.Queue != queue })
}

// messagesOfType returns the messages of one type in a queue.
func (c *Case) messagesOfType(kind, queue string) []message {
	return slices.DeleteFunc(c.messagesIn(queue), func(m message) bool { return m.Type != kind })
}

// relevantMessages returns the messages of that type that the situation caused for the project: those of its create or
// update, of its last training, or of its last export.
func (c *Case) relevantMessages(kind string, p project) []message {
	return c.messagesOf(c.causingAct(kind, p), kind, p)
}

// messagesOf returns the messages of that type that an act caused in the queue of the project. Among Training messages
// those that name its iteration are preferred.
func (c *Case) messagesOf(act, kind string, p project) []message {
	found := slices.DeleteFunc(c.messagesOfType(kind, p.queue), func(m message) bool {
		return m.act != act || c.namesOther(m, p)
	})
	if kind != Training {
		return found
	}
	id := iterationOf(c, act, p)
	named := slices.DeleteFunc(slices.Clone(found), func(m message) bool { return !sameID(m.IterationID(), id) })
	if len(named) > 0 {
		return named
	}
	return found
}

// namesOther reports whether the message names the other project of a pair, which may share the queue.
func (c *Case) namesOther(m message, p project) bool {
	return slices.ContainsFunc(c.projects(), func(other project) bool {
		return other.label != p.label && sameID(other.id, m.ProjectID())
	})
}

// exportedPlatform returns the platform in the request of an ExportIteration, or "".
func exportedPlatform(x evidence.Exchange) string {
	u, err := url.Parse(x.URL)
	if err != nil {
		return ""
	}
	return u.Query().Get("platform")
}

func eventsOf(messages []message) []evidence.Event {
	var out []evidence.Event
	for _, m := range messages {
		out = append(out, m.event)
	}
	return out
}

// describeQueue describes the messages in a queue.
func describeQueue(c *Case, queue string) (string, []evidence.Event) {
	const unrecognised = "unrecognised"
	found := c.messagesIn(queue)
	if len(found) == 0 {
		return "the queue is empty", nil
	}
	count := map[string]int{}
	for _, m := range found {
		kind := m.Type
		if kind == "" {
			kind = unrecognised
		}
		count[kind]++
	}
	var parts []string
	for _, kind := range append(effect.MessageTypes(), unrecognised) {
		if count[kind] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", count[kind], kind))
		}
	}
	return "the queue holds " + strings.Join(parts, ", "), eventsOf(found)
}
