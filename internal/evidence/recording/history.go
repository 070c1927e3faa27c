package recording

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// A History is all that was done to one recorded project, in order.
type History struct {
	SituationKey string // key of the situation
	Label        string // of the project, where the situation has several
	NameSuffix   string // of the project's name, without the run's own part: "-07", "-07a"
	ID           string // of the project, by the answer, else by a list that shows it; "" where none was made
	Main         []*Transition
	Exports      []*Transition
	Uploads      []*Transition
	currentAct   string
}

// A Transition is one call that changed something, its answer, and all that was
// observed until the next such call: the further answers, and what the service did
// to storage.
type Transition struct {
	Story     *History
	Node      string // what had been done to the project before
	Key       string // what the call does; see [Call]
	Act       string // key of the act in which the call was made
	Params    Params
	Call      evidence.Exchange
	ID        string                // of what the call made: a project, an iteration, a tag
	Reads     []evidence.Exchange   // calls that changed nothing, in order of their answers
	Effects   []Effect              // on storage, in order
	Links     []evidence.Download   // what was behind links that the service gave out
	Resources [2]*evidence.Resource // queue and container that the call was given
}

// An Effect is one thing that the service did to storage, with success.
type Effect struct {
	evidence.Operation
	Encoding string // of a message: "text" or "base64"
	BOM      bool   // of a message: it begins with a byte-order mark
	Content  Content
	named    bool // it names the project
}

// A Content is what a blob held, or what was behind a link.
type Content struct {
	SHA256  string
	Length  int64
	Entries map[string]string // of a zip archive: name to SHA-256
}

// Message says whether the effect put a message into a queue.
func (e Effect) Message() bool { return e.Name == "PutMessage" }

// Deletes says whether the effect removed a blob.
func (e Effect) Deletes() bool { return e.Service == evidence.Blob && e.Name == "DeleteBlob" }

// isUnordered says whether the chapter stands beside others at its node, as exports do:
// their order means nothing.
func (c *Transition) isUnordered() bool { return strings.HasPrefix(c.Key, "export(") }

// After is the node that the project has reached when the call was answered.
func (c *Transition) After() string {
	if c.Node == "" {
		return c.Key
	}
	return c.Node + " > " + c.Key
}

// Succeeded says whether the call was answered with 2xx.
func (c *Transition) Succeeded() bool { return trainingapi.Succeeded(c.Call) }

// latest is the chapter that was begun last.
func (s *History) latest() *Transition {
	last := s.Main[len(s.Main)-1]
	if n := len(s.Exports); n > 0 && s.Exports[n-1].Call.Began.After(last.Call.Began) {
		return s.Exports[n-1]
	}
	return last
}

// current is the URIs and names that are in force.
func (s *History) current() Params {
	var g Params
	for _, c := range s.Main {
		g = g.With(c.Params)
	}
	return g
}

// With is what is in force once a further call has told other things.
func (g Params) With(next Params) Params {
	for _, m := range []struct {
		to   *string
		from string
	}{{&g.Name, next.Name}, {&g.Description, next.Description}, {&g.DomainID, next.DomainID}, {&g.Queue, next.Queue}, {&g.Container, next.Container}} {
		if m.from != "" {
			*m.to = m.from
		}
	}
	return g
}

// runNameSuffix finds what of a project's name is not the run's: the number of the
// situation, the label, the number of an attempt.
var runNameSuffix = regexp.MustCompile(`cvconform-.*?(-\d{2,}[a-z]?(?:-attempt\d+)?)(?:-renamed)?$`)

// NameSuffix is a project's name without the run's own part; "" for other names.
func NameSuffix(name string) string {
	if found := runNameSuffix.FindStringSubmatch(name); found != nil {
		return found[1]
	}
	return ""
}

// label is the part of a project's name that tells twins apart.
func label(rest string) string {
	head, _, attempt := strings.Cut(rest, "-attempt")
	if attempt {
		return "attempt"
	}
	return strings.TrimLeft(head, "-0123456789")
}

// answeredID is the id in an answer; "" where it has none.
func answeredID(x evidence.Exchange) string {
	var made struct{ ID string }
	if trainingapi.Decode(x, &made) != nil {
		return ""
	}
	return made.ID
}

// ProjectElement finds the element that a list of projects has for one project: by its id,
// else by its name. Nothing means that the list does not show it, or is none.
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
