package recording

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// A History is the course of one recorded project.
type History struct {
	SituationKey string
	Label        string // of the project, if the situation has several
	NameSuffix   string // of the project's name, without the part of the run: "-07", "-07a"
	ID           string // of the project, from a response or a list; "" if no project was created
	Main         []*Transition
	Exports      []*Transition
	Uploads      []*Transition
	currentAct   string
}

// A Transition is one call that changed something, its response, and everything that was observed until
// the next such call: further responses, and operations of the service on storage.
type Transition struct {
	History   *History
	Node      string // calls before on the project
	Key       string // meaning of the call; see [Call.ActKey]
	Act       string // key of the act with the call
	Params    Params
	Call      evidence.Exchange
	ID        string                // of the project, iteration or tag that the call created
	Reads     []evidence.Exchange   // calls that changed nothing, in order of their responses
	Effects   []Effect              // on storage, in order
	Links     []evidence.Download   // contents behind the links that the service returned
	Resources [2]*evidence.Resource // queue and container that the call had
}

// An Effect is one successful operation of the service on storage.
type Effect struct {
	evidence.Operation
	Encoding string // of a message: "text" or "base64"
	BOM      bool   // of a message: it begins with a byte-order mark
	Content  Content
	named    bool // it has the id of the project
}

// A Content is the content of a blob, or behind a link.
type Content struct {
	SHA256  string
	Length  int64
	Entries map[string]string // of a zip archive: name to SHA-256
}

// IsMessage reports whether the effect stored a message.
func (e Effect) IsMessage() bool { return e.Name == "PutMessage" }

// IsDeletion reports whether the effect deleted a blob.
func (e Effect) IsDeletion() bool { return e.Service == evidence.Blob && e.Name == "DeleteBlob" }

// isExport reports whether the call started an export. The order of the exports at a node has no
// meaning.
func (c *Transition) isExport() bool { return strings.HasPrefix(c.Key, "export(") }

// After returns the node of the project after the call.
func (c *Transition) After() string {
	if c.Node == "" {
		return c.Key
	}
	return c.Node + " > " + c.Key
}

// Succeeded reports whether the call got a 2xx response.
func (c *Transition) Succeeded() bool { return trainingapi.Succeeded(c.Call) }

// Platform returns the platform of an export.
func (c *Transition) Platform() string { return callOf(c.Call).Query.Get("platform") }

// latest returns the transition that began last.
func (h *History) latest() *Transition {
	last := h.Main[len(h.Main)-1]
	if n := len(h.Exports); n > 0 && h.Exports[n-1].Call.Began.After(last.Call.Began) {
		return h.Exports[n-1]
	}
	return last
}

// current returns the parameters in force after all calls.
func (h *History) current() Params {
	var g Params
	for _, c := range h.Main {
		g = g.With(c.Params)
	}
	return g
}

// With returns the parameters in force after a further call with next.
func (g Params) With(next Params) Params {
	for _, m := range []struct {
		to   *string
		from string
	}{
		{&g.Name, next.Name},
		{&g.Description, next.Description},
		{&g.DomainID, next.DomainID},
		{&g.Queue, next.Queue},
		{&g.Container, next.Container},
	} {
		if m.from != "" {
			*m.to = m.from
		}
	}
	return g
}

// runNameSuffix matches the part of a project's name that does not depend on the run: the number of the
// situation, the label, the number of an attempt.
var runNameSuffix = regexp.MustCompile(`cvconform-.*?(-\d{2,}[a-z]?(?:-attempt\d+)?)(?:-renamed)?$`)

// NameSuffix returns a project's name without the part of the run; "" for other names.
func NameSuffix(name string) string {
	if found := runNameSuffix.FindStringSubmatch(name); found != nil {
		return found[1]
	}
	return ""
}

// label returns the part of a name suffix that differs between the projects of a situation.
func label(suffix string) string {
	head, _, attempt := strings.Cut(suffix, "-attempt")
	if attempt {
		return "attempt"
	}
	return strings.TrimLeft(head, "-0123456789")
}

// createdID returns the id in a response; "" if it has none.
func createdID(x evidence.Exchange) string {
	var created struct{ ID string }
	if trainingapi.Decode(x, &created) != nil {
		return ""
	}
	return created.ID
}

// ProjectElement returns the element of a list of projects with that id, or else with that name; nil if
// there is none, or body is not a list.
func ProjectElement(body, id, name string) json.RawMessage {
	var list []json.RawMessage
	if json.Unmarshal([]byte(body), &list) != nil {
		return nil
	}
	var named json.RawMessage
	for _, raw := range list {
		var one trainingapi.Project
		if json.Unmarshal(raw, &one) != nil {
			continue
		}
		if id != "" && strings.EqualFold(one.ID, id) {
			return raw
		}
		if name != "" && one.Name == name {
			named = raw
		}
	}
	return named
}

// readsStatus reports whether x is a read of the status of the training or the export.
func (c *Transition) readsStatus(x evidence.Exchange) bool {
	return c.isExport() && x.Call == "GetExports" || !c.isExport() && x.Call == "GetIteration"
}

// status returns the status of the training or the export in a response.
func (c *Transition) status(x evidence.Exchange) (status string, known bool) {
	if !c.isExport() {
		var one struct{ Status string }
		known = json.Unmarshal([]byte(x.Body), &one) == nil && one.Status != ""
		return one.Status, known
	}
	var list []struct{ Platform, Status string }
	if json.Unmarshal([]byte(x.Body), &list) != nil {
		return "", false
	}
	for _, one := range list {
		if one.Platform == c.Platform() {
			return one.Status, true
		}
	}
	return "", false
}

// isFinished reports whether a response shows the end of the training or the export.
func (c *Transition) isFinished(x evidence.Exchange) bool {
	status, _ := c.status(x)
	finished, _ := trainingapi.Iteration{Status: status}.Finished()
	if c.isExport() {
		finished, _ = trainingapi.Export{Status: status}.Finished()
	}
	return finished
}
