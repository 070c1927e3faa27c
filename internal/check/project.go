package check

import (
	"encoding/json"
	"net/url"
	"strings"

	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// uris is the pair of integration URIs in a request.
type uris struct{ queue, container string }

// requestedURIs returns the URIs in the request of a create or an update.
func requestedURIs(x evidence.Exchange) uris {
	var body struct {
		Queue     string `json:"notificationQueueUri"`
		Container string `json:"exportModelContainerUri"`
		Settings  struct {
			Queue     string `json:"notificationQueueUri"`
			Container string `json:"exportModelContainerUri"`
		} `json:"settings"`
	}
	_ = json.Unmarshal([]byte(x.RequestBody), &body) // a request without a body has no URIs there
	out := uris{body.Queue + body.Settings.Queue, body.Container + body.Settings.Container}
	if u, err := url.Parse(x.URL); err == nil && out == (uris{}) {
		out = uris{u.Query().Get("notificationQueueUri"), u.Query().Get("exportModelContainerUri")}
	}
	return out
}

// requestedName returns the project name in the query of a create.
func requestedName(x evidence.Exchange) string {
	u, err := url.Parse(x.URL)
	if err != nil {
		return ""
	}
	return u.Query().Get("name")
}

// A project is one project of the situation.
type project struct {
	label, id        string
	queue, container string // names of the current ones; "" for none
	oldQueue         string
	oldContainer     string
	containerURI     string
}

// projects returns the projects of the situation: one, or a pair in the order of its labels.
func (c *Case) projects() []project {
	var out []project
	for _, e := range c.calls(c.lastActOf(situation.Create), "CreateProject") {
		var created trainingapi.Project
		if trainingapi.Decode(*e.Exchange, &created) != nil {
			continue
		}
		p := project{label: e.Project, id: created.ID}
		linkResources(c, &p, requestedURIs(*e.Exchange))
		out = append(out, p)
	}
	if len(out) == 2 && out[0].label > out[1].label {
		out[0], out[1] = out[1], out[0]
	}
	if update := c.lastActOf(situation.Update); update != "" && len(out) == 1 {
		for _, e := range c.calls(update, "UpdateProject") {
			linkResources(c, &out[0], requestedURIs(*e.Exchange))
		}
	}
	return out
}

// linkResources sets the queue and the container to which the URIs refer.
func linkResources(c *Case, p *project, u uris) {
	for _, e := range c.events(evidence.KindResource) {
		switch r := e.Resource; r.URI {
		case u.queue:
			p.oldQueue, p.queue = p.queue, r.Name
		case u.container:
			p.oldContainer, p.container, p.containerURI = p.container, r.Name, r.URI
		}
	}
}

// singleProject returns the project of the situation, the first one of a pair.
func (c *Case) singleProject() (project, *Problem) {
	all := c.projects()
	if len(all) == 0 {
		return project{}, broken("no project is on record")
	}
	return all[0], nil
}

// projectCheck returns a check of the situation's project.
func projectCheck(name string, judge func(*Case, project) *Problem) Check {
	return Check{Name: name, Judge: func(c *Case) *Problem {
		p, problem := c.singleProject()
		if problem != nil {
			return problem
		}
		return judge(c, p)
	}}
}

// everyProjectCheck returns a check of each project of the situation.
func everyProjectCheck(name string, judge func(*Case, project) *Problem) Check {
	return Check{Name: name, Judge: func(c *Case) *Problem {
		if _, problem := c.singleProject(); problem != nil {
			return problem
		}
		for _, p := range c.projects() {
			if problem := judge(c, p); problem != nil {
				return problem
			}
		}
		return nil
	}}
}

// iterationOf returns the id that TrainProject returned in that act for that project, or "".
func iterationOf(c *Case, act string, p project) string {
	for _, e := range c.calls(act, "TrainProject") {
		var it trainingapi.Iteration
		if e.Project == p.label && trainingapi.Decode(*e.Exchange, &it) == nil {
			return it.ID
		}
	}
	return ""
}

// lastIteration returns the id of the iteration of the last training.
func (c *Case) lastIteration(p project) string {
	return iterationOf(c, c.lastActOf(situation.Train), p)
}

func sameID(a, b string) bool { return strings.EqualFold(a, b) }
