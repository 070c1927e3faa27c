package steps

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/cvconform/cvconform/internal/azurite"
	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/containers"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/gateway"
	"github.com/cvconform/cvconform/internal/perform"
	"github.com/cvconform/cvconform/internal/reading"
	"github.com/cvconform/cvconform/internal/recording"
	"github.com/cvconform/cvconform/internal/report"
	"github.com/cvconform/cvconform/internal/storage"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/internal/training"
)

// A house is everything that a run starts, in the order in which it is built;
// it is pulled down in the reverse order.
type house struct {
	settings
	id         string
	now        func() time.Time
	bundle     *evidence.Writer    // nil where no evidence is asked for
	records    *records            // of what is performed; nil where nobody keeps them
	part       string              // of the bundle that the run writes; "" is the run that the bundle is of
	lent       *azurite.Instance   // storage of another house; nil means its own
	network    *containers.Network // nil where nothing runs in a container beside storage
	azurite    *azurite.Instance   // nil with external storage
	account    *storage.Account
	gateway    *gateway.Gateway
	service    *target.Service
	client     *training.Client
	http       *http.Client
	domain     training.Domain
	redact     *evidence.Redactor
	tape       *tape           // of what the service answers; nil where nobody records
	unrecorded atomic.Int64    // calls that a replay did not know
	imitated   *recording.Head // of the recording that is compared with this run; nil where none is
	warnings   []string
	undo       []func(context.Context) error

	by       pair // the controls of a certificate; the zero pair means none
	controls report.Controls
}

func newHouse(s settings, bundle *evidence.Writer) *house {
	return &house{settings: s, id: uuid.NewString()[:8], now: newClock(), bundle: bundle, http: training.NewHTTP(training.HTTPOptions{Dial: s.dial}), redact: &evidence.Redactor{}}
}

// build starts storage, has the controls of a certificate judged, starts the
// gateway and the service under test, and looks at the domains that the service
// offers.
func (h *house) build(ctx context.Context) error {
	for _, part := range []func(context.Context) error{h.join, h.store, h.control, h.stand, h.start, h.survey} {
		if err := part(ctx); err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return err
		}
	}
	return nil
}

// close undoes what was built. It may be called twice.
func (h *house) close(ctx context.Context) error {
	var errs []error
	for i := len(h.undo) - 1; i >= 0; i-- {
		errs = append(errs, h.undo[i](ctx))
	}
	h.undo = nil
	return errors.Join(errs...)
}

func (h *house) later(f func(context.Context) error) { h.undo = append(h.undo, f) }

func (s settings) say(format string, args ...any) {
	if s.Progress != nil {
		s.Progress(Progress{Line: fmt.Sprintf(format, args...)})
	}
}

// join makes the private network of a service that runs in a container.
func (h *house) join(ctx context.Context) (err error) {
	if !h.target.Contained() {
		return nil
	}
	if err := containers.Probe(ctx); err != nil {
		return &EnvironmentError{Err: fmt.Errorf("target %s needs a Docker engine: %w", h.target, err), Hint: "start Docker, or choose another target"}
	}
	h.sweep(ctx)
	if h.network, err = containers.NewNetwork(ctx, h.id); err != nil {
		return &EnvironmentError{Err: err}
	}
	h.later(h.network.Remove)
	return nil
}

// sweep removes containers whose run is gone.
func (h *house) sweep(ctx context.Context) {
	n, err := containers.Sweep(ctx)
	if err != nil {
		h.warnings = append(h.warnings, "containers of earlier runs could not be removed: "+err.Error())
	}
	if n > 0 {
		h.say("removed %d containers and networks that an earlier run had left", n)
	}
}

// store starts Azurite, or finds the external account.
func (h *house) store(ctx context.Context) (err error) {
	connection := h.ConnectionString
	switch {
	case h.lent != nil:
		h.azurite, connection = h.lent, h.lent.ConnectionString()
	case h.Storage != "external":
		if connection, err = h.startAzurite(ctx); err != nil {
			return err
		}
	}
	if h.account, err = storage.Open(connection, storage.Options{Dial: h.dial}); err != nil {
		return &UsageError{Err: fmt.Errorf("the connection string of the storage: %w", err), Hint: "check AZURE_STORAGE_CONNECTION_STRING"}
	}
	if !pathStyle(h.account.BlobEndpoint(), h.account.Name()) || !pathStyle(h.account.QueueEndpoint(), h.account.Name()) {
		return &UsageError{Err: fmt.Errorf("storage %s cannot be judged through the gateway yet: its endpoints do not have the account in their path, as Azurite's do", h.account.BlobEndpoint()),
			Hint: "use --storage container or process, or an external Azurite"}
	}
	h.redact.Know("account-key", h.account.Key())
	if err := h.account.Ping(ctx); err != nil {
		return &EnvironmentError{Err: err, Hint: "is the storage running, and is its key right?"}
	}
	h.later(h.tidy)
	return nil
}

func (h *house) startAzurite(ctx context.Context) (string, error) {
	o := azurite.Options{Image: h.AzuriteImage, CacheDir: h.CacheDir, RunID: h.id, Progress: func(line string) { h.say("%s", line) }}
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
	h.later(started.Stop)
	if started.Kind == azurite.Container && h.network == nil {
		h.sweep(ctx)
	}
	h.say("storage: Azurite %s (%s) at %s and %s", started.Version, started.Kind, started.BlobURL, started.QueueURL)
	return started.ConnectionString(), nil
}

// tidyLimit bounds the removal of all queues and containers of a run.
const tidyLimit = time.Minute

