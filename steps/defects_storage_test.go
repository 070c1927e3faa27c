package steps

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/azurite"
	"github.com/cvconform/cvconform/internal/testkit"
)

// shared is the Azurite that all tests of this binary use.
// parallelTests is the number of parallel tests. They wait more than they compute.
const parallelTests = "5"

var shared sharedAzurite

type sharedAzurite struct {
	once     sync.Once
	instance *azurite.Instance
	err      error
}

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", parallelTests); err != nil {
		panic(err)
	}
	code := m.Run()
	if err := shared.stop(); err != nil {
		fmt.Fprintln(os.Stderr, "stop Azurite:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// connection returns the connection string of the shared Azurite and starts it on first use. It
// skips the test without Node.js.
func (a *sharedAzurite) connection(t *testing.T) string {
	t.Helper()
	testkit.Integration(t)
	a.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
		defer cancel()
		a.instance, a.err = azurite.Start(ctx, azurite.Options{Kind: azurite.Process})
	})
	var missing *azurite.UnavailableError
	if errors.As(a.err, &missing) {
		t.Skipf("needs Azurite as a process (Node.js): %v", missing)
	}
	require.NoError(t, a.err)
	return a.instance.ConnectionString()
}

func (a *sharedAzurite) stop() error {
	if a.instance == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return a.instance.Stop(ctx)
}
