package steps

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"golang.org/x/time/rate"

	"github.com/cvconform/cvconform/fakes/azurite"
	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/clock"
	"github.com/cvconform/cvconform/internal/docker"
	"github.com/cvconform/cvconform/internal/engine/perform"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/recording"
	"github.com/cvconform/cvconform/internal/naming"
	"github.com/cvconform/cvconform/internal/observe"
	"github.com/cvconform/cvconform/internal/reading"
	"github.com/cvconform/cvconform/internal/storage"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/internal/trainingapi"
	"github.com/cvconform/cvconform/internal/trainingapi/client"
	"github.com/cvconform/cvconform/steps/report"
)

// A Session is everything that a run starts, in the order in which it is built;
// it is pulled down in the reverse order.
type Session struct {
	settings
	id              string
	now             func() time.Time
	bundle          *evidence.Writer  // nil where no evidence is asked for
	executionLog    *executionLog     // of what is performed; nil where nobody keeps them
	bundleSection   string            // of the bundle that the run writes; "" is the run that the bundle is of
	sharedStorage   *azurite.Instance // storage of another house; nil means its own
	network         *docker.Network   // nil where nothing runs in a container beside storage
	azurite         *azurite.Instance // nil with external storage
	account         *storage.Account
	observer        observe.Observer
	visibility      report.Visibility // of storage
	service         *target.Service
	client          *client.Client
	http            *http.Client
	rate            *rate.Limiter     // of the calls to the service; nil means no limit
	serviceCtx      context.Context   // ends when the service has ended by itself
	domainsResponse evidence.Exchange // the domains
	domain          trainingapi.Domain
	findings        []Finding // of what was looked at before
	redact          *evidence.Redactor
	unconfirmed     unconfirmedProjects
	recorder        *recorder // of what the service answers; nil where nobody records
	warnings        []string
	cleanups        []func(context.Context) error

	recordedResults   check.RecordedResults // that limit the replay of a polled recording; nil otherwise
	unrecorded        atomic.Int64          // calls that a replay did not know
	comparedRecording *recording.Metadata   // of the recording that is compared with this run; nil where none is

	controlTargets controlTargets // the controls of a certificate; the zero pair means none
	controls       report.Controls
}

func New(s settings, bundle *evidence.Writer) *Session {
	now, redact := clock.New(), &evidence.Redactor{}
	redact.AddSecret("training-key", s.TrainingKey) // of a service that runs already, which may repeat it
	return &Session{
		settings: s,
		id:       naming.RunID(now(), rand.Uint32()),
		now:      now,
		bundle:   bundle,
		http:     client.NewHTTP(s.options()),
		rate:     s.reach.limiter(),
		redact:   redact,
		warnings: s.tlsWarnings(),
	}
}

// setUp starts storage, has the controls of a certificate judged, stands the
// gateway or looks at storage itself, starts the service under test, and looks at
// the domains that the service offers and the room that it has. A service that
// runs already is looked at before the controls.
func (h *Session) setUp(ctx context.Context) error {
	if !h.target.Local() {
		h.progressf("run: %s", h.id)
	}
	for _, warning := range h.tlsWarnings() {
		h.progressf("warning: %s", warning)
	}
	parts := []func(context.Context) error{
		h.joinNetwork,
		h.openStorage,
		h.runControls,
		h.startObserver,
		h.startService,
		h.chooseDomain,
		h.checkCapacity,
	}
	if h.target.Kind == target.Endpoint {
		parts = []func(context.Context) error{
			h.joinNetwork,
			h.openStorage,
			h.startObserver,
			h.startService,
			h.chooseDomain,
			h.checkCapacityEarly,
			h.runPreflight,
			h.runControls,
			h.checkCapacity,
		}
	}
	for _, part := range parts {
		if err := part(ctx); err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return err
		}
	}
	return nil
}

// Close undoes what was built. It may be called twice.
func (h *Session) Close(ctx context.Context) error {
	var errs []error
	for i := len(h.cleanups) - 1; i >= 0; i-- {
		errs = append(errs, h.cleanups[i](ctx))
	}
	h.cleanups = nil
	return errors.Join(errs...)
}

func (h *Session) onClose(f func(context.Context) error) { h.cleanups = append(h.cleanups, f) }

