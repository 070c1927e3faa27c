package steps

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/azurite"
	"github.com/cvconform/cvconform/fakes/customvision"
	"github.com/cvconform/cvconform/fakes/customvision/azurestorage"
)

// canary is the training key of every service in these tests. It must not appear in any report.
const canary = "c0ffee00canary11c0ffee22canary33"

// Prefixes of project names that make the fake fail.
const (
	failTraining = "no-training-"
	failExport   = "no-export-"
)

// options returns the options of a fake with short durations, which fails for projects with the
// agreed prefixes.
func options(t *testing.T) customvision.Options {
	t.Helper()
	storage, err := azurestorage.New(azurestorage.Options{ConnectionString: shared.connection(t)})
	require.NoError(t, err)
	return customvision.Options{TrainingKey: canary, Storage: storage,
		TrainingDuration: 5 * time.Millisecond, ExportDuration: 5 * time.Millisecond,
		FailTraining: []string{failTraining}, FailExport: []string{failExport}}
}

// serve serves the fake on loopback until the test ends, wrapped in the given middleware. It
// returns the configuration of a run over it.
func serve(t *testing.T, o customvision.Options, middleware ...func(http.Handler) http.Handler) Config {
	t.Helper()
	fake := customvision.New(o)
	var handler http.Handler = fake
	for _, wrap := range middleware {
		handler = wrap(handler)
	}
	url := listen(t, handler)
	t.Cleanup(func() { _ = fake.Close(context.Background()) })
	return configFor(t, url)
}

func listen(t *testing.T, h http.Handler) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

// configFor returns the configuration of a run over a running service.
func configFor(t *testing.T, url string) Config {
	t.Helper()
	c := shortBudgets(t)
	c.Target = url
	c.Provoke = map[string]string{"training-failure": failTraining, "export-failure": failExport}
	return c
}

// withDefects returns the configuration of a run over the fake with these defects.
func withDefects(t *testing.T, defects ...string) Config {
	t.Helper()
	c := shortBudgets(t)
	c.Defects = defects
	return c
}

// shortBudgets returns a configuration with short budgets, for events that never happen.
func shortBudgets(t *testing.T) Config {
	t.Helper()
	return Config{TrainingKey: canary, Storage: "external", ConnectionString: shared.connection(t),
		Budgets: map[string]time.Duration{"notification": 800 * time.Millisecond, "connection-test": 300 * time.Millisecond,
			"test-blob": 300 * time.Millisecond, "backup": 300 * time.Millisecond, "absence": 100 * time.Millisecond}}
}

// defaultBudgets resets the budgets of a configuration, for a service without defects: a busy
// machine must not make it exceed a budget.
func defaultBudgets(c Config) Config {
	c.Budgets = map[string]time.Duration{"absence": 100 * time.Millisecond}
	return c
}

// withBudgets replaces budgets of a configuration.
func withBudgets(c Config, budgets map[string]time.Duration) Config {
	c.Budgets = maps.Clone(c.Budgets)
	maps.Copy(c.Budgets, budgets)
	return c
}

// refusingStorage returns the connection string of a storage that accepts reads and refuses writes.
func refusingStorage(t *testing.T) string {
	t.Helper()
	endpoint := listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			w.WriteHeader(http.StatusInsufficientStorage)
			return
		}
		respondsWith(
			http.StatusOK,
			"application/xml",
			`<?xml version="1.0"?><EnumerationResults><Containers/><Queues/></EnumerationResults>`,
		)(
			w,
			r,
		)
	})) + "/" + azurite.AccountName
	return "DefaultEndpointsProtocol=http;AccountName=" + azurite.AccountName + ";AccountKey=" + azurite.AccountKey +
		";BlobEndpoint=" + endpoint + ";QueueEndpoint=" + endpoint
}
