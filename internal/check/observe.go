package check

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"

	"github.com/cvconform/cvconform/internal/evidence"
)

// Observe says what the lineages show beside the requirements, where the sources
// are silent: for every reading what was seen of it, and the members of messages
// in their order, and whether a message or its status came first. Each name maps
// to the values seen, in alphabetical order. If the order of events is not known, as in the
// replay of a polled recording, nothing is said about it.
func Observe(orderKnown bool, lineages ...[]evidence.Event) map[string][]string {
	o := observations{}
	for _, events := range lineages {
		c := &Case{Events: events}
		o.addMessages(c)
		o.addResponses(c)
		o.addModelURIs(c)
		if orderKnown {
			o.addLags(c)
		}
	}
	return o.sorted()
}

// addMessages adds what one lineage shows.
func (o observations) addMessages(c *Case) {
	for _, m := range c.messages() {
		o.add("message-encoding", m.event.Message.Encoding)
		if m.kind != "" {
			o.add("message-members", m.kind+" "+order(m.event.Message.Text))
		}
		if id := m.text("Content", "projectId"); id != "" {
			o.add("guid-case", letterCase(id))
		}
	}
	for _, e := range c.events(evidence.KindOperation) {
		folder, _, inside := strings.Cut(e.Operation.Object, "/")
		if inside && strings.EqualFold(folder, testFolder) && e.Operation.Writes() {
			o.add("test-folder", folder)
		}
	}
	for _, e := range c.events(evidence.KindBlob) {
		if name := style(e.Blob.Name); name != "" {
			o.add("blob-name", name)
		}
	}
}

type observations map[string]map[string]bool

func (o observations) add(name, value string) {
	if o[name] == nil {
		o[name] = map[string]bool{}
	}
	o[name][value] = true
}

func (o observations) sorted() map[string][]string {
	out := map[string][]string{}
	for name, values := range o {
		for v := range values {
			out[name] = append(out[name], v)
		}
		sort.Strings(out[name])
	}
	return out
}

// order lists the members of a message and of its Content, in the order in
// which they stand.
func order(text string) string {
	dec := json.NewDecoder(strings.NewReader(text))
	var out strings.Builder
	key := true
	for {
		token, err := dec.Token()
		if err != nil {
			return strings.TrimSpace(out.String())
		}
		switch t := token.(type) {
		case json.Delim:
			fmt.Fprintf(&out, "%s", t)
			key = true
		case string:
			if key {
				fmt.Fprintf(&out, " %s", t)
			}
			key = !key
		default:
			key = !key
		}
	}
}

func letterCase(id string) string {
	if id == strings.ToLower(id) {
		return "lower"
	}
	return "mixed or upper"
}

func style(name string) string {
	switch {
	case strings.Contains(name, " - "):
		return "spaced"
	case strings.Count(name, "-") >= 9:
		return "tight"
	}
	return ""
}
