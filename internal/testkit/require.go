// Package testkit is for tests that need a Docker engine or Node.js:
// they run where it is there, and are skipped by name where it is not.
package testkit

import (
	"os"
	"os/exec"
	"testing"

	"github.com/cvconform/cvconform/internal/docker"
)

// RequireDocker skips a test where no engine answers, unless
// CVCONFORM_REQUIRE_DOCKER=1 says that one must.
func RequireDocker(t testing.TB) {
	t.Helper()
	Integration(t)
	err := docker.Probe(t.Context())
	switch {
	case err == nil:
	case os.Getenv("CVCONFORM_REQUIRE_DOCKER") == "1":
		t.Fatalf("CVCONFORM_REQUIRE_DOCKER=1, but %v", err)
	default:
		t.Skipf("needs Docker: %v", err)
	}
}

// RequireNode skips a test where a local Azurite cannot run.
func RequireNode(t testing.TB) {
	t.Helper()
	Integration(t)
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("needs %s for a local Azurite", tool)
		}
	}
}
