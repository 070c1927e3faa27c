package perform

import (
	"context"
	"sync"

	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/naming"
	"github.com/cvconform/cvconform/internal/trainingapi"
	"github.com/cvconform/cvconform/internal/trainingapi/client"
)

// PreviewVersion is the API version that accepts the URIs in the body.
const PreviewVersion = "v3.4-preview"

func (e *execution) create(ctx context.Context, a situation.Act) (actResult, error) {
	if err := e.prepare(ctx, a); err != nil {
		return actResult{}, err
	}
	return e.each(func(j *project) actResult { return e.createOne(ctx, j, a) }), nil
}

// prepare chooses the names of the act's projects and creates their queues and containers.
func (e *execution) prepare(ctx context.Context, a situation.Act) error {
	labels := []string{""}
	if a.Pair {
		labels = []string{"a", "b"}
	}
	for _, label := range labels {
		j := &project{
			label:       label,
			name:        naming.Project(e.FailurePrefixes[a.FailureMode], e.RunID, e.number, label),
			failureMode: a.FailureMode,
		}
		if err := e.createStorage(ctx, j, a, "first"); err != nil {
			return err
		}
		e.projects = append(e.projects, j)
	}
	return nil
}

// createStorage creates the queue and the container that the act gives to the project.
func (e *execution) createStorage(ctx context.Context, j *project, a situation.Act, role string) (err error) {
	isSecond := a.Pair && len(e.projects) > 0
	switch {
	case a.SharedQueue && isSecond:
		j.queue, j.queueURI = e.projects[0].queue, e.projects[0].queueURI
	case a.Storage.Queue:
		if j.queue, j.queueURI, err = e.resources.create(ctx, evidence.Queue, role, j.label); err != nil {
			return err
		}
	}
	if !a.Storage.Container {
		return nil
	}
	if a.Shared && isSecond {
		j.container, j.containerURI = e.projects[0].container, e.projects[0].containerURI
		return nil
	}
	j.container, j.containerURI, err = e.resources.create(ctx, evidence.Blob, role, j.label)
	return err
}

func (e *execution) createOne(ctx context.Context, j *project, a situation.Act) actResult {
	defer e.Observer.PollFaster(j.queue, j.container)()
	x := e.exchange(j, e.created.create(ctx, e.newProject(j, a)))
	var created trainingapi.Project
	if err := trainingapi.Decode(x, &created); err != nil {
		return actResult{blocked: err.Error()}
	}
	if created.ID == "" {
		return actResult{blocked: "CreateProject returned 200 without an id: " + trainingapi.Truncate(x.Body)}
	}
	j.id = created.ID
	e.addProject(j.id, j.name)
	e.observeProject(ctx, j, x, situation.Integrations{Queue: j.queue != "", Container: j.container != ""})
	return actResult{}
}

func (s ProjectSettings) newProject(j *project, a situation.Act) client.NewProject {
	n := client.NewProject{Name: j.name, Description: Description, DomainID: s.Domain.ID,
		QueueURI: j.queueURI, ContainerURI: j.containerURI, Body: s.BodyForm}
	if a.Body {
		n.Body, n.Version = true, PreviewVersion
	}
	if a.Detection {
		n.DomainID = s.DetectionDomain.ID
	}
	return n
}

// observeProject makes the observations that follow every create and update, for the URIs that the call gave.
func (e *execution) observeProject(
	ctx context.Context,
	j *project,
	response evidence.Exchange,
	given situation.Integrations,
) {
	e.exchange(j, e.Client.GetProject(ctx, j.id))
	e.exchange(j, e.Client.GetProjects(ctx))
	var group sync.WaitGroup
	if given.Queue {
		group.Go(e.errs.recoverPanics(func() { e.awaitConnectionMessage(ctx, j, response) }))
	}
	if given.Container {
		group.Go(e.errs.recoverPanics(func() { e.awaitTestBlob(ctx, j, response) }))
	}
	group.Wait()
}

// read requests the project, with the key in the header of the act.
func (e *execution) read(ctx context.Context, j *project, a situation.Act) actResult {
	e.exchange(j, e.Client.Do(ctx, client.Call{Name: "GetProject", Project: j.id, KeyHeader: a.KeyHeader}))
	return actResult{}
}
