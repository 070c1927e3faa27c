package serve

import (
	"fmt"
	"io"
	"net"
	"slices"
	"time"

	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/fakes/customvision/outbound"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/steps"
)

// Options say what to serve, and where.
type Options struct {
	// Listen and Control are addresses to listen on, for the API and for its
	// control plane. Without Control there is none.
	Listen, Control string
	TLS             TLS
	// TrainingKey is the key to accept. "" means one made at random.
	TrainingKey string
	// Storage is auto, container, process or external. External storage is that
	// of ConnectionString.
	Storage, ConnectionString string
	// AzuriteImage is the image of a container. "" means the pinned official one.
	AzuriteImage string
	// AllowHosts lists further hosts that the fake may reach, for storage and for
	// images by URL; see [outbound.Hosts].
	AllowHosts []string
	// Seed is the name of a seed file. "" means none.
	Seed string
	// EnvFile gets what is printed too, as KEY=VALUE. "" means none.
	EnvFile string
	// Provoke maps failures to the beginnings of project names.
	Provoke map[string]string
	// Defects are the names of defects that the fake has; see package defect.
	Defects []string
	// TrainingTime, ExportTime and ImportTime are how long work takes.
	TrainingTime, ExportTime, ImportTime time.Duration
	// Grace is how long calls, and work that is being completed, may go on once
	// the server is to end. 0 means DefaultGrace.
	Grace time.Duration
	// LogLevel is debug, info, warn or error, LogFormat text or json.
	LogLevel, LogFormat string
	// Stdout gets what is for the user, Stderr the log.
	Stdout, Stderr io.Writer
	Now            func() time.Time
}

// DefaultGrace is less than the ten seconds after which docker stop kills.
const DefaultGrace = 7 * time.Second

// usage makes an error of the configuration, with the way out.
func usage(hint, format string, args ...any) error {
	return &steps.UsageError{Err: fmt.Errorf(format, args...), Hint: hint}
}

// check finds what is wrong before anything starts.
func (o Options) check() error {
	for _, check := range []func() error{o.checkStorage, o.checkAddresses, o.TLS.check, o.checkLog} {
		if err := check(); err != nil {
			return err
		}
	}
	if err := target.CheckProvocations(o.Provoke); err != nil {
		return usage("", "%w", err)
	}
	if _, err := defect.Choose(o.Defects...); err != nil {
		return usage("cvconform selftest --list shows all", "%w", err)
	}
	if o.TrainingTime <= 0 || o.ExportTime <= 0 || o.ImportTime <= 0 {
		return usage(
			"durations look like 500ms, 30s, 5m",
			"--training-time, --export-time and --import-time have to be positive",
		)
	}
	return nil
}

func (o Options) checkStorage() error {
	if !slices.Contains([]string{"auto", "container", "process", "external"}, o.Storage) {
		return usage("", "storage %q is none of auto, container, process, external", o.Storage)
	}
	if o.Storage == "external" && o.ConnectionString == "" {
		return usage("set AZURE_STORAGE_CONNECTION_STRING", "external storage needs its connection string")
	}
	return nil
}

func (o Options) checkAddresses() error {
	for _, address := range []struct{ flag, value string }{{"--listen", o.Listen}, {"--control", o.Control}} {
		if address.value == "" {
			continue
		}
		if _, _, err := net.SplitHostPort(address.value); err != nil {
			return usage("addresses look like 127.0.0.1:8080, or :8080 for all interfaces", "%s: %w", address.flag, err)
		}
	}
	if _, err := outbound.ParseHosts(o.AllowHosts...); err != nil {
		return usage("", "--allow-host: %w", err)
	}
	return nil
}
