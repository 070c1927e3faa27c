package seen

import (
	"fmt"
	"strings"
	"time"

	"github.com/cvconform/cvconform/internal/check/effect"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/textfmt"
)

const maxExcerpt = 300 // characters of a message that an explanation quotes

// A Message is a message that is missing in a queue.
type Message struct {
	Type, Queue        string
	Project, Iteration string        // ids; Iteration is "" for a ConnectionTest message
	OtherPlatforms     []string      // of an Export message: those of other exports
	Life               time.Duration // how long it has to be in the queue
	Since              time.Time     // when the service was called that has to send it
}

// InsteadOfMessage returns what the evidence shows instead of a message: what the service did
// with it, or a message that a consumer does not take for it. It returns "" if it shows nothing.
func InsteadOfMessage(events []evidence.Event, m Message) (string, []evidence.Event) {
	return firstExplanation(
		m.vanished(events), m.unreadable(events), m.withOtherIDs(events), m.elsewhere(events), m.refused(events))
}

// parse reads a message in whatever form.
func parse(text string) effect.Message {
	document, _ := evidence.JSONForm(text)
	return effect.ParseMessage(document)
}

// matches reports whether a text is that of the message: it has the type, and names no other project, iteration or
// platform.
func (m Message) matches(text string) bool {
	c := parse(text)
	return c.Type == m.Type && isOrLacks(c.ProjectID(), m.Project) &&
		(m.Iteration == "" || isOrLacks(c.IterationID(), m.Iteration)) && c.Platform(m.OtherPlatforms...) == ""
}

func isOrLacks(got, want string) bool { return got == "" || strings.EqualFold(got, want) }

// vanished explains a message that was stored in the queue, and is not there at the end or not for as long as it has to
// be.
func (m Message) vanished(events []evidence.Event) explanation {
	atEnd := map[string]bool{}
	for _, e := range events {
		if e.Kind == evidence.KindMessage {
			atEnd[e.Message.ID] = true
		}
	}
	for _, e := range operations(events, m.Since) {
		op := e.Operation
		if op.Name != "PutMessage" || !op.Succeeded() || op.Resource != m.Queue || !m.matches(op.Text) {
			continue
		}
		if !atEnd[op.MessageID] || IsShortLived(events, e, m.Life) {
			return m.fate(events, e)
		}
	}
	return explanation{}
}

// IsShortLived reports whether a message expired, or was removed by the service, within that time after it was stored.
func IsShortLived(events []evidence.Event, put evidence.Event, life time.Duration) bool {
	end, ends := lifeEnd(events, put)
	return ends && end.Before(put.Operation.Ended.Add(life))
}

// Outlives reports whether a message was in its queue for that time, and then expired or was removed by the service
// before the last event.
func Outlives(events []evidence.Event, put evidence.Event, life time.Duration) bool {
	end, ends := lifeEnd(events, put)
	return ends && !end.Before(put.Operation.Ended.Add(life)) && !end.Add(-precision).After(lastTime(events))
}

// lifeEnd returns when a message expired or was removed by the service; false if neither is known.
func lifeEnd(events []evidence.Event, put evidence.Event) (end time.Time, ends bool) {
	if ttl := put.Operation.TimeToLive; ttl > 0 {
		end, ends = put.Operation.Ended.Add(ttl), true
	}
	for _, e := range events {
		if e.Kind == evidence.KindOperation && e.Seq > put.Seq && e.Operation.Succeeded() && removal(put, e) != "" &&
			(!ends || e.Operation.Ended.Before(end)) {
			end, ends = e.Operation.Ended, true
		}
	}
	return end, ends
}

// name returns the name of the message in an explanation.
func (m Message) name() string { return "the " + m.Type + " message" }

