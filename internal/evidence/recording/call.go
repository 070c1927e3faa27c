package recording

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// A Call is one request to the Training API.
type Call struct {
	Name      string // of the operation in the API reference; "" if a run does not use it
	Version   string
	Project   string // ids in the path; "" if there is none
	Iteration string
	Query     url.Values
	Body      string
	Key       string // kind of the key: "right", "wrong", "none"
}

// ParseCall returns the call with that request line, body and kind of key. Paths are compared without
// regard to case, as the service does.
func ParseCall(method string, u *url.URL, body, key string) Call {
	t := trainingapi.ParseRequestLine(method, u.Path)
	return Call{Name: t.Name, Version: t.Version, Project: t.Project, Iteration: t.Iteration,
		Query: u.Query(), Body: body, Key: key}
}

// callOf returns a recorded call.
func callOf(x evidence.Exchange) Call {
	u, err := url.Parse(x.URL)
	if err != nil {
		return Call{Name: x.Call, Key: x.Key}
	}
	c := ParseCall(x.Method, u, x.RequestBody, x.Key)
	c.Name = x.Call
	return c
}

// Params are the parameters of a call that creates or changes a project.
type Params struct {
	Name, Description string
	DomainID          string
	Queue, Container  string // URIs
	BodyForm          string // place of the URIs: "query", "body", "settings"; "" without URIs
	members           []string
}

// storageMembers are the members of a body with the two URIs.
type storageMembers struct {
	Queue     *string `json:"notificationQueueUri"`
	Container *string `json:"exportModelContainerUri"`
}

// Params returns the parameters of the call.
func (c Call) Params() Params {
	g := Params{Name: c.Query.Get("name"), Description: c.Query.Get("description"), DomainID: c.Query.Get("domainId"),
		Queue: c.Query.Get("notificationQueueUri"), Container: c.Query.Get("exportModelContainerUri")}
	if c.Name == "UpdateProject" {
		return c.updateParams()
	}
	if g.Queue+g.Container != "" {
		g.BodyForm = "query"
		return g
	}
	var body storageMembers
	if json.Unmarshal([]byte(c.Body), &body) == nil {
		g.Queue, g.Container = stringOf(body.Queue), stringOf(body.Container)
	}
	if g.Queue+g.Container != "" {
		g.BodyForm = "body"
	}
	return g
}

// updateParams returns the parameters of UpdateProject. The names of the members of the body are part of
// them, since their presence changes the meaning of the call.
func (c Call) updateParams() Params {
	var body struct {
		Name        *string                    `json:"name"`
		Description *string                    `json:"description"`
		Settings    map[string]json.RawMessage `json:"settings"`
	}
	var uris struct{ Settings storageMembers }
	if json.Unmarshal([]byte(c.Body), &body) != nil || json.Unmarshal([]byte(c.Body), &uris) != nil {
		return Params{members: []string{"no project"}}
	}
	g := Params{
		Name:        stringOf(body.Name),
		Description: stringOf(body.Description),
		Queue:       stringOf(uris.Settings.Queue),
		Container:   stringOf(uris.Settings.Container),
		BodyForm:    "settings",
	}
	if body.Name != nil {
		g.members = append(g.members, "name")
	}
	if body.Description != nil {
		g.members = append(g.members, "description")
	}
	for member := range body.Settings {
		if member != "notificationQueueUri" && member != "exportModelContainerUri" {
			g.members = append(g.members, "settings")
			break
		}
	}
	return g
}

func stringOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// The classes of a URI in a call. Any other URI is its own class.
const (
	NoURI     = "none"
	Usable    = "storage"   // an existing queue or container
	Missing   = "missing"   // one that was not created
	Forbidden = "forbidden" // one that refuses every request
)

// A KeyContext has the values, apart from the call, on which the key of a call depends.
type KeyContext struct {
	Queue, Container string            // class of the URIs
	Before           Params            // parameters in force before the call
	Provoked         map[string]string // see [Metadata]
}

// ActKey returns a name for the effect of the call on a project. Calls with the same effect have the same
// key in every run. It is the key of a [Transition].
func (c Call) ActKey(g Params, s KeyContext) string {
	switch c.Name {
	case "CreateProject":
		return fmt.Sprintf("create(%s)", strings.Join(c.createKeyWords(g, s), ", "))
	case "UpdateProject":
		return fmt.Sprintf("update(%s)", strings.Join(updateKeyWords(g, s), ", "))
	case "TrainProject":
		if strings.EqualFold(c.Query.Get("forceTrain"), "true") {
			return "train(forced)"
		}
		return "train"
	case "ExportIteration":
		return "export(" + strings.TrimSuffix(c.Query.Get("platform")+" "+c.Query.Get("flavor"), " ") + ")"
	}
	return c.Name
}

func (c Call) createKeyWords(g Params, s KeyContext) []string {
	words := []string{c.Version, "queue " + s.Queue, "container " + s.Container}
	if g.BodyForm != "" {
		words = append(words, "in the "+g.BodyForm)
	}
	if c.Key != "right" {
		words = append(words, "key "+c.Key)
	}
	for _, failure := range sortedKeys(s.Provoked) {
		if prefix := s.Provoked[failure]; prefix != "" && strings.HasPrefix(g.Name, prefix) {
			words = append(words, failure)
		}
	}
	return words
}

func updateKeyWords(g Params, s KeyContext) []string {
	words := slices.Clone(g.members)
	if slices.Contains(words, "name") && g.Name != s.Before.Name {
		words = append(words, "renamed")
	}
	for _, u := range []struct{ word, class, now, before string }{
		{"queue", s.Queue, g.Queue, s.Before.Queue}, {"container", s.Container, g.Container, s.Before.Container}} {
		switch {
		case u.now == "":
		case u.now == u.before:
			words = append(words, u.word+" as before")
		default:
			words = append(words, u.word+" "+u.class)
		}
	}
	return words
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
