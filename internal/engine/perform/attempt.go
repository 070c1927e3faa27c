package perform

import (
	"context"
	"fmt"

	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/naming"
	"github.com/cvconform/cvconform/internal/observe"
	"github.com/cvconform/cvconform/internal/trainingapi"
	"github.com/cvconform/cvconform/internal/trainingapi/client"
)

// AttemptLabel is the project label of what an attempt does.
const AttemptLabel = "attempt"

// attempt tries to create a project that the service should refuse, with a
// queue and a container of its own, and looks whether it is listed afterwards.
func (p *execution) attempt(ctx context.Context, a situation.Act) (actResult, error) {
	j := &project{label: AttemptLabel}
	n := client.NewProject{
		Name:        p.attemptName(),
		Description: Description,
		DomainID:    p.Domain.ID,
		Body:        p.BodyForm,
		Key:         a.Key,
	}
	var err error
	if a.Storage.Queue {
		if n.QueueURI, err = p.attemptURI(ctx, evidence.Queue, a.Queue); err != nil {
			return actResult{}, err
		}
	}
	if a.Storage.Container {
		if n.ContainerURI, err = p.attemptURI(ctx, evidence.Blob, a.Container); err != nil {
			return actResult{}, err
		}
	}
	x := p.exchange(j, p.createProject(ctx, n))
	var made trainingapi.Project
	answered := trainingapi.Decode(x, &made) == nil && made.ID != ""
	if answered {
		p.addOwnID(made.ID, n.Name)
	}
	var list []trainingapi.Project
	if trainingapi.Decode(p.exchange(j, p.Client.GetProjects(ctx)), &list) == nil && !answered {
		p.findUnexpectedProject(list, n.Name)
	}
	return actResult{}, nil
}

// findUnexpectedProject finds a project that was made although it was refused.
func (p *execution) findUnexpectedProject(list []trainingapi.Project, name string) {
	for _, made := range list {
		if made.Name == name {
			p.addOwnID(made.ID, name)
		}
	}
}

func (p *execution) attemptName() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.createdCount++
	return naming.Attempt(p.RunID, p.number, p.createdCount)
}

// attemptURI is the URI that an attempt gives: the literal one, that of a resource
// that was never made, that of one that refuses everything, or a good one.
func (p *execution) attemptURI(ctx context.Context, s evidence.Service, value string) (string, error) {
	switch value {
	case situation.Missing:
		_, uri := p.newResourceName(s)
		return uri, nil
	case situation.Forbidden:
		between, ok := p.Observer.(observe.Interceptor)
		if !ok {
			return "", fmt.Errorf("a %s that refuses everything needs the gateway, and none stands in this run", s)
		}
		name, uri, err := p.createResource(ctx, s, AttemptLabel, AttemptLabel)
		between.Deny(s, name)
		return uri, err
	case "":
		_, uri, err := p.createResource(ctx, s, AttemptLabel, AttemptLabel)
		return uri, err
	}
	return value, nil
}
