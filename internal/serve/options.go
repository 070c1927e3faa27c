package serve

import (
	"io"
	"net"
	"slices"
	"time"

	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/fakes/customvision/outbound"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/internal/userr"
)

// Options configure [Run].
type Options struct {
	// Listen is the address of the API. Control is the address of its control plane;
	// "" means that there is none.
	Listen, Control string
	// TLS configures TLS for the API. The zero value means plain HTTP.
	TLS TLS
	// TrainingKey is the key to accept. "" means a random one.
	TrainingKey string
	// Storage is "auto", "container", "process" or "external". External storage is the
	// account of ConnectionString.
	Storage, ConnectionString string
	// AzuriteImage is the image of the Azurite container. "" means the pinned official
	// image.
	AzuriteImage string
	// AllowHosts are further hosts that the fake may connect to, for storage and for
	// images by URL; see [outbound.Hosts].
	AllowHosts []string
	// CAFile is a PEM file with certificate authorities that the fake trusts, besides those of the system and that of
	// its own certificate, when it connects to storage or fetches images and tokens. "" means none.
	CAFile string
	// Seed is the path of a seed file. "" means none.
	Seed string
	// EnvFile is the path of a file for endpoints and keys, as lines KEY=VALUE. "" means
	// none.
	EnvFile string
	// Command is a command to run while the fake serves, with its arguments. Its environment has the variables of
	// EnvFile. Empty means none.
	Command []string
	// Provoke maps a failure to the name prefix of the projects that show it.
	Provoke map[string]string
	// Defects are the names of the fake's defects; see package defect.
	Defects []string
	// TestFolder is the folder of the test blob. "" means [customvision.DefaultTestFolder].
	TestFolder string
	// MessageEncoding is "text" or "base64". "" means text.
	MessageEncoding string
	// TrainingTime, ExportTime and ImportTime are the durations of the fake's work.
	TrainingTime, ExportTime, ImportTime time.Duration
	// Grace is how long requests and work in progress may continue after the shutdown
	// began. 0 means DefaultGrace.
	Grace time.Duration
	// LogLevel is "debug", "info", "warn" or "error". LogFormat is "text" or "json".
	LogLevel, LogFormat string
	// Stdout receives the text for the user, Stderr the log.
	Stdout, Stderr io.Writer
	// Now returns the time, for the validity of certificates and SAS tokens.
	Now func() time.Time
}

// DefaultGrace is shorter than the ten seconds after which docker stop kills a container.
const DefaultGrace = 7 * time.Second

// The parts of error messages and hints that several checks share.
const (
	durationHint   = "durations look like 500ms, 30s, 5m"
	addressHint    = "addresses look like 127.0.0.1:8080, or :8080 for all interfaces"
	connectionHint = "check Options.ConnectionString"
)

// check returns a [userr.UsageError] if the options are invalid.
func (o Options) check() error {
	for _, check := range []func() error{o.checkStorage, o.checkAddresses, o.TLS.check, o.checkLog} {
		if err := check(); err != nil {
			return err
		}
	}
	if err := target.CheckProvocations(o.Provoke); err != nil {
		return userr.Usagef("", "%w", err)
	}
	if _, err := defect.Choose(o.Defects...); err != nil {
		return userr.Usagef("see steps.Defects", "%w", err)
	}
	if !slices.Contains([]string{"", "text", "base64"}, o.MessageEncoding) {
		return userr.Usagef("", "unknown message encoding %q (use text or base64)", o.MessageEncoding)
	}
	if o.TrainingTime <= 0 || o.ExportTime <= 0 || o.ImportTime <= 0 {
		return userr.Usagef(durationHint, "Options.TrainingTime, Options.ExportTime and Options.ImportTime must be positive")
	}
	return nil
}

func (o Options) checkStorage() error {
	if !slices.Contains([]string{"auto", "container", "process", "external"}, o.Storage) {
		return userr.Usagef("", "unknown storage %q (use auto, container, process or external)", o.Storage)
	}
	if o.Storage == "external" && o.ConnectionString == "" {
		return userr.Usagef("set Options.ConnectionString", "external storage needs a connection string")
	}
	return nil
}

func (o Options) checkAddresses() error {
	for _, address := range []struct{ field, value string }{{"Listen", o.Listen}, {"Control", o.Control}} {
		if address.value == "" {
			continue
		}
		if _, _, err := net.SplitHostPort(address.value); err != nil {
			return userr.Usagef(addressHint, "Options.%s: %w", address.field, err)
		}
	}
	if _, err := outbound.ParseHosts(o.AllowHosts...); err != nil {
		return userr.Usagef("", "Options.AllowHosts: %w", err)
	}
	return nil
}

func (o Options) checkLog() error {
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, o.LogLevel) {
		return userr.Usagef("", "unknown log level %q (use debug, info, warn or error)", o.LogLevel)
	}
	if o.LogFormat != "text" && o.LogFormat != "json" {
		return userr.Usagef("", "unknown log format %q (use text or json)", o.LogFormat)
	}
	return nil
}

// TLS configures TLS for the API. The zero value means plain HTTP. The control plane has
// no TLS.
type TLS struct {
	// Certificate and Key are the paths of PEM files.
	Certificate, Key string
	// Generate creates a certificate, with a certificate authority of its own.
	Generate bool
	// Hosts are host names and addresses for the created certificate, in addition to
	// those of this machine.
	Hosts []string
	// CAFile is the path to which the certificate of the created authority is written
	// for clients. "" means a temporary file.
	CAFile string
}

func (t TLS) isEnabled() bool { return t.Generate || t.Certificate != "" }

func (t TLS) check() error {
	const hint = "set Options.TLS.Certificate and Options.TLS.Key, or Options.TLS.Generate for a new certificate"
	switch {
	case (t.Certificate == "") != (t.Key == ""):
		return userr.Usagef(hint, "Options.TLS.Certificate and Options.TLS.Key must be set together")
	case t.Generate && t.Certificate != "":
		return userr.Usagef(hint, "Options.TLS.Generate and Options.TLS.Certificate exclude each other")
	case !t.Generate && t.CAFile != "":
		return userr.Usagef(hint, "Options.TLS.CAFile requires Options.TLS.Generate")
	case !t.Generate && len(t.Hosts) > 0:
		return userr.Usagef(hint, "Options.TLS.Hosts requires Options.TLS.Generate")
	}
	return nil
}
