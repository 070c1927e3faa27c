package target

import (
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/evidence/recording"
)

// A Kind is a way to get a service under test.
type Kind string

// The kinds of targets.
const (
	Fake      Kind = "fake"      // the fake service in this process
	Container Kind = "container" // the fake service in a container
	Image     Kind = "image"     // an image
	Exec      Kind = "exec"      // a command
	Endpoint  Kind = "endpoint"  // a service that is already running
	Function  Kind = "function"  // a service that a Go function starts; Parse does not accept it
	Replay    Kind = "replay"    // a recorded service, in this process
	Null      Kind = "null"      // a server with one response to everything, for a control; Parse does not accept it
)

// A Spec is a parsed target.
type Spec struct {
	Kind  Kind
	Value string // the image, the command, the folder of a recording, or the URL without a path
}

// Parse parses fake, container, image:REF, exec:COMMAND, replay:DIR or http(s)://HOST[:PORT]. "" means fake.
func Parse(value string) (Spec, error) {
	kind, rest, _ := strings.Cut(value, ":")
	switch {
	case value == "" || value == string(Fake):
		return Spec{Kind: Fake}, nil
	case value == string(Container):
		return Spec{Kind: Container}, nil
	case kind == string(Exec) && strings.TrimSpace(rest) != "":
		_, err := splitCommand(rest)
		return Spec{Kind: Exec, Value: rest}, err
	case kind == string(Image) && rest != "":
		return Spec{Kind: Image, Value: rest}, nil
	case kind == string(Replay) && rest != "":
		return Spec{Kind: Replay, Value: rest}, nil
	case kind == "http" || kind == "https":
		return parseURL(value)
	}
	return Spec{}, fmt.Errorf(
		"unknown target %q (use fake, container, image:REF, exec:COMMAND, replay:DIR or http(s)://HOST[:PORT])", value)
}

func parseURL(value string) (Spec, error) {
	u, err := url.Parse(value)
	if err != nil {
		return Spec{}, fmt.Errorf("target %q is not a URL: %w", value, err)
	}
	if u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
		return Spec{}, fmt.Errorf("target %q: give scheme, host and port only; the path /customvision/… is added", value)
	}
	return Spec{Kind: Endpoint, Value: u.Scheme + "://" + u.Host}, nil
}

// String returns the value that Parse accepts.
func (s Spec) String() string {
	switch s.Kind {
	case Exec, Image, Replay:
		return string(s.Kind) + ":" + s.Value
	case Endpoint:
		return s.Value
	}
	return string(s.Kind)
}

// IsFake reports whether the target is the fake of this module.
func (s Spec) IsFake() bool { return s.Kind == Fake || s.Kind == Container }

// InContainer reports whether the service runs in a container, which needs a Docker engine and a network.
func (s Spec) InContainer() bool { return s.Kind == Container || s.Kind == Image }

// Local reports whether the service runs on this machine.
func (s Spec) Local() bool { return s.Kind != Endpoint || Loopback(s.Value) }

// Loopback reports whether the host of a URL is the machine itself.
func Loopback(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// Secure reports whether the service is reached over TLS, or may be, because it is not started yet.
func (s Spec) Secure() bool {
	return s.Kind == Function || s.Kind == Endpoint && strings.HasPrefix(s.Value, "https:")
}

// An Environment is the input of a service under test.
type Environment struct {
	TrainingKey      string            // CUSTOMVISION_TRAINING_KEY
	ConnectionString string            // AZURE_STORAGE_CONNECTION_STRING, with the endpoints that the service has to use
	RunID            string            // for the labels of containers
	Network          string            // Docker network that a container joins
	ExtraArgs        []string          // of a command, or of a container's command
	Progress         func(line string) // nil means that no progress is reported
	Start            StartFunc         // of a function
	FakeSettings
	ImageSettings
	ReplaySettings
}

// FakeSettings configure the fake.
type FakeSettings struct {
	Roots      *x509.CertPool    // that the fake in this process trusts; nil means those of the system
	Provoke    map[string]string // failure to name prefix
	AllowHosts []string          // more hosts that the fake in this process may connect to, for storage and images
	Defects    []defect.Defect
	Readings   map[string]string // readings that the fake follows; nil means its defaults
}

// ImageSettings configure an image.
type ImageSettings struct {
	Variables []string // NAME=VALUE; none of ReservedVariables
	Ports     []int    // that the image listens on, the API's first; nil means 8080
}

// ReplaySettings configure a replay.
type ReplaySettings struct {
	Recording *recording.Recording
	Budgets   budget.Set // of the run that judges the replay
}

// A Service is a service under test that was started or found. Optional functions are nil if they do not apply.
type Service struct {
	Endpoint     string // scheme, host and port, as the harness reaches the service
	SeenEndpoint string // as it is inside the service's network; "" if that is the same
	TrainingKey  string
	Stop         func(context.Context) error
	Done         <-chan struct{} // closed when the service has ended by itself; nil if that cannot be detected
	Log          func() string   // last lines of its output

	// Output returns all output up to the limit of [output.Capture], after Stop. Optional.
	Output func() string
	// Ended returns how the service ended, such as "exit status 3", after Done is closed. Optional.
	Ended func() string
	// OtherListeners describes where the service may listen instead of at Endpoint. Optional.
	OtherListeners func() string
	// ListenHint says where the service has to listen. "" means that the harness does not choose the address.
	ListenHint string
	// Secrets are the placeholders, by kind, that the service sends in place of secrets. nil means none.
	Secrets map[string][]string
	// Notes returns in which respects a replay deviates from the recorded service. Optional.
	Notes func() []string
}
