package testkit

import "testing"

// Integration marks a test that starts Azurite, a container or another program, or that performs a complete run. With
// -short it skips the test, so that "make test-short" takes less than a minute and needs neither Node.js nor Docker.
func Integration(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("integration test: it does not run with -short")
	}
}
