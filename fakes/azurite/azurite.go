package azurite

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/cvconform/cvconform/internal/docker"
)

// Version is the Azurite that the lock file and [DefaultImage] pin.
const Version = "3.37.0"

// DefaultImage is Azurite's official image, pinned.
const DefaultImage = "mcr.microsoft.com/azure-storage/azurite:" + Version

// Alias is the name of an Azurite container on the network of [Options]. It has no dot: Azurite takes the first label of
// a dotted host name for the account.
const Alias = "azurite"

// The account that every Azurite has; its key is public knowledge.
const (
	AccountName = "devstoreaccount1"
	AccountKey  = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)

// Kind is how an Azurite runs.
type Kind string

// The kinds.
const (
	// Container is a container on a Docker engine.
	Container Kind = "container"
	// Process is a local Node.js process.
	Process Kind = "process"
)

// Options say how to start an Azurite. The zero value is usable.
type Options struct {
	// Kind is how it runs. Empty means a container if a Docker engine answers within 5 s and the image can be had, else
	// a process.
	Kind Kind
	// Image is the container's image. Empty means [DefaultImage].
	Image string
	// CacheDir holds what npm installs. Empty means cvconform in [os.UserCacheDir].
	CacheDir string
	// Network is a Docker network that a container joins as [Alias]. Empty means none.
	Network string
	// RunID goes into the labels of a container.
	RunID string
	// OAuth makes a process serve https, and take tokens beside keys. Nil means http, and keys alone. A container has none.
	OAuth *OAuth
	// Progress is told what takes long, a line at a time. Nil means silence.
	Progress func(line string)
}

// OAuth is what an Azurite needs that takes tokens: it does so over https only. It believes every token of the right form.
type OAuth struct {
	// CertificateFile and KeyFile are what it shows, as PEM.
	CertificateFile, KeyFile string
	// Roots are the authorities that the certificate is believed by.
	Roots *x509.CertPool
}

// arguments are those for the process; without OAuth there are none.
func (a *OAuth) arguments() []string {
	if a == nil {
		return nil
	}
	return []string{"--oauth", "basic", "--cert", a.CertificateFile, "--key", a.KeyFile}
}

// client is what asks the process for its version.
func (a *OAuth) client() *http.Client {
	if a == nil {
		return http.DefaultClient
	}
	return &http.Client{
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: a.Roots}, DisableKeepAlives: true},
	}
}

func (o Options) progress(format string, args ...any) {
	if o.Progress != nil {
		o.Progress(fmt.Sprintf(format, args...))
	}
}

// Instance is a running Azurite. Stop it after use.
type Instance struct {
	// Kind is how it runs.
	Kind Kind
	// Version is what it says of itself, for example 3.37.0.
	Version string
	// BlobURL and QueueURL are its services as this process reaches them: scheme, host and port, no account.
	BlobURL, QueueURL *url.URL

	backend backend
}

// backend is what a container and a process have in common.
type backend interface {
	Stop(context.Context) error
	Done() <-chan struct{}
	Log() string
}

// ConnectionString is what Azure's SDKs take, with the addresses of this process.
func (i *Instance) ConnectionString() string {
	return fmt.Sprintf("DefaultEndpointsProtocol=%s;AccountName=%s;AccountKey=%s;BlobEndpoint=%s;QueueEndpoint=%s;",
		i.BlobURL.Scheme, AccountName, AccountKey, i.BlobURL.JoinPath(AccountName), i.QueueURL.JoinPath(AccountName))
}

// Stop ends it and removes its data. Only the first call does anything; all return what that one did.
func (i *Instance) Stop(ctx context.Context) error { return i.backend.Stop(ctx) }

// Done is closed when it ended by itself, not by Stop.
func (i *Instance) Done() <-chan struct{} { return i.backend.Done() }

// Log is the last lines of its output, for error messages.
func (i *Instance) Log() string { return i.backend.Log() }

// Start starts an Azurite and returns when it answers; ctx bounds the start, not the life. The error is an
// [*UnavailableError] where this machine lacks what it takes, and holds a [*containers.ImageError] where only the image
// is missing.
func Start(ctx context.Context, o Options) (*Instance, error) {
	switch o.Kind {
	case Container:
		if err := docker.Probe(ctx); err != nil {
			return nil, &UnavailableError{Kind: Container, Err: err}
		}
		return startContainer(ctx, o)
	case Process:
		return startProcess(ctx, o)
	case "":
		return startAny(ctx, o)
	default:
		return nil, fmt.Errorf("azurite: unknown kind %q (want %q or %q)", o.Kind, Container, Process)
	}
}

func startAny(ctx context.Context, o Options) (*Instance, error) {
	if probeErr := docker.Probe(ctx); probeErr != nil {
		instance, err := startProcess(ctx, o)
		if missing := new(UnavailableError); errors.As(err, &missing) {
			return nil, &UnavailableError{Err: errors.Join(probeErr, missing.Err)}
		}
		return instance, err
	}
	instance, err := startContainer(ctx, o)
	if missing := new(docker.ImageError); !errors.As(err, &missing) {
		return instance, err
	}
	if findNode() != nil {
		return nil, err
	}
	o.progress("%v; using a local Azurite process instead", err)
	return startProcess(ctx, o)
}
