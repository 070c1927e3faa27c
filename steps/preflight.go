package steps

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/engine/perform"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/naming"
	"github.com/cvconform/cvconform/internal/observe"
	"github.com/cvconform/cvconform/internal/preflight"
	"github.com/cvconform/cvconform/internal/reading"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/internal/trainingapi"
	"github.com/cvconform/cvconform/internal/trainingapi/client"
	"github.com/cvconform/cvconform/steps/report"
)

// A Finding is what one check found that is made before anything is judged.
type Finding = preflight.Finding

// A preflightMode is how carefully a service is looked at before it is judged.
type preflightMode struct {
	enabled      bool // at all
	checkStorage bool // whether the service reaches the storage, too
	fatal        bool // a failed check ends the run
}

// setPreflight settles what is looked at. A service on this machine is somebody's
// work in progress: what is wrong with it is for the verdicts to say.
func setPreflight(s *settings) error {
	switch endpoint := s.target.Kind == target.Endpoint; s.Preflight {
	case "", "auto":
		s.preflight = preflightMode{
			enabled:      endpoint,
			checkStorage: endpoint && !s.target.Local(),
			fatal:        endpoint && !s.target.Local(),
		}
	case "on":
		if !endpoint {
			return &UsageError{Err: fmt.Errorf("target %s is started by cvconform: there is no preflight", s.target),
				Hint: "cvconform doctor --target looks at any"}
		}
		s.preflight = preflightMode{enabled: true, checkStorage: true, fatal: true}
	case "off":
	default:
		return fmt.Errorf("preflight %q is none of auto, on, off", s.Preflight)
	}
	return nil
}

// Examine looks at the configured service as a run does before it judges, and says
// what it found; the rest of the configuration is of no concern. The error is a
// [*UsageError], or that of the context.
func Examine(ctx context.Context, c Config) ([]Finding, error) {
	c.Evidence, c.Sign, c.Preflight = "", nil, ""
	s, err := c.settings()
	if err != nil {
		return nil, err
	}
	s.preflight = preflightMode{enabled: true, checkStorage: true}
	h := New(s, nil)
	defer h.Close(context.WithoutCancel(ctx))
	err = h.examine(ctx)
	return h.findings, errors.Join(err, h.cleanUpAfterFailedStart(context.WithoutCancel(ctx)))
}

// examine builds the house as far as it goes.
func (h *Session) examine(ctx context.Context) error {
	for _, part := range []struct {
		check string
		build func(context.Context) error
	}{{preflight.Storage, h.joinNetwork}, {preflight.Storage, h.openStorage}, {preflight.Storage, h.startObserver}, {preflight.Endpoint, h.startService}, {"", h.chooseDomain}, {"", h.runPreflight}} {
		err := part.build(ctx)
		var usage *UsageError
		switch {
		case err == nil && part.check == preflight.Storage && h.observer != nil:
			h.findings = append(h.findings, h.storageFinding())
		case err == nil:
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.As(err, &usage):
			return err
		default:
			h.addFailure(part.check, err)
			return nil
		}
	}
	return nil
}

// storageFinding is the finding of storage that is there, and where the service finds it.
func (h *Session) storageFinding() Finding {
	f := Finding{Check: preflight.Storage, State: preflight.OK, Observed: h.account.BlobEndpoint().String()}
	if at := h.describeStorage().SeenBlobEndpoint; at != f.Observed {
		f.Observed += ", for the service " + at
	}
	return f
}

// addFailure makes a finding of an error, unless it is one already.
func (h *Session) addFailure(check string, err error) {
	if _, found := preflight.AnyFailed(h.findings); !found {
		h.findings = append(
			h.findings,
			Finding{Check: check, State: preflight.Failed, Observed: err.Error(), Remedy: Hint(err)},
		)
	}
}

// runPreflight looks at the service before anything is judged. Where something is
// wrong that a run would only find out late, and with every requirement, it ends
// the run.
func (h *Session) runPreflight(ctx context.Context) error {
	if !h.preflight.enabled {
		return nil
	}
	h.collectFindings(ctx)
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, f := range h.findings {
		if h.preflight.fatal || f.State != preflight.OK {
			h.reportFinding(f)
		}
	}
	f, found := preflight.AnyFailed(h.findings)
	if !found || !h.preflight.fatal {
		return nil
	}
	return &EnvironmentError{
		Err: fmt.Errorf(
			"target %s: preflight: %s: %s; it looks like %s; nothing was judged",
			h.target,
			f.Check,
			report.EscapeControl(f.Observed),
			f.Fault,
		),
		Hint: f.Remedy,
	}
}

func (h *Session) reportFinding(f Finding) {
	for _, line := range f.Lines() {
		h.progressf("preflight  %s", report.EscapeControl(line))
	}
}

