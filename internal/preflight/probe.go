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
func probeStorage(ctx context.Context, sess *session.Session) finding.Finding {
	p := finding.Probe{Endpoint: sess.Service.Endpoint, Account: sess.Storage.Account.Name()}
	queue, container := naming.Queue(sess.Notes.RunID, 0, 1), naming.Container(sess.Notes.RunID, 0, 1)
	project, err := prepareProject(ctx, sess, queue, container)
	if err != nil {
		return finding.Finding{
			Check:    finding.Storage,
			State:    finding.Failed,
			Observed: err.Error(),
			Fault:    finding.Configuration,
			Remedy:   sess.Settings.StorageHint(err),
		}
	}
	p.Queue, p.Container = project.QueueURI, project.ContainerURI
	operations := sess.Observation.Observer.Subscribe(func(o evidence.Operation) bool {
		return o.Resource == queue || o.Resource == container
	})
	defer operations.Close()
	_, p.ViaGateway = sess.Observation.Observer.(observe.Interceptor)
	createProject(ctx, sess, project, queue, &p)
	p.Operations = operations.Operations()
	return finding.CheckStorageAccess(p)
}

// prepareProject creates the queue and the container of a project, and returns the
// project to create.
func prepareProject(
	ctx context.Context,
	sess *session.Session,
	queue, container string,
) (p client.NewProject, err error) {
	w, profile := sess.Performer(), sess.Settings.Criteria.Profile
	p = client.NewProject{
		Name:        naming.Project("", sess.Notes.RunID, 0, ""),
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
func createProject(
	ctx context.Context,
	sess *session.Session,
	project client.NewProject,
	queue string,
	p *finding.Probe,
) {
	sess.Unconfirmed.Add(project.Name)
	p.Created = sess.Notes.Redactor.Exchange(sess.Service.Client.CreateProject(ctx, project))
	if p.Created.Status != 0 || !client.Sent(p.Created) {
		sess.Unconfirmed.Confirm(project.Name)
	}
	var created trainingapi.Project
	switch err := trainingapi.Decode(p.Created, &created); {
	case err != nil:
		p.NoProject = err.Error()
	case created.ID == "":
		p.NoProject = "CreateProject returned no id: " + trainingapi.Truncate(p.Created.Body)
	default:
		p.MessageArrived, p.Waited = waitForMessage(ctx, sess, queue)
		if p.CleanupError = deleteProject(context.WithoutCancel(ctx), sess, created.ID); p.CleanupError != "" {
			sess.Unconfirmed.Add(project.Name)
		}
	}
	if p.NoProject != "" && trainingapi.Succeeded(p.Created) {
		// Without an id the project can only be found by its name.
		p.CleanupError = problem(sess.Projects().DeleteOnce(context.WithoutCancel(ctx)))
	}
}

// waitForMessage waits for the message of the connection test. It returns how
// long it waited.
func waitForMessage(ctx context.Context, sess *session.Session, queue string) (arrived bool, waited time.Duration) {
	limit, from := sess.Settings.Criteria.Budgets[budget.ConnectionTest], sess.Notes.Now()
	if !sess.Settings.Criteria.Profile.Queue {
		return false, 0
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tick := time.NewTicker(sess.Settings.Pace.PollInterval)
	defer tick.Stop()
	for {
		if found, err := sess.Storage.Account.Messages(ctx, queue); err == nil && len(found) > 0 {
			return true, sess.Notes.Now().Sub(from)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return false, limit
		}
	}
}

// deleteProject deletes a project. It returns why it could not, or "".
func deleteProject(ctx context.Context, sess *session.Session, id string) string {
	ctx, cancel := context.WithTimeout(ctx, sess.Settings.Criteria.Budgets[budget.Request])
	defer cancel()
	return problem(sess.Projects().Service.DeleteProject(ctx, id))
}
