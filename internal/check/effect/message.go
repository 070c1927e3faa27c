package effect

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/evidence"
)

// The types of messages.
const (
	ConnectionTest = "ConnectionTest"
	Training       = "Training"
	Export         = "Export"
)

// MessageTypes returns the types of messages.
func MessageTypes() []string { return []string{ConnectionTest, Training, Export} }

// MessageBudget returns the name of the budget within which a message of that type has to arrive.
func MessageBudget(kind string) string {
	if kind == ConnectionTest {
		return budget.ConnectionTest
	}
	return budget.Notification
}

// A Message is the document in a message. Member names and the type are read in any case, so that a misspelt member
// fails the check of the message's form and no other one.
type Message struct {
	Type string // as documented; "" for any other
	Doc  any    // nil if the text is not JSON
}

// ParseMessage reads a message whose text is plain or Base64.
func ParseMessage(text string) (m Message) {
	text, _, _ = evidence.Decode(text)
	if json.Unmarshal([]byte(text), &m.Doc) != nil {
		return Message{}
	}
	kind := m.Text("type")
	for _, t := range MessageTypes() {
		if strings.EqualFold(t, kind) {
			m.Type = t
		}
	}
	return m
}

// Text returns the string at that path of members, or "".
func (m Message) Text(path ...string) string {
	at := m.Doc
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

// ProjectID returns the id of the project that the message names, or "".
func (m Message) ProjectID() string { return m.Text("Content", "projectId") }

// IterationID returns the id of the iteration that the message names, or "".
func (m Message) IterationID() string { return m.Text("Content", "iterationId") }

// Platform returns the one of these platforms with which the path of modelUri ends, or "".
func (m Message) Platform(platforms ...string) string {
	u, err := url.Parse(m.Text("Content", "modelUri"))
	if err != nil {
		return ""
	}
	for _, p := range platforms {
		if p != "" && strings.HasSuffix(u.Path, "."+p) {
			return p
		}
	}
	return ""
}

// StoresMessage reports whether the operation stored a message of that type in a queue.
func StoresMessage(op evidence.Operation, kind, queue string) bool {
	return op.Name == "PutMessage" && op.Resource == queue && op.Succeeded() && ParseMessage(op.Text).Type == kind
}

// StoresTraining reports whether the operation stored the Training message of an iteration. A message that names none
// of the project's other iterations counts, too.
func StoresTraining(op evidence.Operation, queue, iteration string, others ...string) bool {
	if !StoresMessage(op, Training, queue) {
		return false
	}
	named := ParseMessage(op.Text).IterationID()
	return strings.EqualFold(named, iteration) || !containsFold(others, named)
}

// StoresExport reports whether the operation stored the Export message of an export to a platform. A message whose
// modelUri ends with none of the other platforms counts, too.
func StoresExport(op evidence.Operation, queue, platform string, others ...string) bool {
	if !StoresMessage(op, Export, queue) {
		return false
	}
	m := ParseMessage(op.Text)
	return m.Platform(platform) != "" || m.Platform(others...) == ""
}

func containsFold(list []string, s string) bool {
	return slices.ContainsFunc(list, func(one string) bool { return strings.EqualFold(one, s) })
}
