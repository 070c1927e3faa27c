package azurite

import (
	"fmt"
	"strings"

	"github.com/cvconform/cvconform/internal/docker"
)

// UnavailableError reports that this machine lacks the software that Azurite needs.
type UnavailableError struct {
	// Kind is the kind that was requested. Empty means that either would do.
	Kind Kind
	// Err is the result of the attempts.
	Err error
}

// Error implements error. It includes the remedy.
func (e *UnavailableError) Error() string {
	tried := strings.ReplaceAll(e.Err.Error(), "\n", "; ")
	return fmt.Sprintf("Azurite is not available: install %s (%s)", e.Remedy(), tried)
}

// Remedy names the software to install.
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

// Unwrap returns e.Err.
func (e *UnavailableError) Unwrap() error { return e.Err }

// withImageHint adds the ways out to an error about an image that is not available.
func withImageHint(err *docker.ImageError) error {
	return fmt.Errorf("%w; name another image in %s, or start Azurite as a local process (kind %q)",
		err, ImageVariable, Process)
}
