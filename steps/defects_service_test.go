package steps_test

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision"
	"github.com/cvconform/cvconform/fakes/customvision/azurestorage"
	"github.com/cvconform/cvconform/steps"
)

// canary is the training key of every service here. It must appear in no report.
const canary = "c0ffee00canary11c0ffee22canary33"

// The beginnings of project names that make the fake fail.
const (
	failTraining = "no-training-"
	failExport   = "no-export-"
)

// A service is the fake on its way to be served: what a fault may change.
type service struct {
	options customvision.Options
	around  []func(http.Handler) http.Handler // the innermost first
	posts   []post                            // between it and storage, in the order in which traffic passes them
}

// A fault changes a service. Its state belongs to that service alone.
type fault func(*service)

// wrap puts a handler around all that there is so far.
func (s *service) wrap(f func(next http.Handler, w http.ResponseWriter, r *http.Request)) {
	s.around = append(s.around, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { f(next, w, r) })
	})
}

// durations sets how long the fake's work takes.
func durations(training, export time.Duration) fault {
	return func(s *service) { s.options.TrainingDuration, s.options.ExportDuration = training, export }
}

// serve serves the fake with these faults on loopback until the test ends, and
// returns the configuration that judges it.
func serve(t *testing.T, faults ...fault) steps.Config {
	t.Helper()
	connection := shared.connection(t)
	storage, err := azurestorage.New(azurestorage.Options{ConnectionString: connection})
	require.NoError(t, err)
	s := &service{options: customvision.Options{TrainingKey: canary, Storage: storage,
		TrainingDuration: 5 * time.Millisecond, ExportDuration: 5 * time.Millisecond,
		FailTraining: []string{failTraining}, FailExport: []string{failExport}}}
	for _, f := range faults {
		f(s)
	}
	for _, p := range slices.Backward(s.posts) {
		p.Storage = s.options.Storage
		s.options.Storage = p
	}
	fake := customvision.New(s.options)
	var handler http.Handler = fake
	for _, wrap := range s.around {
		handler = wrap(handler)
	}
	url := listen(t, named(handler))
	t.Cleanup(func() { _ = fake.Close(context.Background()) })
	return configFor(t, url)
}

func listen(t *testing.T, h http.Handler) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

// configFor judges a service that runs, with budgets for what never comes.
func configFor(t *testing.T, url string) steps.Config {
	t.Helper()
	return steps.Config{Target: url, TrainingKey: canary, Storage: "external", ConnectionString: shared.connection(t),
		Provoke: map[string]string{"training-failure": failTraining, "export-failure": failExport},
		Budgets: map[string]time.Duration{"notification": 800 * time.Millisecond, "connection-test": 300 * time.Millisecond,
			"test-blob": 300 * time.Millisecond, "backup": 300 * time.Millisecond, "absence": 100 * time.Millisecond}}
}

// patient gives a configuration the usual budgets, for a service from which
// everything comes: a busy machine must not make it late.
func patient(c steps.Config) steps.Config {
	c.Budgets = map[string]time.Duration{"absence": 100 * time.Millisecond}
	return c
}

// with replaces budgets of a configuration.
func with(c steps.Config, budgets map[string]time.Duration) steps.Config {
	c.Budgets = maps.Clone(c.Budgets)
	maps.Copy(c.Budgets, budgets)
	return c
}
