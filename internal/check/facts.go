package check

import (
	"encoding/json"
	"net/url"
	"strings"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/situation"
	"github.com/cvconform/cvconform/internal/training"
)

// in lists the events of an act of that kind.
func (c *Case) in(act string, kind evidence.Kind) []evidence.Event {
	var out []evidence.Event
	for _, e := range c.Events {
		if e.Act == act && e.Kind == kind {
			out = append(out, e)
		}
	}
	return out
}

// all lists the events of that kind in the whole lineage.
func (c *Case) all(kind evidence.Kind) []evidence.Event {
	var out []evidence.Event
	for _, e := range c.Events {
		if e.Kind == kind {
			out = append(out, e)
		}
	}
	return out
}

// mine lists the events of that kind in the situation's own acts and at the end.
func (c *Case) mine(kind evidence.Kind) []evidence.Event {
	own := map[string]bool{situation.End: true}
	for _, key := range c.Situation.Nodes() {
		own[key] = true
	}
	var out []evidence.Event
	for _, e := range c.all(kind) {
		if own[e.Act] {
			out = append(out, e)
		}
	}
	return out
}

// last is the key of the act that the scenario is about.
func (c *Case) last() string {
	keys := c.Situation.Nodes()
	return keys[len(keys)-1]
}

// node is the key of the last act of that verb.
func (c *Case) node(v situation.Verb) string {
	keys := c.Situation.Nodes()
	for i := len(c.Situation.Acts) - 1; i >= 0; i-- {
		if c.Situation.Acts[i].Verb == v {
			return keys[i]
		}
	}
	return ""
}

// calls lists the exchanges of one API call in an act.
func (c *Case) calls(act, call string) []evidence.Event {
	var out []evidence.Event
	for _, e := range c.in(act, evidence.KindExchange) {
		if e.Exchange.Call == call {
			out = append(out, e)
		}
	}
	return out
}

// answer is the exchange that the last act consists of.
func (c *Case) answer() (evidence.Event, bool) {
	call := "CreateProject"
	if c.Situation.Last().Verb == situation.Update {
		call = "UpdateProject"
	}
	for _, e := range c.calls(c.last(), call) {
		return e, true
	}
	return evidence.Event{}, false
}

// noAnswer is the problem of an act whose own call was never made.
func (c *Case) noAnswer() *Problem {
	if p := c.standing(c.last()); p != nil {
		return p
	}
	return &Problem{Kind: Broken, Summary: "the call of the act is not on record"}
}

// A uris is the pair of URIs that a call gave.
type uris struct{ queue, container string }

// given reads the URIs out of the request of a create or an update.
func given(x evidence.Exchange) uris {
	var body struct {
		Queue     string `json:"notificationQueueUri"`
		Container string `json:"exportModelContainerUri"`
		Settings  struct {
			Queue     string `json:"notificationQueueUri"`
			Container string `json:"exportModelContainerUri"`
		} `json:"settings"`
	}
	_ = json.Unmarshal([]byte(x.RequestBody), &body) // no body: no URIs
	out := uris{body.Queue + body.Settings.Queue, body.Container + body.Settings.Container}
	if u, err := url.Parse(x.URL); err == nil && out == (uris{}) {
		out = uris{u.Query().Get("notificationQueueUri"), u.Query().Get("exportModelContainerUri")}
	}
	return out
}

// A project is what the evidence says of one project of the situation.
type project struct {
	label, id, name  string
	queue, container string // names of the current ones; "" where it has none
	oldQueue         string
	oldContainer     string
	containerURI     string
}

// projects reads the projects of the situation, twins in order of label.
func (c *Case) projects() []project {
	var out []project
	for _, e := range c.calls(c.node(situation.Create), "CreateProject") {
		var made training.Project
		if training.Decode(*e.Exchange, &made) != nil {
			continue
		}
		p := project{label: e.Project, id: made.ID, name: sentName(*e.Exchange)}
		c.tie(&p, given(*e.Exchange))
		out = append(out, p)
	}
	if len(out) == 2 && out[0].label > out[1].label {
		out[0], out[1] = out[1], out[0]
	}
	if update := c.node(situation.Update); update != "" && len(out) == 1 {
		for _, e := range c.calls(update, "UpdateProject") {
			c.tie(&out[0], given(*e.Exchange))
		}
	}
	return out
}

// tie sets the queue and the container that the URIs lead to.
func (c *Case) tie(p *project, u uris) {
	for _, e := range c.all(evidence.KindResource) {
		switch r := e.Resource; r.URI {
		case u.queue:
			p.oldQueue, p.queue = p.queue, r.Name
		case u.container:
			p.oldContainer, p.container, p.containerURI = p.container, r.Name, r.URI
		}
	}
}

func sentName(x evidence.Exchange) string {
	u, err := url.Parse(x.URL)
	if err != nil {
		return ""
	}
	return u.Query().Get("name")
}

// only is the situation's one project.
func (c *Case) only() (project, *Problem) {
	all := c.projects()
	if len(all) == 0 {
		return project{}, &Problem{Kind: Broken, Summary: "no project is on record"}
	}
	return all[0], nil
}

// iteration is the id that TrainProject returned in that act, for that project.
func (c *Case) iteration(act string, p project) (string, evidence.Event) {
	for _, e := range c.calls(act, "TrainProject") {
		var it training.Iteration
		if e.Project == p.label && training.Decode(*e.Exchange, &it) == nil {
			return it.ID, e
		}
	}
	return "", evidence.Event{}
}

// trained is the iteration of the situation's last training.
func (c *Case) trained(p project) string {
	id, _ := c.iteration(c.node(situation.Train), p)
	return id
}

// platform is what the last export was made for.
func (c *Case) platform() string { return c.Situation.Last().Platform }

// writes lists the successful storage operations that wrote something.
func (c *Case) writes(events []evidence.Event) []evidence.Event {
	var out []evidence.Event
	for _, e := range events {
		if e.Operation.Succeeded() && e.Operation.Writes() {
			out = append(out, e)
		}
	}
	return out
}

func sameID(a, b string) bool { return strings.EqualFold(a, b) }
