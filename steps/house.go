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

	"github.com/cvconform/cvconform/internal/azurite"
	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/containers"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/naming"
	"github.com/cvconform/cvconform/internal/perform"
	"github.com/cvconform/cvconform/internal/reading"
	"github.com/cvconform/cvconform/internal/recording"
	"github.com/cvconform/cvconform/internal/report"
	"github.com/cvconform/cvconform/internal/sight"
	"github.com/cvconform/cvconform/internal/storage"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/internal/training"
)

// A house is everything that a run starts, in the order in which it is built;
// it is pulled down in the reverse order.
type house struct {
	settings
	id       string
	now      func() time.Time
	bundle   *evidence.Writer    // nil where no evidence is asked for
	records  *records            // of what is performed; nil where nobody keeps them
	part     string              // of the bundle that the run writes; "" is the run that the bundle is of
	lent     *azurite.Instance   // storage of another house; nil means its own
	network  *containers.Network // nil where nothing runs in a container beside storage
	azurite  *azurite.Instance   // nil with external storage
	account  *storage.Account
	sight    sight.Sight
	seeing   check.Sight // what the sight is worth to those who judge
	service  *target.Service
	client   *training.Client
	http     *http.Client
	rate     *rate.Limiter     // of the calls to the service; nil means no limit
	alive    context.Context   // ends when the service has ended by itself
	offered  evidence.Exchange // the domains
	domain   training.Domain
	findings []Finding // of what was looked at before
	redact   *evidence.Redactor
	suspects suspects
	tape     *tape // of what the service answers; nil where nobody records
	warnings []string
	undo     []func(context.Context) error

	unrecorded atomic.Int64    // calls that a replay did not know
	imitated   *recording.Head // of the recording that is compared with this run; nil where none is

	by       pair // the controls of a certificate; the zero pair means none
	controls report.Controls
}

func newHouse(s settings, bundle *evidence.Writer) *house {
	now, redact := newClock(), &evidence.Redactor{}
	redact.Know("training-key", s.TrainingKey) // of a service that runs already, which may repeat it
	return &house{settings: s, id: naming.RunID(now(), rand.Uint32()), now: now, bundle: bundle, http: training.NewHTTP(s.options()), rate: s.reach.limiter(),
		redact: redact, warnings: s.unverified()}
}

// build starts storage, has the controls of a certificate judged, stands the
// gateway or looks at storage itself, starts the service under test, and looks at
// the domains that the service offers and the room that it has. A service that
// runs already is looked at before the controls.
func (h *house) build(ctx context.Context) error {
	if !h.target.Local() {
		h.say("run: %s", h.id)
	}
	for _, warning := range h.unverified() {
		h.say("warning: %s", warning)
	}
	parts := []func(context.Context) error{h.join, h.store, h.control, h.stand, h.start, h.survey, h.makeRoom}
	if h.target.Kind == target.Endpoint {
		parts = []func(context.Context) error{h.join, h.store, h.stand, h.start, h.survey, h.look, h.preflight, h.control, h.makeRoom}
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
	case !h.lasting():
		if connection, err = h.startAzurite(ctx); err != nil {
			return err
		}
	}
	if h.account, err = h.open(connection); err != nil {
		return err
	}
	if _, err := h.intercepts(); err != nil {
		return err
	}
	h.redact.Know("account-key", h.account.Key())
	if err := h.account.Ping(ctx); err != nil {
		return h.unreached(err)
	}
	h.later(h.tidy)
	return h.permitted(ctx)
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

// environment is what the service under test is told.
func (h *house) environment() target.Environment {
	key := h.TrainingKey
	if key == "" {
		key = strings.ReplaceAll(uuid.NewString(), "-", "") // 32 hexadecimal digits, as real keys have
	}
	env := target.Environment{TrainingKey: key, RunID: h.id, Provoke: map[string]string{}, Defects: h.defects,
		ConnectionString: h.seenConnection(),
		Variables:        h.reach.variables, Ports: h.ImagePorts,
		Progress: func(line string) { h.say("%s", line) }}
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
	env := h.environment()
	if env.Settled, err = h.settled(ctx); err != nil {
		return err
	}
	if !h.redact.Know("training-key", env.TrainingKey) {
		h.warnings = append(h.warnings, fmt.Sprintf("the training key is shorter than %d characters: it is not replaced where it appears in the evidence", evidence.ShortestSecret))
	}
	if h.service, err = target.Start(ctx, h.target, env); err != nil {
		return h.unstarted(err)
	}
	h.later(h.leave)
	h.heed()
	if err := h.await(ctx); err != nil {
		return err
	}
	h.client = h.clientOf(h.service.Endpoint, h.service.TrainingKey)
	h.say("target: %s at %s", h.target, h.service.Endpoint)
	return nil
}

// clientOf calls the service at that endpoint.
func (h *house) clientOf(endpoint, key string) *training.Client {
	return &training.Client{Endpoint: endpoint, Version: h.readings[reading.APIVersion], Key: key,
		HTTP: h.http, Now: h.now, Timeout: h.budgets[budget.Request], Rate: h.rate}
}

// survey chooses the domain of the projects from those that the service offers.
func (h *house) survey(ctx context.Context) error {
	var domains []training.Domain
	h.offered = h.redact.Exchange(h.client.GetDomains(ctx))
	h.tape.aside(h.offered)
	if err := training.Decode(h.offered, &domains); err != nil {
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
	w := &perform.World{RunID: h.id, Client: h.client, Links: h.http, Account: h.account, Sight: h.sight, Budgets: h.budgets,
		Domain: h.domain, BodyForm: h.readings[reading.CreateForm] == "body", Provoke: h.provoke, Poll: h.poll, Now: h.now, Redact: h.redact,
		Suspect: h.suspects.add, Alive: h.alive}
	h.write(w)
	return w
}

func (h *house) describeTarget() report.Target {
	t := report.Target{Kind: string(h.target.Kind), Endpoint: h.service.Endpoint, SeenEndpoint: h.service.SeenEndpoint,
		APIVersion: h.readings[reading.APIVersion], Domain: h.domain.Name, Unverified: h.InsecureSkipVerify}
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
	return h.Storage, ""
}

func (h *house) describeStorage() report.Storage {
	s := report.Storage{BlobEndpoint: h.account.BlobEndpoint().String(), QueueEndpoint: h.account.QueueEndpoint().String(),
		SeenBlobEndpoint:  seen(h.sight.BlobURL(), h.account.Name(), h.account.BlobEndpoint()),
		SeenQueueEndpoint: seen(h.sight.QueueURL(), h.account.Name(), h.account.QueueEndpoint())}
	s.Kind, s.Version = h.storageKind()
	return s
}

// seen is where the service reaches the account: on a gateway, or at its own
// endpoint.
func seen(gateway *url.URL, account string, own *url.URL) string {
	if gateway == nil {
		return strings.TrimSuffix(own.String(), "/")
	}
	return strings.TrimSuffix(gateway.String(), "/") + "/" + account
}
