package check

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/cvconform/cvconform/internal/check/effect"
	"github.com/cvconform/cvconform/internal/evidence"
)

// Observe returns facts of the lineages that no requirement covers, because the sources do not mention them: the
// values of every reading, the order of the members of messages, and whether a message or its status came first. Each
// name maps to its values in alphabetical order. If the order of events is not known, as in the replay of a polled
// recording, no order is returned.
func Observe(orderKnown bool, lineages ...[]evidence.Event) map[string][]string {
	o := observations{}
	for _, events := range lineages {
		c := &Case{Events: events}
		o.addMessages(c)
		o.addServiceState(c)
		o.addBlobs(c)
		o.addResponses(c)
		o.addModelURIs(c)
		if orderKnown {
			o.addLags(c)
		}
	}
	o.addLifetime(lineages)
	return o.sorted()
}

func (o observations) addMessages(c *Case) {
	for _, m := range c.allMessages() {
		o.add("message-encoding", m.event.Message.Encoding)
		if m.Type != "" {
			o.add("message-members", m.Type+" "+memberOrder(m.event.Message.Text))
		}
		if id := m.ProjectID(); id != "" {
			o.add("guid-case", letterCase(id))
		}
	}
}

// addServiceState adds the queues and containers that the service uses for itself.
func (o observations) addServiceState(c *Case) {
	for _, e := range writes(c.events(evidence.KindOperation)) {
		if !c.isStateOfService(*e.Operation) {
			continue
		}
		kind := "queue"
		if e.Operation.Service == evidence.Blob {
			kind = "container"
		}
		o.add("service-state", kind+" "+e.Operation.Resource)
	}
}

func (o observations) addBlobs(c *Case) {
	for _, e := range c.events(evidence.KindOperation) {
		folder, _, nested := strings.Cut(e.Operation.Object, "/")
		if nested && effect.HasTestFolder(e.Operation.Object) && e.Operation.Writes() {
			o.add("test-folder", folder)
		}
	}
	for _, e := range c.events(evidence.KindBlob) {
		if style := backupNameStyle(e.Blob.Name); style != "" {
			o.add("blob-name", style)
		}
	}
}

// memberOrder lists the members of a message and of its Content, in the order of the text.
func memberOrder(text string) string {
	dec := json.NewDecoder(strings.NewReader(text))
	var out strings.Builder
	isName := true
	for {
		token, err := dec.Token()
		if err != nil {
			return strings.TrimSpace(out.String())
		}
		switch t := token.(type) {
		case json.Delim:
			fmt.Fprintf(&out, "%s", t)
			isName = true
		case string:
			if isName {
				fmt.Fprintf(&out, " %s", t)
			}
			isName = !isName
		default:
			isName = !isName
		}
	}
}

func letterCase(id string) string {
	if id == strings.ToLower(id) {
		return "lower"
	}
	return "mixed or upper"
}

// backupNameStyle returns how the name of a backup is written, or "" for a blob of another name.
func backupNameStyle(name string) string {
	const hyphens = 9 // four in each of two UUIDs, one between them
	switch {
	case strings.Contains(name, " - "):
		return "spaced"
	case strings.Count(name, "-") >= hyphens:
		return "tight"
	}
	return ""
}
