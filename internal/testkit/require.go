// Package testkit declares requirements of tests: a test that needs a Docker engine or Node.js is skipped on machines
// without it. Its sub-packages are further helpers for tests. Only tests import them.
package testkit

import (
	"os"
	"os/exec"
	"testing"

	"github.com/cvconform/cvconform/internal/docker"
)

// RequireDocker skips a test if no Docker engine responds. If the environment contains CVCONFORM_REQUIRE_DOCKER=1, it
// fails the test instead.
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

// RequireNode skips a test if Node.js or npm, which a local Azurite needs, is missing.
func RequireNode(t testing.TB) {
	t.Helper()
	Integration(t)
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("needs %s for a local Azurite", tool)
		}
	}
}
