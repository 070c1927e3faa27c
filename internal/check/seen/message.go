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
	Project, Iteration string    // ids; Iteration is "" for a ConnectionTest message
	OtherPlatforms     []string  // of an Export message: those of other exports
	Since              time.Time // when the service was called that has to send it
}

// InsteadOfMessage returns what the evidence shows instead of a message: a clause whose subject is "it", the message,
// or a message that a consumer does not take for it. It returns "" if it shows nothing.
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

// vanished explains a message that was stored in the queue and is not there at the end.
func (m Message) vanished(events []evidence.Event) explanation {
	atEnd := map[string]bool{}
	for _, e := range events {
		if e.Kind == evidence.KindMessage {
			atEnd[e.Message.ID] = true
		}
	}
	for _, e := range operations(events, m.Since) {
		op := e.Operation
		if op.Name == "PutMessage" && op.Succeeded() && op.Resource == m.Queue && !atEnd[op.MessageID] && m.matches(op.Text) {
			return fate(events, e)
		}
	}
	return explanation{}
}

// fate explains why a message that was stored cannot be read.
func fate(events []evidence.Event, put evidence.Event) explanation {
	for _, e := range events {
		if e.Kind == evidence.KindOperation && e.Seq > put.Seq && e.Operation.Succeeded() {
			if ended := removal(put, e); ended != "" {
				return explanation{"the service stored it and " + ended, []evidence.Event{put, e}}
			}
		}
	}
	if text := expiry(*put.Operation, lastTime(events)); text != "" {
		return explanation{text, []evidence.Event{put}}
	}
	if hiding, text := hidden(events, put); text != "" {
		return explanation{text, []evidence.Event{put, hiding}}
	}
	if put.Operation.Inferred != "" {
		return explanation{
			"a poll showed it, and it was gone at the end: it was deleted, or it expired",
			[]evidence.Event{put},
		}
	}
	return explanation{unread, []evidence.Event{put}}
}

const unread = "the service stored it, but it could not be read from the queue at the end"

// Unread returns the operations that stored a message that has to be in its queue at the end, and that the harness
// could not read nevertheless.
func Unread(events []evidence.Event) (puts []evidence.Event) {
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
		if op.Succeeded() && op.MessageID != "" && !atEnd[op.MessageID] && read[op.Resource] && fate(events, e).text == unread {
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

// expiry returns that a message expired before the last event, or "".
func expiry(put evidence.Operation, last time.Time) string {
	if put.TimeToLive <= 0 || put.Ended.Add(put.TimeToLive-precision).After(last) {
		return ""
	}
	return fmt.Sprintf("the service stored it with a time-to-live of %s (messagettl), and it expired", put.TimeToLive)
}

// hidden returns the operation of the service that made a message invisible until after the last event, and a
// description of it, or "".
func hidden(events []evidence.Event, put evidence.Event) (hiding evidence.Event, text string) {
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
			hiding, text = e, fmt.Sprintf("the service stored it invisible for %s (visibilitytimeout)", op.VisibilityTimeout)
		case op.Name == "UpdateMessage" && op.MessageID == put.Operation.MessageID:
			hiding, text = e, fmt.Sprintf(
				"the service stored it and made it invisible for %s (UpdateMessage)",
				op.VisibilityTimeout,
			)
		case op.Name == "GetMessages":
			hiding, text = e, fmt.Sprintf("the service stored it and received messages from the queue itself, "+
				"which makes them invisible for %s (GetMessages)", op.VisibilityTimeout)
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
			return explanation{"it is there in a form that a consumer cannot read: " + reason, []evidence.Event{e}}
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
		text := "the service sent it to " + describeResource(events, evidence.Queue, op.Resource, m.Queue)
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
			return explanation{"the service sent it, but " + result(*op), []evidence.Event{e}}
		}
	}
	return explanation{}
}