// fate explains why a message that was stored cannot be read.
func (m Message) fate(events []evidence.Event, put evidence.Event) explanation {
	for _, e := range events {
		if e.Kind == evidence.KindOperation && e.Seq > put.Seq && e.Operation.Succeeded() {
			if ended := removal(put, e); ended != "" {
				return explanation{"the service stored " + m.name() + " and " + ended, []evidence.Event{put, e}}
			}
		}
	}
	if text := m.expiry(*put.Operation, lastTime(events)); text != "" {
		return explanation{text, []evidence.Event{put}}
	}
	if hiding, text := m.hidden(events, put); text != "" {
		return explanation{text, []evidence.Event{put, hiding}}
	}
	if put.Operation.Inferred != "" {
		return explanation{
			"a poll showed " + m.name() + ", and it was gone at the end: it was deleted, or it expired",
			[]evidence.Event{put},
		}
	}
	return explanation{m.unread(), []evidence.Event{put}}
}

func (m Message) unread() string {
	return "the service stored " + m.name() + ", but it could not be read from the queue at the end"
}

// Unread returns the operations that stored a message that has to be in its queue at the end, and that the harness
// could not read nevertheless.
func Unread(events []evidence.Event) (puts []evidence.Event) {
	var one Message
	atEnd, read := map[string]bool{}, map[string]bool{}
	for _, e := range events {
		switch {
		case e.Kind == evidence.KindMessage:
			atEnd[e.Message.ID] = true
		case e.Kind == evidence.KindResource:
			read[e.Resource.Name] = true
		}
	}
	for _, e := range events {
		if e.Kind != evidence.KindOperation || e.Operation.Name != "PutMessage" {
			continue
		}
		op := e.Operation
		if op.Succeeded() && op.MessageID != "" && !atEnd[op.MessageID] && read[op.Resource] &&
			one.fate(events, e).text == one.unread() {
			puts = append(puts, e)
		}
	}
	return puts
}

// removal returns how an operation removed a message from its queue, or "".
func removal(put, e evidence.Event) string {
	op, stored := e.Operation, put.Operation
	switch {
	case op.Resource != stored.Resource || op.Service != evidence.Queue:
	case op.Name == "DeleteMessage" && op.MessageID == stored.MessageID:
		return fmt.Sprintf("deleted it itself %s later (DeleteMessage)", after(put, e))
	case op.Name == "ClearMessages":
		return fmt.Sprintf("cleared the queue %s later (ClearMessages)", after(put, e))
	case op.Name == "DeleteQueue":
		return fmt.Sprintf("deleted the queue %s later (DeleteQueue)", after(put, e))
	}
	return ""
}

// expiry returns that a message expired before the last event, or before its time, or "".
func (m Message) expiry(put evidence.Operation, last time.Time) string {
	if put.TimeToLive <= 0 || put.TimeToLive >= m.Life && put.Ended.Add(put.TimeToLive-precision).After(last) {
		return ""
	}
	return fmt.Sprintf("the service stored %s with a time-to-live of %s (messagettl), after which it is gone",
		m.name(), put.TimeToLive)
}

// hidden returns the operation of the service that made a message invisible until after the last event, and a
// description of it, or "".
func (m Message) hidden(events []evidence.Event, put evidence.Event) (hiding evidence.Event, text string) {
	last := lastTime(events)
	for _, e := range events {
		if e.Kind != evidence.KindOperation || e.Seq < put.Seq || !e.Operation.Succeeded() {
			continue
		}
		op := *e.Operation
		if op.Resource != put.Operation.Resource || op.Ended.Add(op.VisibilityTimeout+precision).Before(last) {
			continue
		}
		switch {
		case op.VisibilityTimeout == 0:
		case e.Seq == put.Seq:
			hiding, text = e, fmt.Sprintf("the service stored %s invisible for %s (visibilitytimeout)",
				m.name(), op.VisibilityTimeout)
		case op.Name == "UpdateMessage" && op.MessageID == put.Operation.MessageID:
			hiding, text = e, fmt.Sprintf("the service stored %s and made it invisible for %s (UpdateMessage)",
				m.name(), op.VisibilityTimeout,
			)
		case op.Name == "GetMessages":
			hiding, text = e, fmt.Sprintf("the service stored %s and received messages from the queue itself, "+
				"which makes them invisible for %s (GetMessages)", m.name(), op.VisibilityTimeout)
		}
	}
	return hiding, text
}

