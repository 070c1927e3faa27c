package perform

import (
	"context"
	"fmt"

	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/observe"
	"github.com/cvconform/cvconform/internal/trainingapi"
	"github.com/cvconform/cvconform/internal/trainingapi/client"
)

// AttemptLabel is the project label of the events of an attempt.
const AttemptLabel = "attempt"

// attempt tries to create a project that the service should refuse, with a queue and a container of its own, and
// reads the project list afterwards.
func (e *execution) attempt(ctx context.Context, a situation.Act) (actResult, error) {
	j := &project{label: AttemptLabel}
	n := client.NewProject{
		Name:        e.resources.names.attempt(),
		Description: Description,
		DomainID:    e.Domain.ID,
		Body:        e.BodyForm,
		Key:         a.Key,
	}
	var err error
	if a.Storage.Queue {
		if n.QueueURI, err = e.attemptURI(ctx, evidence.Queue, a.Queue); err != nil {
			return actResult{}, err
		}
	}
	if a.Storage.Container {
		if n.ContainerURI, err = e.attemptURI(ctx, evidence.Blob, a.Container); err != nil {
			return actResult{}, err
		}
	}
	x := e.exchange(j, e.created.create(ctx, n))
	var created trainingapi.Project
	accepted := trainingapi.Decode(x, &created) == nil && created.ID != ""
	if accepted {
		e.addProject(created.ID, n.Name)
	}
	var list []trainingapi.Project
	if trainingapi.Decode(e.exchange(j, e.Client.GetProjects(ctx)), &list) == nil && !accepted {
		e.addUnexpectedProjects(list, n.Name)
	}
	return actResult{}, nil
}

// addUnexpectedProjects adds the projects of that name: they were created although the request was refused.
func (e *execution) addUnexpectedProjects(list []trainingapi.Project, name string) {
	for _, found := range list {
		if found.Name == name {
			e.addProject(found.ID, name)
		}
	}
}

// attemptURI returns the URI of a queue or container for an attempt: a resource that does not exist for
// [situation.Missing], one that denies every request for [situation.Forbidden], a usable one for "", or the value
// itself.
func (e *execution) attemptURI(ctx context.Context, s evidence.Service, value string) (string, error) {
	switch value {
	case situation.Missing:
		_, uri := e.resources.newName(s)
		return uri, nil
	case situation.Forbidden:
		gateway, ok := e.Observer.(observe.Interceptor)
		if !ok {
			return "", fmt.Errorf("a %s that denies every request needs the gateway, and this run has none", s)
		}
		name, uri, err := e.resources.create(ctx, s, AttemptLabel, AttemptLabel)
		gateway.Deny(s, name)
		return uri, err
	case "":
		_, uri, err := e.resources.create(ctx, s, AttemptLabel, AttemptLabel)
		return uri, err
	}
	return value, nil
}
