package steps

import (
	"context"
	"crypto/ed25519"
	"net"
	"time"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/reading"
	"github.com/cvconform/cvconform/internal/session"
	"github.com/cvconform/cvconform/internal/storage"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/internal/userr"
)

// Config describes the service to judge, its storage, and the rules. The zero value judges
// the fake service over Azurite.
type Config struct {
	// Target is the service under test: "fake", "container", "image:REF",
	// "exec:COMMAND", "replay:DIR" (a folder that Record wrote) or
	// "http(s)://HOST[:PORT]". "" means "fake".
	Target string
	// Start starts the service under test, in this process or elsewhere on this machine,
	// in place of Target. It returns the URL of the service, without a path, and a
	// function that stops it (nil if there is nothing to stop), which is called at the
	// end of the run. [Handler] returns such a function. nil means that Target names the
	// service.
	Start func(ctx context.Context, e Environment) (endpoint string, stop func(), err error)
	// TrainingKey is the key of a running service; it is required for an http(s)
	// target. A service that the run starts is given a random key if it is "".
	TrainingKey string
	// Storage is "auto" (a container if a Docker engine responds, else a local
	// process), "container", "process", "external" or "azure" (an account that is
	// reached with the identity that azidentity.NewDefaultAzureCredential finds). ""
	// means "auto".
	Storage string
	// ConnectionString names the account of external storage, where it is required.
	ConnectionString string
	// BlobAccount and QueueAccount name the account of azure storage, by its name or
	// by the https URLs of its services. BlobAccount is required there. If
	// QueueAccount is "", it is the queue service of the same account:
	// https://NAME.blob.SUFFIX implies https://NAME.queue.SUFFIX.
	BlobAccount, QueueAccount string
	// AzuriteImage is the image of Azurite containers. "" means the pinned official
	// one.
	AzuriteImage string
	// CacheDir is the folder where the local Azurite is installed. "" means the
	// user's cache directory.
	CacheDir string
	// GatewayListen says where the gateway listens through which the service reaches
	// its storage: "auto" (a gateway is used for a service on this machine or in a
	// container, over storage that has the account in its path), "off" (no gateway:
	// storage is polled), or HOST[:PORT], where PORT is that of the blob service and
	// the queue service is on the next. "" means "auto".
	GatewayListen string
	// GatewayAdvertise is the host by which the service reaches the gateway. "" means
	// the host of GatewayListen.
	GatewayAdvertise string
	// Profile is the part of the contract that the service claims: "full",
	// "notifications" or "backup". "" means "full".
	Profile string
	// Readings choose between meanings where the documentation is ambiguous; nil
	// means the defaults.
	Readings map[string]string
	// Only and Skip select requirements: ids, globs of ids, tag expressions. nil means
	// all, and none.
	Only, Skip []string
	// Parallel is how many situations are performed at a time. 0 means 8 for a
	// service on this machine, 2 for any other.
	Parallel int
	// Tier is the pricing tier of the service's resource, "F0" or "S0", which limits
	// the projects at a time. "" means no limit.
	Tier string
	// Yes approves a run over a service that is not on this machine, where it creates
	// projects and trains them; see [Plan]. Without it such a run is an error.
	Yes bool
	// Strict lets a broken should fail the run: [Test] fails, JUnit reports have a
	// failure, and the command exits with 1. The verdicts do not change.
	Strict bool
	// Isolate performs the situation of every scenario separately. Verdicts do not
	// change.
	Isolate bool
	// Budgets replace time limits of the preset by name; nil means none.
	Budgets map[string]time.Duration
	// Provoke maps a failure ("training-failure", "export-failure") to a prefix of
	// project names that makes the service fail so. nil means the prefixes of the
	// fake, and none for other services.
	Provoke map[string]string
	// Defects are names of faults that the fake is started with: see [Defects]. nil
	// means none. They are an error for targets other than "fake" and "container".
	Defects []string
	// Evidence is the path of the evidence bundle, a zip. During the run its content
	// is in the folder of that name with the suffix ".partial". "" means none.
	Evidence string
	// Record is the folder of a recording, which can be replayed; it must be new or
	// empty. "" means none.
	Record string
	// Sign signs the evidence bundle. nil means that it is not signed.
	Sign ed25519.PrivateKey
	// CAFile is a PEM file with certificate authorities that are trusted, besides
	// those of the system, for an https target and for https storage. "" means only
	// those of the system.
	CAFile string
	// InsecureSkipVerify accepts any certificate of an https target. Every report
	// says so.
	InsecureSkipVerify bool
	// Rate is the maximum of calls to the service per second. 0 means no limit for a
	// service on this machine, 1 for any other; infinity means no limit.
	Rate float64
	// Preflight selects the checks before anything is judged: "on" (whether the
	// service responds, accepts the key, serves the API, and reaches the storage; a
	// failed check ends the run), "off", or "auto": on for an http(s) target that is
	// not on this machine; for one that is, without the storage, and failed checks
	// are warnings. "" means "auto".
	Preflight string
	// ImageEnv are further environment variables of an image: NAME=VALUE, or NAME for
	// the value in the environment of this program. nil means none.
	ImageEnv []string
	// ImagePorts are the ports that an image listens on. The first is that of the
	// API; the image is given it in the environment variable PORT. nil means 8080.
	ImagePorts []int
	// Rerun is the command that repeats this run, but for the selection, as reports
	// show it. "" means that reports name none.
	Rerun string
	// Progress is called with the progress of the run; nil means that it is not
	// reported.
	Progress func(Progress)

	// dial opens all connections to the service and its storage; nil means the
	// network of this machine. Tests simulate a cloud with it.
	dial func(ctx context.Context, network, address string) (net.Conn, error)
	// pollInterval is the interval between polls of a status, or of storage. 0 means
	// the default of the target.
	pollInterval time.Duration
	// storageOptions says how azure storage is reached. Tests use their own
	// certificate authorities and tokens.
	storageOptions storage.Options
}

