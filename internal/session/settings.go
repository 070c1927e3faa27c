package session

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"math"
	"net"
	"net/url"
	"time"

	"golang.org/x/time/rate"

	"github.com/cvconform/cvconform/fakes/azurite"
	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/engine"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence/recording"
	"github.com/cvconform/cvconform/internal/reading"
	"github.com/cvconform/cvconform/internal/storage"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/internal/trainingapi/client"
	"github.com/cvconform/cvconform/internal/userr"
)

// Settings describe one run. Every value is checked, and every default is filled
// in.
type Settings struct {
	Target    Target
	Storage   StorageSettings
	Gateway   Gateway
	Network   Network
	Criteria  Criteria
	Pace      Pace
	Preflight Preflight
	Output    Output
	Approved  bool // a run over a service that is not on this machine may create things there
}

// Target describes the service under test and how it is started.
type Target struct {
	target.Spec
	TrainingKey     string                       // of a running service; "" means a random one
	Defects         []defect.Defect              // of the fake
	Provoke         map[situation.Failure]string // prefixes of project names that make the service fail
	Variables       []string                     // NAME=VALUE, further environment variables of an image
	VariableSecrets []string                     // values of Variables that come from the environment
	Ports           []int                        // that an image listens on, the API's first; nil means 8080
	FollowReadings  bool                         // the fake follows the readings of the run
	Start           target.StartFunc             // of a function; nil for other targets
	Recording       *recording.Recording         // of a replay; nil for other targets
	Compared        *recording.Recording         // that the run is compared with; nil if there is none
}

// StorageSettings describe the storage of a run.
type StorageSettings struct {
	Kind             string            // "auto", "container", "process", "external" or "azure"
	ConnectionString string            // of external storage
	Blob, Queue      *url.URL          // of azure storage; nil for any other
	AzuriteImage     string            // "" means the pinned official one
	CacheDir         string            // of the local Azurite; "" means the user's cache directory
	Shared           *azurite.Instance // Azurite of another session; nil means one of its own
	Options          storage.Options   // how azure storage is reached; the zero value uses the default credential
}

// External reports whether the storage exists apart from the run.
func (s StorageSettings) External() bool { return s.Kind == "external" || s.Kind == "azure" }

// UsesTLS reports whether the storage is reached over TLS. An invalid connection
// string is reported when the account is opened.
func (s StorageSettings) UsesTLS() bool {
	if s.Kind != "external" {
		return s.Kind == "azure"
	}
	a, err := storage.Open(s.ConnectionString, storage.Options{})
	return err == nil && (a.BlobEndpoint().Scheme == "https" || a.QueueEndpoint().Scheme == "https")
}

// Gateway describes where the gateway listens. The zero value leaves it to the
// target and the storage.
type Gateway struct {
	Disabled  bool
	Host      string // to listen on; "" if none is required
	Port      int    // of the blob service; 0 means any
	Advertise string // host by which the service reaches the gateway; "" means Host
}

