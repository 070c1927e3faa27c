package steps

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence/recording"
	"github.com/cvconform/cvconform/internal/reading"
	"github.com/cvconform/cvconform/internal/storage"
	"github.com/cvconform/cvconform/internal/target"
)

// Config says what to judge, over which storage, and how. The zero value judges
// the fake service over Azurite.
type Config struct {
	// Target is the service under test: "fake", "container", "image:REF",
	// "exec:COMMAND", "replay:DIR" (what a run with Record kept) or
	// "http(s)://HOST[:PORT]". "" means "fake".
	Target string
	// TrainingKey is the key of a service that runs already; others are given
	// one made at random. "" is an error for an http(s) target.
	TrainingKey string
	// Storage is "auto" (a container if a Docker engine answers, else a local
	// process), "container", "process", "external" or "azure" (an account that is
	// reached by identity: by what azidentity.NewDefaultAzureCredential finds). ""
	// means "auto".
	Storage string
	// ConnectionString names the account of external storage. "" is an error there.
	ConnectionString string
	// BlobAccount and QueueAccount name the account of azure storage: by its name, or
	// by the https URLs of its services. Where QueueAccount is "", it is the queue
	// service beside the blob service: https://NAME.blob.SUFFIX means
	// https://NAME.queue.SUFFIX too. BlobAccount "" is an error there.
	BlobAccount, QueueAccount string
	// AzuriteImage is the image of containers. "" means the pinned official one.
	AzuriteImage string
	// CacheDir is where the local process is installed. "" means the user's cache directory.
	CacheDir string
	// GatewayListen says where the gateway stands that the service reaches its
	// storage by: "auto" (where it can: for a service on this machine or in a
	// container, over storage that has the account in its path), "off" (nowhere:
	// storage is listed instead), or HOST[:PORT], blobs on PORT and queues on the
	// next. "" means "auto".
	GatewayListen string
	// GatewayAdvertise is the host by which the service reaches the gateway. "" means
	// the one that it listens on.
	GatewayAdvertise string
	// Profile is what the service claims: "full", "notifications" or "backup". "" means "full".
	Profile string
	// Readings choose between meanings where the sources disagree; nil means the defaults.
	Readings map[string]string
	// Only and Skip select requirements: ids, globs of ids, tag expressions. nil means all, and none.
	Only, Skip []string
	// Parallel is how many situations are performed at a time. 0 means 8 for a
	// service on this machine, 2 for one elsewhere.
	Parallel int
	// Tier is the pricing tier of the service's resource, "F0" or "S0": no more
	// projects are made at a time than it has places for. "" means that the service
	// has no such limit.
	Tier string
	// Yes approves a run over a service that is not on this machine, where it
	// creates projects and trains them; see [Plan]. Without it such a run is an
	// error.
	Yes bool
	// Isolate performs every scenario's situation for itself. Verdicts do not change.
	Isolate bool
	// Budgets replace budgets of the preset by name; nil means none.
	Budgets map[string]time.Duration
	// Provoke maps a failure ("training-failure", "export-failure") to the
	// beginning of project names that makes the service fail so. nil means what
	// the fake is told by itself, and nothing for others.
	Provoke map[string]string
	// Defects are misbehaviours that the fake has on purpose, by name: see
	// cvconform selftest --list. nil means none. They are an error for targets
	// other than "fake" and "container", which have their own.
	Defects []string
	// Evidence is the path of the evidence bundle, a zip that is written as things
	// happen: into a folder of that name and ".partial", which is packed in the end.
	// "" means none.
	Evidence string
	// Record is the folder that keeps the service's answers, to be replayed; it has
	// to be new, or empty. "" means none.
	Record string
	// Sign signs the evidence bundle. nil means that it is not signed.
	Sign ed25519.PrivateKey
	// CAFile is a PEM file with certificate authorities that an https target, and
	// storage that is reached over https, are believed by, beside the system's. ""
	// means the system's alone.
	CAFile string
	// InsecureSkipVerify believes an https target whatever certificate it shows.
	// Every report says so.
	InsecureSkipVerify bool
	// Rate is how many calls in a second the service gets at most. 0 means 1 for a
	// service elsewhere and no limit for one on this machine; infinity is no limit.
	Rate float64
	// Preflight is what is looked at before anything is judged: "on" (whether the
	// service answers, accepts the key, serves the API, and reaches the storage; a
	// failed check ends the run), "off", or "auto": on for an http(s) target that is
	// not on this machine; for one that is, without the storage, and as a warning
	// only. "" means "auto".
	Preflight string
	// ImageEnv are further variables of the environment of an image: NAME=VALUE, or
	// NAME alone for the value that it has in this program's. nil means none.
	ImageEnv []string
	// ImagePorts are the ports that an image listens on, the API's first, which is
	// what it is told as PORT. nil means 8080.
	ImagePorts []int
	// Rerun is the command that repeats this run, but for the selection, as reports
	// show it. "" means that reports name none.
	Rerun string
	// Progress is told how the run goes on; nil means nobody is.
	Progress func(Progress)

	// dial opens all connections to the service and its storage; nil means the
	// machine's own network. Tests stand a whole cloud behind it.
	dial func(ctx context.Context, network, address string) (net.Conn, error)
	// pollInterval is the pause between two looks at a status, or at storage that is listed.
	// 0 means what the target is given.
	pollInterval time.Duration
	// storageOptions reaches azure storage; the zero value is as users have it. Tests have
	// authorities and tokens of their own.
	storageOptions storage.Options
}

