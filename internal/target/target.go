package target

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/evidence/recording"
)

// Kind is the way a service under test comes to be.
type Kind string

// The kinds of targets.
const (
	Fake      Kind = "fake"      // the fake service in this process
	Container Kind = "container" // the fake service in a container
	Image     Kind = "image"     // anyone's image
	Exec      Kind = "exec"      // anyone's command
	Endpoint  Kind = "endpoint"  // a service that runs already
	Replay    Kind = "replay"    // what was recorded of a service, in this process
	Null      Kind = "null"      // a server that answers everything alike, for a control; no value of --target
)

// A Spec is a parsed value of --target.
type Spec struct {
	Kind  Kind
	Value string // the image, the command, the folder of a recording, or the URL without a path
}

// Parse reads fake, container, image:REF, exec:COMMAND, replay:DIR, http(s)://HOST[:PORT].
// The empty value is fake.
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
		"target %q is none of fake, container, image:REF, exec:COMMAND, replay:DIR, http(s)://HOST[:PORT]",
		value,
	)
}

func parseURL(value string) (Spec, error) {
	u, err := url.Parse(value)
	if err != nil {
		return Spec{}, fmt.Errorf("target %q is no URL: %w", value, err)
	}
	if u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
		return Spec{}, fmt.Errorf("target %q: give scheme, host and port only; the path /customvision/… is added", value)
	}
	return Spec{Kind: Endpoint, Value: u.Scheme + "://" + u.Host}, nil
}

// String is the value as it was given.
func (s Spec) String() string {
	switch s.Kind {
	case Exec, Image, Replay:
		return string(s.Kind) + ":" + s.Value
	case Endpoint:
		return s.Value
	}
	return string(s.Kind)
}

// IsFake says whether the target is the project's own fake.
func (s Spec) IsFake() bool { return s.Kind == Fake || s.Kind == Container }

// InContainer says whether the service runs in a container, and needs a Docker
// engine and a network.
func (s Spec) InContainer() bool { return s.Kind == Container || s.Kind == Image }

// Local says whether the service runs on this machine.
func (s Spec) Local() bool { return s.Kind != Endpoint || Loopback(s.Value) }

// Loopback says whether an address leads to the machine that uses it.
func Loopback(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// Secure says whether the service is spoken to over TLS.
func (s Spec) Secure() bool { return s.Kind == Endpoint && strings.HasPrefix(s.Value, "https:") }

// An Environment is what a service is told.
type Environment struct {
	TrainingKey      string            // CUSTOMVISION_TRAINING_KEY
	ConnectionString string            // AZURE_STORAGE_CONNECTION_STRING, its endpoints as the service must reach them
	RunID            string            // for the labels of containers
	Network          string            // Docker network that a container joins
	Provoke          map[string]string // failure to name prefix; the fake only
	AllowHosts       []string          // further hosts that the fake may reach, for storage and images; the fake in this process only
	Defects          []defect.Defect   // of the fake
	Readings         map[string]string // that the fake follows where it has a choice; nil means its own choices
	ExtraArgs        []string          // of a container's command
	Variables        []string          // NAME=VALUE, further ones for an image; none of OwnVariables
	Ports            []int             // that an image listens on, the API's first; nil means 8080
	Progress         func(line string) // nil means silence

	Recording *recording.Recording // of a replay
	Budgets   budget.Set           // of whoever judges a replay
}

// A Service is a service under test that has been started, or found.
type Service struct {
	Endpoint     string // as the harness reaches it: scheme, host, port
	SeenEndpoint string // as it is inside its network; "" where that is the same
	TrainingKey  string
	Stop         func(context.Context) error
	Done         <-chan struct{} // closed when it ends by itself; nil where nobody can tell
	Log          func() string   // last lines of its output

	// Output is all of its output, as far as a transcript goes, once it has been
	// stopped; nil where it has none.
	Output func() string
	// Ended says how it ended, such as "exit status 3", once Done is closed; nil
	// where nobody can tell.
	Ended func() string
	// OtherListeners says, in words, where it may listen instead of at Endpoint; nil
	// where nobody can tell.
	OtherListeners func() string
	ListenHint     string              // where it has to listen, in words; "" where that is for others to say
	Secrets        map[string][]string // by kind, what the service says that has to be taken for secrets; nil: only its key
	Notes          func() []string     // what it did otherwise than it ought to; nil: it has nothing to say
}

// Start starts the service. It need not answer yet: see [Service.Await].
func Start(ctx context.Context, s Spec, env Environment) (*Service, error) {
	switch s.Kind {
	case Container:
		for _, failure := range []string{TrainingFailure, ExportFailure} {
			if prefix := env.Provoke[failure]; prefix != "" {
				env.ExtraArgs = append(env.ExtraArgs, "--provoke", failure+"="+prefix)
			}
		}
		env.ExtraArgs = append(env.ExtraArgs, defectArguments(env.Defects)...)
		return startContainer(ctx, env)
	case Image:
		return startImage(ctx, s.Value, env)
	case Exec:
		return startExec(ctx, s.Value, env)
	case Endpoint:
		return &Service{Endpoint: s.Value, TrainingKey: env.TrainingKey,
			Stop: func(context.Context) error { return nil }, Log: func() string { return "" }}, nil
	case Replay:
		return startReplay(ctx, env)
	case Null:
		return startNull(ctx, env)
	}
	return startFake(ctx, env)
}
