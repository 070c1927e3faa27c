package azurite

import (
	"fmt"
	"strings"

	"github.com/cvconform/cvconform/internal/docker"
)

// UnavailableError says that this machine lacks what an Azurite needs.
type UnavailableError struct {
	// Kind is the kind that was asked for; empty if any would have done.
	Kind Kind
	// Err is what was tried and how it failed.
	Err error
}

func (e *UnavailableError) Error() string {
	tried := strings.ReplaceAll(e.Err.Error(), "\n", "; ")
	return fmt.Sprintf("no Azurite to be had: install %s (%s)", e.Remedy(), tried)
}

// Remedy is what to install.
func (e *UnavailableError) Remedy() string {
	const engine, node = "a Docker engine", "Node.js 20 or newer with npm"
	switch e.Kind {
	case Container:
		return engine
	case Process:
		return node
	default:
		return engine + ", or " + node
	}
}

func (e *UnavailableError) Unwrap() error { return e.Err }

// imageHint adds the ways out to an image that cannot be had.
func imageHint(err *docker.ImageError) error {
	return fmt.Errorf(
		"%w; name another with --azurite-image or CVCONFORM_AZURITE_IMAGE, or use a local process (--storage process)",
		err,
	)
}