// unreadable explains a message in the queue that a consumer cannot read, or that lacks the type.
func (m Message) unreadable(events []evidence.Event) explanation {
	for _, e := range events {
		if e.Kind != evidence.KindMessage || e.Message.Queue != m.Queue || !m.matches(e.Message.Text) {
			continue
		}
		if _, form := evidence.JSONForm(e.Message.Text); form != "" {
			reason := e.Message.Invalid
			if reason == "" {
				reason = "this is " + form
			}
			return explanation{m.name() + " is unreadable: " + reason, []evidence.Event{e}}
		}
	}
	for _, e := range events {
		if e.Kind == evidence.KindMessage && e.Message.Queue == m.Queue && parse(e.Message.Text).Type == "" {
			return explanation{describeUntyped(*e.Message), []evidence.Event{e}}
		}
	}
	return explanation{}
}

func describeUntyped(m evidence.Message) string {
	if m.Invalid != "" {
		return fmt.Sprintf("a message there is no JSON document (%s): %s", m.Invalid, Excerpt(m.Text))
	}
	if kind := parse(m.Text).Text("type"); kind != "" {
		return fmt.Sprintf("a message there has type %q", kind)
	}
	return "a message there has no type: " + Excerpt(m.Text)
}

// Excerpt returns the beginning of a message's text on one line, or a summary of a content that is no text.
func Excerpt(text string) string {
	return textfmt.Truncate(strings.Join(strings.Fields(textfmt.Readable(text)), " "), maxExcerpt)
}

// withOtherIDs explains a message of the type in the queue that names another project or iteration.
func (m Message) withOtherIDs(events []evidence.Event) explanation {
	for _, e := range events {
		if e.Kind != evidence.KindMessage || e.Message.Queue != m.Queue {
			continue
		}
		c := parse(e.Message.Text)
		if c.Type != m.Type {
			continue
		}
		if text := m.otherIDs(c); text != "" {
			return explanation{text, []evidence.Event{e}}
		}
	}
	return explanation{}
}

// otherIDs returns which id of a message is not the expected one, or "".
func (m Message) otherIDs(c effect.Message) string {
	project, iteration := c.ProjectID(), c.IterationID()
	switch {
	case m.Iteration != "" && strings.EqualFold(project, m.Iteration) && strings.EqualFold(iteration, m.Project):
		return "the ids of project and iteration are swapped in the one that is there"
	case !isOrLacks(project, m.Project):
		return fmt.Sprintf("the one that is there has projectId %q; the project's id is %q", project, m.Project)
	case m.Iteration != "" && !isOrLacks(iteration, m.Iteration):
		return fmt.Sprintf("the one that is there has iterationId %q; the iteration's id is %q", iteration, m.Iteration)
	}
	return ""
}

// elsewhere explains a message of the project that was sent to another queue.
func (m Message) elsewhere(events []evidence.Event) explanation {
	for _, e := range operations(events, m.Since) {
		op := e.Operation
		if op.Name != "PutMessage" || op.Resource == m.Queue || !m.matches(op.Text) || op.Denied ||
			!strings.EqualFold(parse(op.Text).ProjectID(), m.Project) {
			continue
		}
		text := "the service sent " + m.name() + " to " + describeResource(events, evidence.Queue, op.Resource, m.Queue)
		if !op.Succeeded() {
			text += "; " + result(*op)
		}
		return explanation{text, []evidence.Event{e}}
	}
	return explanation{}
}

// refused explains a message that the queue did not take.
func (m Message) refused(events []evidence.Event) explanation {
	for _, e := range operations(events, m.Since) {
		op := e.Operation
		if op.Name == "PutMessage" && op.Resource == m.Queue && !op.Succeeded() && !op.Denied &&
			(op.Text == "" || m.matches(op.Text)) {
			return explanation{"the service sent " + m.name() + ", but " + result(*op), []evidence.Event{e}}
		}
	}
	return explanation{}
}
