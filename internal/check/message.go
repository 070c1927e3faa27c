package check

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// The types of messages.
const (
	ConnectionTest = "ConnectionTest"
	Training       = "Training"
	Export         = "Export"
)

// messageTypes returns the types of messages.
func messageTypes() []string { return []string{ConnectionTest, Training, Export} }

// A message is one message of the evidence. Member names are read in any case, so that a misspelt member fails the
// check of the message's form and no other one.
type message struct {
	event evidence.Event
	put   evidence.Event // the operation that stored it; zero if it was not observed
	kind  string         // type, spelt as documented; "" for any other
	doc   any
}

// observed reports whether the operation that stored the message was observed.
func (m message) observed() bool { return m.put.Seq != 0 }

// text returns the string at that path of members, or "".
func (m message) text(path ...string) string {
	at := m.doc
	for _, name := range path {
		object, _ := at.(map[string]any)
		at = member(object, name)
	}
	s, _ := at.(string)
	return s
}

// member returns a member of an object: that of the exact name, else the first one whose name differs in case only.
func member(object map[string]any, name string) any {
	if v, ok := object[name]; ok {
		return v
	}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if strings.EqualFold(key, name) {
			return object[key]
		}
	}
	return nil
}

// messages returns all messages of the lineage.
func (c *Case) messages() []message {
	puts := map[string]evidence.Event{}
	for _, e := range c.events(evidence.KindOperation) {
		if e.Operation.Name == "PutMessage" && e.Operation.MessageID != "" {
			puts[e.Operation.MessageID] = e
		}
	}
	var out []message
	for _, e := range c.events(evidence.KindMessage) {
		m := message{event: e, put: puts[e.Message.ID]}
		if json.Unmarshal([]byte(e.Message.Text), &m.doc) == nil {
			m.kind = messageType(m.text("type"))
		}
		out = append(out, m)
	}
	return out
}

func messageType(s string) string {
	for _, t := range messageTypes() {
		if strings.EqualFold(t, s) {
			return t
		}
	}
	return ""
}

// messagesIn returns the messages in a queue.
func (c *Case) messagesIn(queue string) []message {
	return slices.DeleteFunc(c.messages(), func(m message) bool { return m.event.Message.Queue != queue })
}

// messagesOfType returns the messages of one type in a queue.
func (c *Case) messagesOfType(kind, queue string) []message {
	return slices.DeleteFunc(c.messagesIn(queue), func(m message) bool { return m.kind != kind })
}

// putDuring reports whether the message was stored during the act. One whose operation was not observed may have
// been.
func (m message) putDuring(act string) bool { return !m.observed() || m.put.Act == act }

// relevantMessages returns the messages of that type that belong to the situation and to the project.
func (c *Case) relevantMessages(kind string, p project) []message {
	switch kind {
	case Training:
		return trainingMessages(c, c.lastActOf(situation.Train), p)
	case Export:
		return exportMessages(c, c.lastAct(), c.platform(), p)
	}
	return c.messagesOfType(kind, p.queue)
}

// trainingMessages returns the Training messages of the training in that act: those that name its iteration; if there
// is none, those stored during the act that name no other iteration.
func trainingMessages(c *Case, act string, p project) []message {
	id := iterationOf(c, act, p)
	all := c.messagesOfType(Training, p.queue)
	var named, unnamed []message
	for _, m := range all {
		switch {
		case sameID(m.text("Content", "iterationId"), id):
			named = append(named, m)
		case m.putDuring(act) && !namesIteration(c, m):
			unnamed = append(unnamed, m)
		}
	}
	if len(named) > 0 {
		return named
	}
	return unnamed
}

// namesIteration reports whether the message names an iteration of the lineage.
func namesIteration(c *Case, m message) bool {
	for _, e := range c.events(evidence.KindExchange) {
		var it trainingapi.Iteration
		if e.Exchange.Call == "TrainProject" && trainingapi.Decode(*e.Exchange, &it) == nil &&
			sameID(it.ID, m.text("Content", "iterationId")) {
			return true
		}
	}
	return false
}

// exportMessages returns the Export messages of the export in that act. If modelUri ends with the platform of an
// export, that decides, else the act during which the message was stored.
func exportMessages(c *Case, act, platform string, p project) []message {
	var out []message
	for _, m := range c.messagesOfType(Export, p.queue) {
		named := platformIn(c, m)
		if named == platform || named == "" && m.putDuring(act) {
			out = append(out, m)
		}
	}
	return out
}

// platformIn returns the platform, of an export of the lineage, with which the path of modelUri ends, or "".
func platformIn(c *Case, m message) string {
	u, err := url.Parse(m.text("Content", "modelUri"))
	if err != nil {
		return ""
	}
	for _, e := range c.events(evidence.KindExchange) {
		if e.Exchange.Call != "ExportIteration" {
			continue
		}
		sent, err := url.Parse(e.Exchange.URL)
		if err == nil && strings.HasSuffix(u.Path, "."+sent.Query().Get("platform")) {
			return sent.Query().Get("platform")
		}
	}
	return ""
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
		if m.kind == "" {
			m.kind = unrecognised
		}
		count[m.kind]++
	}
	var parts []string
	for _, kind := range append(messageTypes(), unrecognised) {
		if count[kind] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", count[kind], kind))
		}
	}
	return "the queue holds " + strings.Join(parts, ", "), eventsOf(found)
}