// tidy removes queues and containers of this run that are still there.
func (h *house) tidy(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, tidyLimit)
	defer cancel()
	queues, blobs, err := h.account.Names(ctx, "cvc-"+h.id)
	errs := []error{err}
	for _, q := range queues {
		errs = append(errs, h.account.DeleteQueue(ctx, q))
	}
	for _, c := range blobs {
		errs = append(errs, h.account.DeleteContainer(ctx, c))
	}
	return errors.Join(errs...)
}

// stand puts the gateway between the service and its storage.
func (h *house) stand(ctx context.Context) (err error) {
	o := gateway.Options{Blob: root(h.account.BlobEndpoint()), Queue: root(h.account.QueueEndpoint()), Now: h.now}
	if h.network != nil {
		if o.Listen, o.Advertise, err = containers.HostAddress(ctx, h.network.Name); err != nil {
			return &EnvironmentError{Err: err}
		}
	}
	if h.gateway, err = gateway.Start(o); err != nil {
		return &EnvironmentError{Err: err}
	}
	h.later(h.gateway.Close)
	return nil
}

func root(u *url.URL) *url.URL { return &url.URL{Scheme: u.Scheme, Host: u.Host} }

// environment is what the service under test is told.
func (h *house) environment() target.Environment {
	key := h.TrainingKey
	if key == "" {
		key = strings.ReplaceAll(uuid.NewString(), "-", "") // 32 hexadecimal digits, as real keys have
	}
	env := target.Environment{TrainingKey: key, RunID: h.id, Provoke: map[string]string{}, Defects: h.defects,
		ConnectionString: h.account.WithEndpoints(h.gateway.BlobURL(), h.gateway.QueueURL()),
		Progress:         func(line string) { h.say("%s", line) }}
	for name, failure := range failures() {
		if prefix := h.provoke[failure]; prefix != "" {
			env.Provoke[name] = prefix
		}
	}
	if h.part != "" || h.imitated != nil {
		env.Readings = h.readings // a control is the reference for them, and so is what a recording is compared with
	}
	if h.network != nil {
		env.Network = h.network.Name
	}
	env.Recording, env.Budgets = h.recording, h.budgets
	return env
}

// start starts the service under test and waits until it is ready.
func (h *house) start(ctx context.Context) (err error) {
	if h.service, err = target.Start(ctx, h.target, h.environment()); err != nil {
		return &EnvironmentError{Err: fmt.Errorf("target %s: %w", h.target, err)}
	}
	h.later(h.service.Stop)
	if !h.redact.Know("training-key", h.service.TrainingKey) {
		h.warnings = append(h.warnings, fmt.Sprintf("the training key is shorter than %d characters: it is not replaced where it appears in the evidence", evidence.ShortestSecret))
	}
	h.heed()
	version := h.readings[reading.APIVersion]
	if err := h.service.Await(ctx, h.http, version, h.budgets[budget.Ready]); err != nil {
		return &EnvironmentError{Err: fmt.Errorf("target %s: %w", h.target, err), Hint: "--budget ready=DURATION gives it longer"}
	}
	h.client = &training.Client{Endpoint: h.service.Endpoint, Version: version, Key: h.service.TrainingKey,
		HTTP: h.http, Now: h.now, Timeout: h.budgets[budget.Request]}
	h.say("target: %s at %s", h.target, h.service.Endpoint)
	return nil
}

// survey chooses the domain of the projects from those that the service offers.
func (h *house) survey(ctx context.Context) error {
	var domains []training.Domain
	x := h.redact.Exchange(h.client.GetDomains(ctx))
	h.tape.aside(x)
	if err := training.Decode(x, &domains); err != nil {
		h.warnings = append(h.warnings, "the domains are not known: "+err.Error())
		return nil
	}
	domain, ok := training.ChooseDomain(domains)
	if !ok {
		h.warnings = append(h.warnings, "the service offers no exportable classification domain; its default is used")
		return nil
	}
	h.domain = domain
	return nil
}

func (h *house) world() *perform.World {
	w := &perform.World{RunID: h.id, Client: h.client, Links: h.http, Account: h.account, Sight: h.gateway, Budgets: h.budgets,
		Domain: h.domain, BodyForm: h.readings[reading.CreateForm] == "body", Provoke: h.provoke, Poll: h.poll, Now: h.now, Redact: h.redact}
	h.write(w)
	return w
}

func (h *house) describeTarget() report.Target {
	t := report.Target{Kind: string(h.target.Kind), Endpoint: h.service.Endpoint, SeenEndpoint: h.service.SeenEndpoint,
		APIVersion: h.readings[reading.APIVersion], Domain: h.domain.Name}
	return t
}

// connection names the account that the run writes to.
func (h *house) connection() string {
	if h.azurite != nil {
		return h.azurite.ConnectionString()
	}
	return h.ConnectionString
}

// storageKind is what the storage is, and its version where that is known.
func (h *house) storageKind() (kind, version string) {
	if h.azurite != nil {
		return string(h.azurite.Kind), h.azurite.Version
	}
	return "external", ""
}

func (h *house) describeStorage() report.Storage {
	s := report.Storage{BlobEndpoint: h.account.BlobEndpoint().String(), QueueEndpoint: h.account.QueueEndpoint().String(),
		SeenBlobEndpoint:  seen(h.gateway.BlobURL(), h.account),
		SeenQueueEndpoint: seen(h.gateway.QueueURL(), h.account)}
	s.Kind, s.Version = h.storageKind()
	return s
}

func seen(u *url.URL, a *storage.Account) string {
	return strings.TrimSuffix(u.String(), "/") + "/" + a.Name()
}
