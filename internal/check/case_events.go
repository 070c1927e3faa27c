package check

import (
	"encoding/json"
	"net/url"
	"strings"

	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// eventsIn lists the events of an act of that kind.
func (c *Case) eventsIn(act string, kind evidence.Kind) []evidence.Event {
	var out []evidence.Event
	for _, e := range c.Events {
		if e.Act == act && e.Kind == kind {
			out = append(out, e)
		}
	}
	return out
}

// events lists the events of that kind in the whole lineage.
func (c *Case) events(kind evidence.Kind) []evidence.Event {
	var out []evidence.Event
	for _, e := range c.Events {
		if e.Kind == kind {
			out = append(out, e)
		}
	}
	return out
}

// ownEvents lists the events of that kind in the situation's own acts and at the end.
func (c *Case) ownEvents(kind evidence.Kind) []evidence.Event {
	own := map[string]bool{situation.End: true}
	for _, key := range c.Situation.Nodes() {
		own[key] = true
	}
	var out []evidence.Event
	for _, e := range c.events(kind) {
		if own[e.Act] {
			out = append(out, e)
		}
	}
	return out
}

// lastAct is the key of the act that the scenario is about.
func (c *Case) lastAct() string {
	keys := c.Situation.Nodes()
	return keys[len(keys)-1]
}

// lastActOf is the key of the last act of that verb.
func (c *Case) lastActOf(v situation.Verb) string {
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
	for _, e := range c.eventsIn(act, evidence.KindExchange) {
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
	for _, e := range c.calls(c.lastAct(), call) {
		return e, true
	}
	return evidence.Event{}, false
}

// noAnswer is the problem of an act whose own call was never made.
func (c *Case) noAnswer() *Problem {
	if p := c.actProblem(c.lastAct()); p != nil {
		return p
	}
	return &Problem{Kind: Broken, Summary: "the call of the act is not on record"}
}

// A uris is the pair of URIs that a call gave.
type uris struct{ queue, container string }

// requestedURIs reads the URIs out of the request of a create or an update.
func requestedURIs(x evidence.Exchange) uris {
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
	for _, e := range c.calls(c.lastActOf(situation.Create), "CreateProject") {
		var made trainingapi.Project
		if trainingapi.Decode(*e.Exchange, &made) != nil {
			continue
		}
		p := project{label: e.Project, id: made.ID, name: requestedName(*e.Exchange)}
		c.linkResources(&p, requestedURIs(*e.Exchange))
		out = append(out, p)
	}
	if len(out) == 2 && out[0].label > out[1].label {
		out[0], out[1] = out[1], out[0]
	}
	if update := c.lastActOf(situation.Update); update != "" && len(out) == 1 {
		for _, e := range c.calls(update, "UpdateProject") {
			c.linkResources(&out[0], requestedURIs(*e.Exchange))
		}
	}
	return out
}

// linkResources sets the queue and the container that the URIs lead to.
func (c *Case) linkResources(p *project, u uris) {
	for _, e := range c.events(evidence.KindResource) {
		switch r := e.Resource; r.URI {
		case u.queue:
			p.oldQueue, p.queue = p.queue, r.Name
		case u.container:
			p.oldContainer, p.container, p.containerURI = p.container, r.Name, r.URI
		}
	}
}

func requestedName(x evidence.Exchange) string {
	u, err := url.Parse(x.URL)
	if err != nil {
		return ""
	}
	return u.Query().Get("name")
}

// singleProject is the situation's one project.
func (c *Case) singleProject() (project, *Problem) {
	all := c.projects()
	if len(all) == 0 {
		return project{}, &Problem{Kind: Broken, Summary: "no project is on record"}
	}
	return all[0], nil
}

// iteration is the id that TrainProject returned in that act, for that project.
func (c *Case) iteration(act string, p project) (string, evidence.Event) {
	for _, e := range c.calls(act, "TrainProject") {
		var it trainingapi.Iteration
		if e.Project == p.label && trainingapi.Decode(*e.Exchange, &it) == nil {
			return it.ID, e
		}
	}
	return "", evidence.Event{}
}

// trained is the iteration of the situation's last training.
func (c *Case) trained(p project) string {
	id, _ := c.iteration(c.lastActOf(situation.Train), p)
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