// Progress is one piece of news of a run: a line in words, or how far it is.
type Progress struct {
	Line      string // "" where only the counts changed
	Done, All int    // situations performed; All is 0 before the plan is made
	Title     string // of the situation that was begun or ended last
}

// Settings is a Config that has been checked, with every default filled in.
type settings struct {
	Config
	target       target.Spec
	profile      situation.Integrations
	readings     reading.Set
	budgets      budget.Set
	provoke      map[situation.Failure]string
	defects      []defect.Defect
	reach        networkConfig
	preflight    preflightMode
	poll         time.Duration
	blob         *url.URL // of azure storage; nil for any other
	queue        *url.URL
	gateway      gatewayConfig // where the gateway is to stand
	projectSlots int           // projects that the service takes at a time; 0 means any number
	cleanOnly    bool          // nothing is judged: what runs left is removed

	recording *recording.Recording // of a replay; nil for other targets
}

// settings checks the configuration of a run. Every error is a *UsageError.
func (c Config) settings() (settings, error) { return c.settingsFor(false) }

// settingsFor checks the configuration of a run, or of who sweeps up after runs. Every
// error is a *UsageError.
func (c Config) settingsFor(sweeps bool) (settings, error) {
	s := settings{Config: c, cleanOnly: sweeps}
	for _, part := range []func(*settings) error{setTarget, setReach, setPreflight, setStorage, setTrust, setGateway, setProfile, setReadings, setBudgets, setProvocations, setDefects, setEvidence, setTier, setRecording} {
		if err := part(&s); err != nil {
			var usage *UsageError
			if errors.As(err, &usage) {
				return s, usage
			}
			return s, &UsageError{Err: err}
		}
	}
	return s, nil
}

func setTarget(s *settings) (err error) {
	if s.target, err = target.Parse(s.Target); err != nil {
		return err
	}
	if s.target.Kind == target.Endpoint && s.TrainingKey == "" {
		return &UsageError{
			Err:  fmt.Errorf("target %s needs its training key", s.target),
			Hint: "set CVCONFORM_TRAINING_KEY or give --training-key-file",
		}
	}
	if s.Parallel < 0 {
		return fmt.Errorf("parallel %d is negative", s.Parallel)
	}
	if s.Parallel == 0 {
		s.Parallel = 2
		if s.target.Local() {
			s.Parallel = 8
		}
	}
	return nil
}

func setStorage(s *settings) error {
	switch s.Storage {
	case "":
		s.Storage = "auto"
	case "auto", "container", "process":
	case "external":
		if s.ConnectionString == "" {
			return &UsageError{
				Err:  errors.New("external storage needs its connection string"),
				Hint: "set AZURE_STORAGE_CONNECTION_STRING",
			}
		}
	case "azure":
		return setAzure(s)
	default:
		return fmt.Errorf("storage %q is none of auto, container, process, external, azure", s.Storage)
	}
	return rejectAccounts(s)
}

// profiles are the integrations that a service may claim.
func profiles() map[string]situation.Integrations {
	return map[string]situation.Integrations{"full": bothIntegrations, "notifications": queueOnly, "backup": containerOnly}
}

func setProfile(s *settings) error {
	if s.Profile == "" {
		s.Profile = "full"
	}
	p, ok := profiles()[s.Profile]
	if !ok {
		return fmt.Errorf("profile %q is none of full, notifications, backup", s.Profile)
	}
	s.profile = p
	return nil
}

func setReadings(s *settings) (err error) {
	s.readings, err = reading.Resolve(s.Readings)
	return err
}

func setBudgets(s *settings) (err error) {
	preset := budget.Cloud()
	s.poll = 5 * time.Second
	if s.target.Local() {
		preset = budget.Local()
		s.poll = 20 * time.Millisecond
	}
	if s.pollInterval > 0 {
		s.poll = s.pollInterval
	}
	s.budgets, err = preset.With(s.Budgets)
	return err
}

func setProvocations(s *settings) error {
	s.provoke = map[situation.Failure]string{}
	if s.target.IsFake() {
		s.provoke[situation.TrainingFailure], s.provoke[situation.ExportFailure] = "fail-training-", "fail-export-"
	}
	if err := target.CheckProvocations(s.Provoke); err != nil {
		return err
	}
	for name, prefix := range s.Provoke {
		s.provoke[failures()[name]] = prefix
	}
	return nil
}

func setDefects(s *settings) (err error) {
	if len(s.Defects) > 0 && !s.target.IsFake() {
		return &UsageError{
			Err:  fmt.Errorf("target %s cannot be given defects", s.target),
			Hint: "defects are those of the fake: targets fake and container",
		}
	}
	if s.defects, err = defect.Choose(s.Defects...); err != nil {
		return &UsageError{Err: err, Hint: "cvconform selftest --list shows all"}
	}
	return nil
}
