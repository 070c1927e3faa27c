package estimate

import (
	"time"

	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/trainingapi/dataset"
	"github.com/cvconform/cvconform/steps/report"
)

// A treeCost is the cost of performing one act tree.
type treeCost struct {
	a         Assumptions
	absence   time.Duration
	exclusive bool

	made     report.Created
	calls    int
	polls    int
	duration time.Duration // of the acts
	window   time.Duration // after the acts
	projects int           // that exist at this point
}

// walk adds the acts below n. tagged reports whether its projects have their
// images.
func (c *treeCost) walk(n *situation.Node, tagged bool) {
	for _, child := range n.Children {
		before := c.calls
		c.act(child.Act, tagged)
		c.duration += time.Duration(c.calls-before) * c.a.Call
		tagged = tagged || child.Act.Verb == situation.Train
		c.walk(child, tagged)
	}
}

// act adds one act.
func (c *treeCost) act(a situation.Act, tagged bool) {
	switch a.Verb {
	case situation.Create:
		c.create(a)
	case situation.Update:
		c.update(a)
	case situation.Train:
		c.train(tagged)
	case situation.Export:
		c.made.Exports += c.projects
		c.follow(c.a.Export)
	case situation.Attempt:
		c.attempt(a)
	case situation.Read:
		c.calls += c.projects
	}
	if c.exclusive && (a.Verb != situation.Attempt || a.Key != "") {
		c.duration += c.absence
	}
}

// create adds CreateProject, GetProject and GetProjects.
func (c *treeCost) create(a situation.Act) {
	c.projects = 1
	if a.Pair {
		c.projects = 2
	}
	c.made.Projects += c.projects
	c.calls += 3 * c.projects
	switch {
	case a.Storage.Queue && a.SharedQueue:
		c.made.Queues++
	case a.Storage.Queue:
		c.made.Queues += c.projects
	}
	switch {
	case a.Storage.Container && a.Shared:
		c.made.Containers++
	case a.Storage.Container:
		c.made.Containers += c.projects
	}
}

// update adds UpdateProject, GetProject and GetProjects. An update with the full
// body of the guide needs another GetProject before.
func (c *treeCost) update(a situation.Act) {
	c.made.Updates++
	c.calls += 3
	if a.Change == situation.FullBody || a.Change == situation.MoveStorage || a.Change == situation.RepeatURIs {
		c.calls++
	}
	if a.Change != situation.RepeatURIs {
		c.resources(a.Storage)
	}
}

// train adds the tags and one batch of images, unless they exist, and
// TrainProject.
func (c *treeCost) train(tagged bool) {
	if !tagged {
		c.made.Tags += dataset.Tags * c.projects
		c.made.Images += dataset.Tags * dataset.ImagesPerTag * c.projects
		c.calls += (dataset.Tags + 1) * c.projects
	}
	c.made.Trainings += c.projects
	c.follow(c.a.Training)
}

// follow adds the call that starts a training or an export of each project, and
// the polls until it ends: one at once, then one per interval.
func (c *treeCost) follow(lasts time.Duration) {
	c.calls += c.projects
	c.polls += c.projects * (1 + int(lasts/max(c.a.Poll, c.a.Call)))
	c.duration += lasts
}

// attempt adds CreateProject and GetProjects, and the queue and the container if
// their URIs are valid.
func (c *treeCost) attempt(a situation.Act) {
	c.made.Attempts++
	c.calls += 2
	c.resources(
		situation.Integrations{
			Queue:     a.Storage.Queue && createsResource(a.Queue),
			Container: a.Storage.Container && createsResource(a.Container),
		},
	)
}

func createsResource(uri string) bool { return uri == "" || uri == situation.Forbidden }

func (c *treeCost) resources(s situation.Integrations) {
	if s.Queue {
		c.made.Queues++
	}
	if s.Container {
		c.made.Containers++
	}
}

// end adds the absence window, and the deletion of the projects.
func (c *treeCost) end() {
	if !c.exclusive && c.made.Queues+c.made.Containers > 0 {
		c.window += c.absence
	}
	c.calls += c.made.Projects
	c.window += time.Duration(c.made.Projects) * c.a.Call
}
