package preflight

import (
	"context"
	"errors"
	"time"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/engine/perform"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/naming"
	"github.com/cvconform/cvconform/internal/observe"
	"github.com/cvconform/cvconform/internal/preflight/finding"
	"github.com/cvconform/cvconform/internal/session"
	"github.com/cvconform/cvconform/internal/trainingapi"
	"github.com/cvconform/cvconform/internal/trainingapi/client"
)

// probeStorage checks whether the service reaches the storage, with a project
// that it deletes afterwards.
func probeStorage(ctx context.Context, h *session.Session) finding.Finding {
	p := finding.Probe{Endpoint: h.Service.Endpoint, Account: h.Storage.Account.Name()}
	queue, container := naming.Queue(h.Notes.RunID, 0, 1), naming.Container(h.Notes.RunID, 0, 1)
	project, err := prepareProject(ctx, h, queue, container)
	if err != nil {
		return finding.Finding{
			Check:    finding.Storage,
			State:    finding.Failed,
			Observed: err.Error(),
			Fault:    finding.Configuration,
			Remedy:   h.Settings.StorageHint(err),
		}
	}
	p.Queue, p.Container = project.QueueURI, project.ContainerURI
	operations := h.Observation.Observer.Subscribe(func(o evidence.Operation) bool {
		return o.Resource == queue || o.Resource == container
	})
	defer operations.Close()
	_, p.ViaGateway = h.Observation.Observer.(observe.Interceptor)
	createProject(ctx, h, project, queue, &p)
	p.Operations = operations.Operations()
	return finding.CheckStorageAccess(p)
}

// prepareProject creates the queue and the container of a project, and returns the
// project to create.
func prepareProject(ctx context.Context, h *session.Session, queue, container string) (p client.NewProject, err error) {
	w, profile := h.Performer(), h.Settings.Criteria.Profile
	p = client.NewProject{
		Name:        naming.Project("", h.Notes.RunID, 0, ""),
		Description: perform.Description,
		DomainID:    w.Domain.ID,
		Body:        w.BodyForm,
	}
	if profile.Queue {
		p.QueueURI, err = w.Account.QueueURI(w.Observer.QueueURL(), queue), w.Account.CreateQueue(ctx, queue)
	}
	if profile.Container {
		p.ContainerURI = w.Account.ContainerURI(w.Observer.BlobURL(), container)
		err = errors.Join(err, w.Account.CreateContainer(ctx, container))
	}
	return p, err
}

// createProject creates the project, waits for the message of the connection
// test, and deletes the project again.
func createProject(ctx context.Context, h *session.Session, project client.NewProject, queue string, p *finding.Probe) {
	h.Unconfirmed.Add(project.Name)
	p.Created = h.Notes.Redactor.Exchange(h.Service.Client.CreateProject(ctx, project))
	if p.Created.Status != 0 || !client.Sent(p.Created) {
		h.Unconfirmed.Confirm(project.Name)
	}
	var created trainingapi.Project
	switch err := trainingapi.Decode(p.Created, &created); {
	case err != nil:
		p.NoProject = err.Error()
	case created.ID == "":
		p.NoProject = "CreateProject returned no id: " + trainingapi.Truncate(p.Created.Body)
	default:
		p.MessageArrived, p.Waited = waitForMessage(ctx, h, queue)
		if p.CleanupError = deleteProject(context.WithoutCancel(ctx), h, created.ID); p.CleanupError != "" {
			h.Unconfirmed.Add(project.Name)
		}
	}
	if p.NoProject != "" && trainingapi.Succeeded(p.Created) {
		// Without an id the project can only be found by its name.
		p.CleanupError = problem(h.Projects().DeleteOnce(context.WithoutCancel(ctx)))
	}
}

// waitForMessage waits for the message of the connection test. It returns how
// long it waited.
func waitForMessage(ctx context.Context, h *session.Session, queue string) (arrived bool, waited time.Duration) {
	limit, from := h.Settings.Criteria.Budgets[budget.ConnectionTest], h.Notes.Now()
	if !h.Settings.Criteria.Profile.Queue {
		return false, 0
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tick := time.NewTicker(h.Settings.Pace.PollInterval)
	defer tick.Stop()
	for {
		if found, err := h.Storage.Account.Messages(ctx, queue); err == nil && len(found) > 0 {
			return true, h.Notes.Now().Sub(from)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return false, limit
		}
	}
}

// deleteProject deletes a project. It returns why it could not, or "".
func deleteProject(ctx context.Context, h *session.Session, id string) string {
	ctx, cancel := context.WithTimeout(ctx, h.Settings.Criteria.Budgets[budget.Request])
	defer cancel()
	return problem(h.Projects().Service.DeleteProject(ctx, id))
}