func (s settings) progressf(format string, args ...any) {
	if s.Progress != nil {
		s.Progress(Progress{Line: fmt.Sprintf(format, args...)})
	}
}

// joinNetwork makes the private network of a service that runs in a container.
func (h *Session) joinNetwork(ctx context.Context) (err error) {
	if !h.target.InContainer() {
		return nil
	}
	if err := docker.Probe(ctx); err != nil {
		return &EnvironmentError{
			Err:  fmt.Errorf("target %s needs a Docker engine: %w", h.target, err),
			Hint: "start Docker, or choose another target",
		}
	}
	h.removeOrphans(ctx)
	if h.network, err = docker.NewNetwork(ctx, h.id); err != nil {
		return &EnvironmentError{Err: err}
	}
	h.onClose(h.network.Remove)
	return nil
}

// removeOrphans removes containers whose run is gone.
func (h *Session) removeOrphans(ctx context.Context) {
	n, err := docker.RemoveOrphans(ctx)
	if err != nil {
		h.warnings = append(h.warnings, "containers of earlier runs could not be removed: "+err.Error())
	}
	if n > 0 {
		h.progressf("removed %d containers and networks that an earlier run had left", n)
	}
}

// openStorage starts Azurite, or finds the external account.
func (h *Session) openStorage(ctx context.Context) (err error) {
	connection := h.ConnectionString
	switch {
	case h.sharedStorage != nil:
		h.azurite, connection = h.sharedStorage, h.sharedStorage.ConnectionString()
	case !h.usesExternalStorage():
		if connection, err = h.startAzurite(ctx); err != nil {
			return err
		}
	}
	if h.account, err = h.open(connection); err != nil {
		return err
	}
	if _, err := h.gatewayPossible(); err != nil {
		return err
	}
	h.redact.AddSecret("account-key", h.account.Key())
	if err := h.account.Ping(ctx); err != nil {
		return h.storageError(err)
	}
	h.onClose(h.deleteRunStorage)
	return h.checkStoragePermissions(ctx)
}

func (h *Session) startAzurite(ctx context.Context) (string, error) {
	o := azurite.Options{
		Image:    h.AzuriteImage,
		CacheDir: h.CacheDir,
		RunID:    h.id,
		Progress: func(line string) { h.progressf("%s", line) },
	}
	if h.Storage != "auto" {
		o.Kind = azurite.Kind(h.Storage)
	}
	if h.network != nil {
		o.Network = h.network.Name
	}
	started, err := azurite.Start(ctx, o)
	if err != nil {
		hint := ""
		var missing *azurite.UnavailableError
		if errors.As(err, &missing) {
			hint = missing.Remedy()
		}
		return "", &EnvironmentError{Err: err, Hint: hint}
	}
	h.azurite = started
	h.onClose(started.Stop)
	if started.Kind == azurite.Container && h.network == nil {
		h.removeOrphans(ctx)
	}
	h.progressf("storage: Azurite %s (%s) at %s and %s", started.Version, started.Kind, started.BlobURL, started.QueueURL)
	return started.ConnectionString(), nil
}

// environment is what the service under test is told.
func (h *Session) environment() target.Environment {
	key := h.TrainingKey
	if key == "" {
		key = strings.ReplaceAll(uuid.NewString(), "-", "") // 32 hexadecimal digits, as real keys have
	}
	env := target.Environment{TrainingKey: key, RunID: h.id, ConnectionString: h.serviceConnectionString(),
		Progress:      func(line string) { h.progressf("%s", line) },
		FakeSettings:  target.FakeSettings{Provoke: map[string]string{}, Defects: h.defects},
		ImageSettings: target.ImageSettings{Variables: h.reach.variables, Ports: h.ImagePorts}}
	for name, failure := range failures() {
		if prefix := h.provoke[failure]; prefix != "" {
			env.Provoke[name] = prefix
		}
	}
	if h.bundleSection != "" || h.comparedRecording != nil {
		env.Readings = h.readings // a control is the reference for them, and so is what a recording is compared with
	}
	if h.network != nil {
		env.Network = h.network.Name
	}
	env.Recording, env.Budgets = h.recording, h.budgets
	return env
}

