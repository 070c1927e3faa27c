package azurite

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/cvconform/cvconform/fakes/azurite/devaccount"
	"github.com/cvconform/cvconform/internal/docker"
)

// Version is the Azurite version that the lock file and [DefaultImage] pin.
const Version = "3.37.0"

// DefaultImage is the official Azurite image of [Version].
const DefaultImage = "mcr.microsoft.com/azure-storage/azurite:" + Version

// Alias is the host name of an Azurite container on the network [Options.Network]. It contains no dot, because Azurite
// takes the first label of a host name with dots for the name of the account.
const Alias = "azurite"

// AccountName and AccountKey are the name and the key of the account that every Azurite serves. Both are public.
const (
	AccountName = devaccount.Name
	AccountKey  = devaccount.Key
)

// Instance is a running Azurite. Call [Instance.Stop] after use.
type Instance struct {
	// Kind is how the instance runs: [Container] or [Process].
	Kind Kind
	// Version is the version that the instance reports, for example 3.37.0.
	Version string
	// BlobURL and QueueURL are the addresses of the two services for this process: scheme, host and port, without the
	// account.
	BlobURL, QueueURL *url.URL

	backend backend
}

// backend is the container or the process of an instance.
type backend interface {
	Stop(context.Context) error
	Done() <-chan struct{}
	Log() string
}

// Start starts Azurite and returns when it accepts requests. ctx bounds the start, not the lifetime of the instance.
//
// The error is an [*UnavailableError] if this machine has neither a Docker engine nor Node.js, as far as o.Kind needs
// them. If an engine is available but not the image, the error names the image and the ways out.
func Start(ctx context.Context, o Options) (*Instance, error) {
	switch o.Kind {
	case Container:
		if err := docker.Probe(ctx); err != nil {
			return nil, &UnavailableError{Kind: Container, Err: err}
		}
		return startContainer(ctx, o)
	case Process:
		return startProcess(ctx, o)
	case Auto, "":
		return startAny(ctx, o)
	default:
		return nil, fmt.Errorf("start Azurite: unknown kind %q (use %s, %s or %s)", o.Kind, Auto, Container, Process)
	}
}

// startAny starts a container, or a process if there is no Docker engine or no image.
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
	if checkNode() != nil {
		return nil, err
	}
	o.progress("%v; starting Azurite as a local process instead", err)
	return startProcess(ctx, o)
}

// ConnectionString returns the connection string for the Azure SDKs, with the addresses for this process.
func (i *Instance) ConnectionString() string {
	return fmt.Sprintf("DefaultEndpointsProtocol=%s;AccountName=%s;AccountKey=%s;BlobEndpoint=%s;QueueEndpoint=%s;",
		i.BlobURL.Scheme, AccountName, AccountKey, i.BlobURL.JoinPath(AccountName), i.QueueURL.JoinPath(AccountName))
}

// Stop stops the instance and deletes its data. It is idempotent: later calls return the result of the first.
func (i *Instance) Stop(ctx context.Context) error { return i.backend.Stop(ctx) }

// Done returns a channel that is closed when the instance exits without a call of [Instance.Stop].
func (i *Instance) Done() <-chan struct{} { return i.backend.Done() }

// Log returns the last lines of the instance's output, for error messages.
func (i *Instance) Log() string { return i.backend.Log() }
