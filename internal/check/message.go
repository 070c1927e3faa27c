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

// A message is one message of the evidence, with what it says. It is read
// leniently (member names in any case), so that a misspelt member fails the
// judgement about the form and no other.
type message struct {
	event  evidence.Event
	stored evidence.Event // the operation that stored it; zero where none was seen
	kind   string         // type, spelt as documented; "" where it has none
	doc    any
}

// messages lists all messages of the lineage.
func (c *Case) messages() []message {
	stored := map[string]evidence.Event{}
	for _, e := range c.events(evidence.KindOperation) {
		if e.Operation.Name == "PutMessage" && e.Operation.MessageID != "" {
			stored[e.Operation.MessageID] = e
		}
	}
	var out []message
	for _, e := range c.events(evidence.KindMessage) {
		m := message{event: e, stored: stored[e.Message.ID]}
		if json.Unmarshal([]byte(e.Message.Text), &m.doc) == nil {
			m.kind = kindOf(m.text("type"))
		}
		out = append(out, m)
	}
	return out
}

func kindOf(s string) string {
	for _, k := range []string{ConnectionTest, Training, Export} {
		if strings.EqualFold(k, s) {
			return k
		}
	}
	return ""
}

// text is the string at that path of members, found in any case; "" where
// there is none.
func (m message) text(path ...string) string {
	at := m.doc
	for _, name := range path {
		object, _ := at.(map[string]any)
		at = member(object, name)
	}
	s, _ := at.(string)
	return s
}

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

// filterMessages lists the messages of one type in a queue.
func filterMessages(all []message, queue, kind string) []message {
	var out []message
	for _, m := range all {
		if m.event.Message.Queue == queue && m.kind == kind {
			out = append(out, m)
		}
	}
	return out
}

// storedIn keeps the messages that were stored in the act; one whose
// storing was not seen counts for any act.
func storedIn(all []message, act string) []message {
	var out []message
	for _, m := range all {
		if m.stored.Seq == 0 || m.stored.Act == act {
			out = append(out, m)
		}
	}
	return out
}

// trainings lists the Training messages that belong to the training of that
// act: those that name its iteration, else those stored in its time that name
// no other training's.
func (c *Case) trainings(act string, p project, queue string) []message {
	id, _ := c.iteration(act, p)
	all := filterMessages(c.messages(), queue, Training)
	var named []message
	for _, m := range all {
		if sameID(m.text("Content", "iterationId"), id) {
			named = append(named, m)
		}
	}
	if len(named) > 0 {
		return named
	}
	return slices.DeleteFunc(storedIn(all, act), c.namesAnotherTraining)
}

// namesAnotherTraining says whether the message names an iteration that some
// TrainProject of the lineage returned.
func (c *Case) namesAnotherTraining(m message) bool {
	for _, e := range c.events(evidence.KindExchange) {
		var it trainingapi.Iteration
		if e.Exchange.Call == "TrainProject" && trainingapi.Decode(*e.Exchange, &it) == nil &&
			sameID(it.ID, m.text("Content", "iterationId")) {
			return true
		}
	}
	return false
}

// exports lists the Export messages that belong to the export of that act:
// where modelUri names a backup, by the platform in its name, else by the time
// of storing.
func (c *Case) exports(act, platform, queue string) []message {
	var out []message
	for _, m := range filterMessages(c.messages(), queue, Export) {
		switch named := c.platformNamed(m); {
		case named == platform:
			out = append(out, m)
		case named == "" && (m.stored.Seq == 0 || m.stored.Act == act):
			out = append(out, m)
		}
	}
	return out
}

// platformNamed is the platform of another or the same export of the lineage
// that ends the name of the blob in modelUri; "" where none does.
func (c *Case) platformNamed(m message) string {
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

// relevantTo lists the messages of that type that belong to the situation and
// are the project's.
func (c *Case) relevantTo(kind string, p project) []message {
	switch kind {
	case Training:
		return c.trainings(c.lastActOf(situation.Train), p, p.queue)
	case Export:
		return c.exports(c.lastAct(), c.platform(), p.queue)
	}
	return filterMessages(c.messages(), p.queue, kind)
}

func events(messages []message) []evidence.Event {
	var out []evidence.Event
	for _, m := range messages {
		out = append(out, m.event)
	}
	return out
}

// describeQueue says in words what a queue holds.
func (c *Case) describeQueue(queue string) (string, []evidence.Event) {
	count := map[string]int{}
	var seen []evidence.Event
	for _, m := range c.messages() {
		if m.event.Message.Queue != queue {
			continue
		}
		kind := m.kind
		if kind == "" {
			kind = "unrecognised"
		}
		count[kind]++
		seen = append(seen, m.event)
	}
	if len(seen) == 0 {
		return "the queue is empty", nil
	}
	var parts []string
	for _, kind := range []string{ConnectionTest, Training, Export, "unrecognised"} {
		if count[kind] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", count[kind], kind))
		}
	}
	return "the queue holds " + strings.Join(parts, ", "), seen
}