// collectFindings makes the checks, as far as one that failed leaves something to learn.
func (h *Session) collectFindings(ctx context.Context) {
	if h.InsecureSkipVerify {
		h.findings = append(h.findings, preflight.CertificateNotVerified())
	}
	version := h.readings[reading.APIVersion]
	other := otherVersion(version)
	var byOther *evidence.Exchange
	if h.domainsResponse.Status == http.StatusNotFound {
		x := h.redact.Exchange(h.client.Do(ctx, client.Call{Name: "GetDomains", Version: other}))
		byOther = &x
	}
	found, goOn := preflight.CheckResponse(h.service.Endpoint, h.domainsResponse, version, other, byOther)
	h.findings = append(h.findings, found...)
	if !goOn {
		return
	}
	listed := preflight.CheckProjects(h.redact.Exchange(h.client.GetProjects(ctx)))
	h.findings = append(h.findings, preflight.CheckDomains(h.domainsResponse, h.profile.Container), listed)
	if _, failed := preflight.AnyFailed(h.findings); !failed && h.preflight.checkStorage {
		h.findings = append(h.findings, h.probeStorageAccess(ctx))
	}
}

// otherVersion is the other version of the API that there is.
func otherVersion(version string) string {
	for _, r := range reading.All() {
		for _, v := range r.Values {
			if r.Name == reading.APIVersion && v != version {
				return v
			}
		}
	}
	return version
}

// probeStorageAccess sees whether the service reaches the storage: by a project of its own,
// which is removed again.
func (h *Session) probeStorageAccess(ctx context.Context) Finding {
	p := preflight.Probe{Endpoint: h.service.Endpoint, Account: h.account.Name()}
	w, queue, container := h.performer(), naming.Queue(h.id, 0, 1), naming.Container(h.id, 0, 1)
	made := client.NewProject{
		Name:        naming.Project("", h.id, 0, ""),
		Description: perform.Description,
		DomainID:    w.Domain.ID,
		Body:        w.BodyForm,
	}
	var err error
	if h.profile.Queue {
		made.QueueURI, err = w.Account.QueueURI(w.Observer.QueueURL(), queue), w.Account.CreateQueue(ctx, queue)
	}
	if h.profile.Container {
		made.ContainerURI = w.Account.ContainerURI(w.Observer.BlobURL(), container)
		err = errors.Join(err, w.Account.CreateContainer(ctx, container))
	}
	if err != nil {
		return Finding{
			Check:    preflight.Storage,
			State:    preflight.Failed,
			Observed: err.Error(),
			Fault:    preflight.CommandLine,
			Remedy:   h.storageHint(err),
		}
	}
	p.Queue, p.Container = made.QueueURI, made.ContainerURI
	h.unconfirmed.add(made.Name)
	watch := h.observer.Subscribe(
		func(o evidence.Operation) bool { return o.Resource == queue || o.Resource == container },
	)
	defer watch.Close()
	_, p.ViaGateway = h.observer.(observe.Interceptor)
	p.Created = h.redact.Exchange(h.client.CreateProject(ctx, made))
	if p.Created.Status != 0 || !client.Sent(p.Created) {
		h.unconfirmed.confirm(made.Name)
	}
	var project trainingapi.Project
	switch err := trainingapi.Decode(p.Created, &project); {
	case err != nil:
		p.NoProject = err.Error()
	case project.ID == "":
		p.NoProject = "CreateProject answered without an id: " + trainingapi.Truncate(p.Created.Body)
	default:
		p.MessageArrived, p.Waited = h.waitForProbeMessage(ctx, queue)
		if p.CleanupError = h.remove(context.WithoutCancel(ctx), project.ID); p.CleanupError != "" {
			h.unconfirmed.add(made.Name)
		}
	}
	if p.NoProject != "" && trainingapi.Succeeded(p.Created) {
		p.CleanupError = h.deleteProjectsByName(context.WithoutCancel(ctx)) // nobody knows it by its id
	}
	p.Operations = watch.Operations()
	return preflight.CheckStorageAccess(p)
}

// waitForProbeMessage waits for a message in the queue, and says how long that took.
func (h *Session) waitForProbeMessage(ctx context.Context, queue string) (came bool, after time.Duration) {
	limit, from := h.budgets[budget.ConnectionTest], h.now()
	if !h.profile.Queue {
		return false, 0
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tick := time.NewTicker(h.poll)
	defer tick.Stop()
	for {
		if found, err := h.account.Messages(ctx, queue); err == nil && len(found) > 0 {
			return true, h.now().Sub(from)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return false, limit
		}
	}
}

// remove removes a project; it says why it could not.
func (h *Session) remove(ctx context.Context, project string) string {
	ctx, cancel := context.WithTimeout(ctx, h.budgets[budget.Request])
	defer cancel()
	if err := perform.DeleteError(h.redact.Exchange(h.client.DeleteProject(ctx, project))); err != nil {
		return err.Error()
	}
	return ""
}
