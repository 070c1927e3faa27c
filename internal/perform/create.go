package perform

import (
	"context"
	"sync"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/naming"
	"github.com/cvconform/cvconform/internal/situation"
	"github.com/cvconform/cvconform/internal/training"
)

// Description is what every project is created with.
const Description = "made by cvconform"

// PreviewVersion is the API version whose description has the body form.
const PreviewVersion = "v3.4-preview"

func (p *performance) create(ctx context.Context, a situation.Act) (outcome, error) {
	if err := p.prepare(ctx, a); err != nil {
		return outcome{}, err
	}
	return p.each(func(j *project) outcome { return p.createOne(ctx, j, a) }), nil
}

// prepare makes the projects' names, queues and containers.
func (p *performance) prepare(ctx context.Context, a situation.Act) error {
	labels := []string{""}
	if a.Twins {
		labels = []string{"a", "b"}
	}
	for _, label := range labels {
		j := &project{label: label, name: naming.Project(p.Provoke[a.Fails], p.RunID, p.number, label), fails: a.Fails}
		if err := p.equip(ctx, j, a, "first"); err != nil {
			return err
		}
		p.projects = append(p.projects, j)
	}
	return nil
}

// equip makes the queue and the container that the act gives to the project.
func (p *performance) equip(ctx context.Context, j *project, a situation.Act, role string) (err error) {
	if a.Storage.Queue {
		if j.queue, j.queueURI, err = p.provide(ctx, evidence.Queue, role, j.label); err != nil {
			return err
		}
	}
	if !a.Storage.Container {
		return nil
	}
	if a.Shared && len(p.projects) > 0 {
		j.container, j.containerURI = p.projects[0].container, p.projects[0].containerURI
		return nil
	}
	j.container, j.containerURI, err = p.provide(ctx, evidence.Blob, role, j.label)
	return err
}

func (p *performance) createOne(ctx context.Context, j *project, a situation.Act) outcome {
	defer p.Sight.Hurry(j.queue, j.container)()
	x := p.exchange(j, p.createProject(ctx, p.newProject(j, a)))
	var made training.Project
	if err := training.Decode(x, &made); err != nil {
		return outcome{blocked: err.Error()}
	}
	if made.ID == "" {
		return outcome{blocked: "CreateProject answered 200 without an id: " + training.Excerpt(x.Body)}
	}
	j.id = made.ID
	p.know(j.id, j.name)
	p.look(ctx, j, x, j.queue != "", j.container != "")
	return outcome{}
}

func (p *performance) newProject(j *project, a situation.Act) training.NewProject {
	n := training.NewProject{Name: j.name, Description: Description, DomainID: p.Domain.ID,
		QueueURI: j.queueURI, ContainerURI: j.containerURI, Body: p.BodyForm}
	if a.Body {
		n.Body, n.Version = true, PreviewVersion
	}
	return n
}

// look is what is observed after every create and update.
func (p *performance) look(ctx context.Context, j *project, answer evidence.Exchange, queue, container bool) {
	p.exchange(j, p.Client.GetProject(ctx, j.id))
	p.exchange(j, p.Client.GetProjects(ctx))
	var wg sync.WaitGroup
	if queue {
		wg.Go(p.guard(func() { p.connectionMessage(ctx, j, answer) }))
	}
	if container {
		wg.Go(p.guard(func() { p.testBlob(ctx, j, answer) }))
	}
	wg.Wait()
}