// startService starts the service under test and waits until it is ready.
func (h *Session) startService(ctx context.Context) (err error) {
	if err := h.judgeRecording(ctx); err != nil {
		return err
	}
	env := h.environment()
	if !h.redact.AddSecret("training-key", env.TrainingKey) {
		h.warnings = append(
			h.warnings,
			fmt.Sprintf(
				"the training key is shorter than %d characters: it is not replaced where it appears in the evidence",
				evidence.ShortestSecret,
			),
		)
	}
	if h.service, err = target.Start(ctx, h.target, env); err != nil {
		return h.startError(err)
	}
	h.onClose(h.stopService)
	h.registerSecrets()
	if err := h.waitReady(ctx); err != nil {
		return err
	}
	h.client = h.clientOf(h.service.Endpoint, h.service.TrainingKey)
	h.progressf("target: %s at %s", h.target, h.service.Endpoint)
	return nil
}

// clientOf calls the service at that endpoint.
func (h *Session) clientOf(endpoint, key string) *client.Client {
	return &client.Client{Endpoint: endpoint, Version: h.readings[reading.APIVersion], Key: key,
		HTTP: h.http, Now: h.now, Timeout: h.budgets[budget.Request], Rate: h.rate}
}

// chooseDomain chooses the domain of the projects from those that the service offers.
func (h *Session) chooseDomain(ctx context.Context) error {
	var domains []trainingapi.Domain
	h.domainsResponse = h.redact.Exchange(h.client.GetDomains(ctx))
	h.recorder.recordOutside(h.domainsResponse)
	if err := trainingapi.Decode(h.domainsResponse, &domains); err != nil {
		h.warnings = append(h.warnings, "the domains are not known: "+err.Error())
		return nil
	}
	domain, ok := trainingapi.ChooseDomain(domains)
	if !ok {
		h.warnings = append(h.warnings, "the service offers no exportable classification domain; its default is used")
		return nil
	}
	h.domain = domain
	return nil
}

func (h *Session) performer() *perform.Performer {
	w := &perform.Performer{
		RunID:          h.id,
		Client:         h.client,
		LinkClient:     h.http,
		Account:        h.account,
		Observer:       h.observer,
		Budgets:        h.budgets,
		PollInterval:   h.poll,
		Now:            h.now,
		Redact:         h.redact,
		ServiceContext: h.serviceCtx,
		ProjectSettings: perform.ProjectSettings{
			Domain:          h.domain,
			BodyForm:        h.readings[reading.CreateForm] == "body",
			FailurePrefixes: h.provoke,
		},
		Hooks: perform.Hooks{OnUnconfirmedProject: h.unconfirmed.add},
	}
	h.attachRecorders(w)
	return w
}

func (h *Session) describeTarget() report.Target {
	t := report.Target{Kind: string(h.target.Kind), Endpoint: h.service.Endpoint, SeenEndpoint: h.service.SeenEndpoint,
		APIVersion: h.readings[reading.APIVersion], Domain: h.domain.Name, CertificateNotVerified: h.InsecureSkipVerify}
	return t
}

// connection names the account that the run writes to.
func (h *Session) connection() string {
	if h.azurite != nil {
		return h.azurite.ConnectionString()
	}
	return h.ConnectionString
}

// storageKind is what the storage is, and its version where that is known.
func (h *Session) storageKind() (kind, version string) {
	if h.azurite != nil {
		return string(h.azurite.Kind), h.azurite.Version
	}
	return h.Storage, ""
}

func (h *Session) describeStorage() report.StorageInfo {
	s := report.StorageInfo{
		BlobEndpoint:      h.account.BlobEndpoint().String(),
		QueueEndpoint:     h.account.QueueEndpoint().String(),
		SeenBlobEndpoint:  endpointSeenByService(h.observer.BlobURL(), h.account.Name(), h.account.BlobEndpoint()),
		SeenQueueEndpoint: endpointSeenByService(h.observer.QueueURL(), h.account.Name(), h.account.QueueEndpoint()),
	}
	s.Kind, s.Version = h.storageKind()
	return s
}

// endpointSeenByService is where the service reaches the account: on a gateway, or at its own
// endpoint.
func endpointSeenByService(gateway *url.URL, account string, own *url.URL) string {
	if gateway == nil {
		return strings.TrimSuffix(own.String(), "/")
	}
	return strings.TrimSuffix(gateway.String(), "/") + "/" + account
}