// Network describes how the service and its storage are reached.
type Network struct {
	Roots              *x509.CertPool // trusted certificate authorities; nil means those of the system
	InsecureSkipVerify bool           // the certificate of the service is not verified
	Limit              rate.Limit     // calls to the service per second
	// Dial opens all connections to the service and its storage. nil means the
	// network of this machine.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// limiter returns a new limiter of calls to the service; nil means no limit.
func (n Network) limiter() *rate.Limiter {
	if n.Limit == rate.Inf || math.IsInf(float64(n.Limit), 1) {
		return nil
	}
	return rate.NewLimiter(n.Limit, 1)
}

// Definitions returns the step definitions for a profile and for the platforms to
// which the domain exports.
type Definitions func(profile situation.Integrations, platforms []string) engine.StepDefinitions

// Criteria select the requirements to judge, and the rules to judge them by.
type Criteria struct {
	ProfileName string
	Profile     situation.Integrations // the URIs that the profile claims
	Readings    reading.Set
	Budgets     budget.Set
	Only, Skip  []string // selectors of requirements
	Isolate     bool     // every scenario performs its situation separately
	Definitions Definitions
}

// Select returns the requirements that the selectors choose, and the ids of the
// others.
func (c Criteria) Select(
	catalogue *features.Catalogue,
) (chosen []features.Requirement, deselected []string, err error) {
	if chosen, deselected, err = engine.Select(catalogue, c.Only, c.Skip); err != nil {
		return nil, nil, &userr.UsageError{Err: err, Hint: "features.Load lists all requirements"}
	}
	return chosen, deselected, nil
}

// Profiles returns the integrations that each profile claims.
func Profiles() map[string]situation.Integrations {
	return map[string]situation.Integrations{
		"full":          {Queue: true, Container: true},
		"notifications": {Queue: true},
		"backup":        {Container: true},
	}
}

// Pace describes how fast a run goes on.
type Pace struct {
	Parallel     int           // situations performed at a time
	Tier         string        // pricing tier of the resource; "" means no limit of projects
	ProjectSlots int           // projects that the service takes at a time; 0 means any number
	PollInterval time.Duration // between two polls of a status, or of storage
}

// DefaultPace returns the pace for a service on this machine, or elsewhere.
func DefaultPace(local bool) Pace {
	if local {
		return Pace{Parallel: 8, PollInterval: 20 * time.Millisecond}
	}
	return Pace{Parallel: 2, PollInterval: 5 * time.Second}
}

// Tiers returns the number of projects that each pricing tier of a Custom Vision
// resource takes (limits and quotas of the service).
func Tiers() map[string]int { return map[string]int{"F0": 2, "S0": 100} }

// Preflight describes the checks before anything is judged.
type Preflight struct {
	Enabled      bool
	CheckStorage bool // also whether the service reaches the storage
	Fatal        bool // a failed check ends the run
}

// Output describes where results go.
type Output struct {
	Evidence string             // path of the evidence bundle; "" means none
	Sign     ed25519.PrivateKey // nil means that the bundle is not signed
	Record   string             // folder of the recording; "" means none
	Strict   bool               // a broken should fails the run
	Rerun    string             // the command that repeats the run, for reports
	Progress func(Progress)     // nil means no progress is reported
}

// Progress reports how a run goes on: one line of text, or how many situations
// are done.
type Progress struct {
	Line      string // "" if only the counts changed
	Done, All int    // situations performed; All is 0 before they are planned
	Title     string // of the situation that began or ended last
}

// Failures returns the failures that can be provoked, by name.
func Failures() map[string]situation.Failure {
	return map[string]situation.Failure{
		target.TrainingFailure: situation.TrainingFailure,
		target.ExportFailure:   situation.ExportFailure,
	}
}

// provokePrefixes returns the prefixes of project names by the name of the
// failure that they provoke.
func (t Target) provokePrefixes() map[string]string {
	prefixes := map[string]string{}
	for name, failure := range Failures() {
		if prefix := t.Provoke[failure]; prefix != "" {
			prefixes[name] = prefix
		}
	}
	return prefixes
}

// provoked returns the names of the failures that can be provoked.
func (t Target) provoked() (names []string) {
	prefixes := t.provokePrefixes()
	for _, name := range []string{target.TrainingFailure, target.ExportFailure} {
		if prefixes[name] != "" {
			names = append(names, name)
		}
	}
	return names
}

// FakeProvocations returns the prefixes that the fake is started with.
func FakeProvocations() map[situation.Failure]string {
	return map[situation.Failure]string{
		situation.TrainingFailure: "fail-training-",
		situation.ExportFailure:   "fail-export-",
	}
}

// NewClient returns a client of the service at endpoint, with a rate limit of its
// own.
func (s Settings) NewClient(endpoint, key string, now func() time.Time) *client.Client {
	return &client.Client{
		Endpoint: endpoint,
		Version:  s.Criteria.Readings[reading.APIVersion],
		Key:      key,
		HTTP: client.NewHTTP(client.HTTPOptions{
			Dial: s.Network.Dial, Roots: s.Network.Roots, Insecure: s.Network.InsecureSkipVerify,
		}),
		Now:     now,
		Timeout: s.Criteria.Budgets[budget.Request],
		Rate:    s.Network.limiter(),
	}
}