// Progress reports how a run goes on: Line is one line of text ("" if only the
// counts changed), Done and All count the situations performed (All is 0 before
// they are planned), and Title is the situation that began or ended last.
type Progress = session.Progress

func setPace(c Config, s *session.Settings) error {
	s.Pace = session.DefaultPace(s.Target.Local())
	s.Pace.Tier = c.Tier
	if c.Parallel < 0 {
		return userr.Usagef("", "parallel %d is negative", c.Parallel)
	}
	if c.Parallel > 0 {
		s.Pace.Parallel = c.Parallel
	}
	if c.pollInterval > 0 {
		s.Pace.PollInterval = c.pollInterval
	}
	if c.Tier == "" {
		return nil
	}
	limit, ok := session.Tiers()[c.Tier]
	if !ok {
		return userr.Usagef("", "unknown tier %q (use F0 or S0)", c.Tier)
	}
	s.Pace.ProjectSlots = limit
	return nil
}

func setProfile(c Config, s *session.Settings) error {
	s.Criteria.ProfileName = c.Profile
	if c.Profile == "" {
		s.Criteria.ProfileName = "full"
	}
	p, ok := session.Profiles()[s.Criteria.ProfileName]
	if !ok {
		return userr.Usagef("", "unknown profile %q (use full, notifications or backup)", c.Profile)
	}
	s.Criteria.Profile = p
	return nil
}

func setReadings(c Config, s *session.Settings) (err error) {
	s.Criteria.Readings, err = reading.Resolve(c.Readings)
	return err
}

func setBudgets(c Config, s *session.Settings) (err error) {
	preset := budget.Cloud()
	if s.Target.Local() {
		preset = budget.Local()
	}
	s.Criteria.Budgets, err = preset.With(c.Budgets)
	return err
}

// checkSigning checks that a signing key is given only for a bundle.
func checkSigning(c Config, _ *session.Settings) error {
	switch {
	case c.Sign == nil:
		return nil
	case c.Evidence == "":
		return userr.Usagef("set Config.Evidence too", "there is no evidence to sign")
	case len(c.Sign) != ed25519.PrivateKeySize:
		return userr.Usagef("", "the signing key has %d bytes, but an Ed25519 private key has %d",
			len(c.Sign), ed25519.PrivateKeySize)
	}
	return nil
}

// setPreflight selects the checks. A service on this machine may be unfinished: its
// gaps are found by the verdicts.
func setPreflight(c Config, s *session.Settings) error {
	running := s.Target.Kind == target.Endpoint
	elsewhere := running && !s.Target.Local()
	switch c.Preflight {
	case "", "auto":
		s.Preflight = session.Preflight{Enabled: running, CheckStorage: elsewhere, Fatal: elsewhere}
	case "on":
		if !running {
			return userr.Usagef("steps.Examine checks any target",
				"target %s is started by cvconform, so there is no preflight", s.Target)
		}
		s.Preflight = session.Preflight{Enabled: true, CheckStorage: true, Fatal: true}
	case "off":
	default:
		return userr.Usagef("", "unknown preflight %q (use auto, on or off)", c.Preflight)
	}
	return nil
}
