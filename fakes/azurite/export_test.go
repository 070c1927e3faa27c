package azurite

import "testing"

// Kill kills the process of an instance.
func Kill(t *testing.T, instance *Instance) {
	t.Helper()
	if err := instance.backend.(*process).cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
}
