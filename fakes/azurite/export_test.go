package azurite

import "testing"

// Kill ends an instance's process from outside.
func Kill(t *testing.T, instance *Instance) {
	t.Helper()
	if err := instance.backend.(*process).cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
}
