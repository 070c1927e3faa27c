package azurite

import (
	"context"
	"testing"
)

// StartT starts Azurite with the zero [Options] for one test, and stops it when the test and its subtests end. It
// fails the test if Azurite cannot be started. A test that should be skipped instead calls [Start] and checks for an
// [*UnavailableError].
func StartT(t testing.TB) *Instance {
	t.Helper()
	instance, err := Start(t.Context(), Options{Progress: func(line string) { t.Log(line) }})
	if err != nil {
		t.Fatalf("start Azurite: %v", err)
	}
	t.Cleanup(func() {
		if err := instance.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("stop Azurite: %v", err)
		}
	})
	return instance
}
