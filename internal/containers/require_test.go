package containers_test

import (
	"os"
	"testing"

	"github.com/cvconform/cvconform/internal/containers"
)

// requireDocker skips a test where no engine answers, unless CVCONFORM_REQUIRE_DOCKER=1 says that one must.
func requireDocker(t *testing.T) {
	t.Helper()
	err := containers.Probe(t.Context())
	switch {
	case err == nil:
	case os.Getenv("CVCONFORM_REQUIRE_DOCKER") == "1":
		t.Fatalf("CVCONFORM_REQUIRE_DOCKER=1, but %v", err)
	default:
		t.Skipf("needs Docker: %v", err)
	}
}
