package steps

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/bundle"

	"github.com/cvconform/cvconform/steps/report"
)

// A run creates as many resources of each kind as its plan says.
func TestRunCreatesTheThingsOfItsPlan(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Config){
		"all":           func(*Config) {},
		"notifications": func(c *Config) { c.Profile = "notifications" },
		"backup":        func(c *Config) { c.Profile = "backup" },
		"a selection":   func(c *Config) { c.Only = []string{"CVSI-TRAIN-*", "CVSI-ACCESS-03"} },
		"isolated":      func(c *Config) { c.Isolate, c.Only = true, []string{"CVSI-EXPORT-*", "CVSI-UPDATE-*"} },
		"a small tier":  func(c *Config) { c.Tier = "F0" },
		"by endpoint":   func(c *Config) { c.Target = serve(t, options(t)).Target },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := defaultBudgets(shortBudgets(t))
			change(&config)
			forecast, err := Plan(t.Context(), config)
			require.NoError(t, err)
			r := runJudged(t, config)
			require.NotNil(t, r.Run.Created)
			assert.Equal(t, forecast.Created, *r.Run.Created)
			assert.NotZero(t, r.Run.Created.Projects)
			assert.Empty(t, forecast.UnknownReason)
			var keys []string
			for _, s := range r.Situations {
				keys = append(keys, s.Key)
			}
			assert.Equal(t, forecast.Situations, keys)
		})
	}
}

// A plan counts all calls of the run, including the deletion of projects, except the polls of trainings and exports.
func TestRunMakesTheCallsOfItsPlan(t *testing.T) {
	t.Parallel()
	calls, polls := 0, 0
	config := defaultBudgets(serve(t, options(t)))
	config.Evidence = t.TempDir() + "/e.zip"
	forecast, err := Plan(t.Context(), config)
	require.NoError(t, err)
	r := runJudged(t, config)
	b, err := bundle.Open(config.Evidence)
	require.NoError(t, err)
	defer b.Close()
	for i := range r.Situations {
		text, err := b.Read(bundle.TimelineFile(i + 1))
		require.NoError(t, err)
		events, err := evidence.DecodeEvents(text)
		require.NoError(t, err)
		for _, e := range events {
			switch {
			case e.Kind != evidence.KindExchange:
			case e.Exchange.Call == "GetIteration" || e.Exchange.Call == "GetExports":
				polls++
			default:
				calls++
			}
		}
	}
	assert.Equal(t, forecast.Calls, calls+r.Run.Created.Projects, "the deletion of projects is in no timeline")
	assert.NotZero(t, polls)
}

// A plan requests the domains of a running service, and nothing else.
func TestPlanOnlyRequestsTheDomains(t *testing.T) {
	t.Parallel()
	var requests []string
	record := func(service http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			requests = append(requests, r.Method+" "+r.URL.Path)
			service.ServeHTTP(w, r)
		})
	}
	config := defaultBudgets(serve(t, options(t), record))
	forecast, err := Plan(t.Context(), config)
	require.NoError(t, err)
	assert.Equal(t, []string{"GET /customvision/v3.3/Training/domains"}, requests)
	assert.Equal(t, []string{"CoreML", "TensorFlow", "ONNX", "DockerFile", "VAIDK"}, forecast.Platforms)
	assert.Equal(
		t,
		[]any{config.Target, "v3.3", "full", ""},
		[]any{forecast.Target, forecast.APIVersion, forecast.Profile, forecast.UnknownReason},
	)
}

func TestPlanOfFewerPlatforms(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		unknown string
		exports int
	}{
		"two platforms": {respondsWith(200, "application/json", `[{"id":"1","type":"Classification","exportable":true,"exportablePlatforms":["ONNX","CoreML"]}]`), "", 13},
		"none":          {respondsWith(200, "application/json", `[{"id":"1","type":"Classification"}]`), "the service offers no exportable classification domain", 16},
		"no domains":    {respondsWith(503, "text/plain", "busy"), "GetDomains returned 503: busy", 16},
	} {
		t.Run(name, func(t *testing.T) {
			forecast, err := Plan(t.Context(), configFor(t, listen(t, c.handler)))
			require.NoError(t, err)
			assert.Equal(t, c.unknown, forecast.UnknownReason)
			assert.Equal(t, c.exports, forecast.Created.Exports)
		})
	}
	forecast, err := Plan(t.Context(), Config{Target: "exec:./service"})
	require.NoError(t, err)
	assert.Equal(t, "the service is not started yet", forecast.UnknownReason)
}

func TestPlanOfAnEmptySelection(t *testing.T) {
	for _, c := range []Config{{Target: "somewhere"}, {Only: []string{"CVSI-NOTHING"}}} {
		_, err := Plan(t.Context(), c)
		var usage *UsageError
		assert.ErrorAs(t, err, &usage)
	}
}

// remoteService returns the configuration of a service on another machine that cannot be reached.
func remoteService(t *testing.T) Config {
	t.Helper()
	c := withBudgets(
		configFor(t, "http://192.0.2.1:1"),
		map[string]time.Duration{"request": time.Millisecond, "ready": time.Millisecond},
	)
	return c
}

func TestRemoteServiceNeedsApproval(t *testing.T) {
	t.Parallel()
	for _, judge := range []func(Config) (*Report, error){
		func(c Config) (*Report, error) { return Run(t.Context(), c) },
		func(c Config) (*Report, error) { return Certify(t.Context(), c) },
	} {
		_, err := judge(remoteService(t))
		var usage *UsageError
		var missing *UnapprovedError
		require.ErrorAs(t, err, &usage)
		require.ErrorAs(t, err, &missing)
		assert.EqualError(
			t,
			err,
			"target http://192.0.2.1:1 is not on this machine: a run creates projects there, and trains them",
		)
		assert.Equal(t, "read the plan (steps.Plan), then set Config.Yes", Hint(err))
		assert.Equal(t, 14, missing.Forecast.Created.Trainings)
		assert.Contains(t, missing.Forecast.UnknownReason, "GetDomains got no response")
		approved := remoteService(t)
		approved.Yes = true
		_, err = judge(approved)
		var environment *EnvironmentError
		assert.True(t, errors.As(err, &environment), "approved, but not reachable: %v", err)
	}
}

func TestVerifyFindsAForgedCount(t *testing.T) {
	packed, r := few.get(t)
	require.NotNil(t, r.Run.Created)
	b := tamper(t, packed)
	b.editReport(runReport, func(r *Report) { r.Run.Created.Trainings++ })
	b.updateManifest()
	v, err := Verify(t.Context(), b.pack(), nil)
	require.NoError(t, err)
	assert.Regexp(t, `run.created.trainings is \d+, the evidence gives \d+`, strings.Join(v.Findings, "\n"))
	b.editReport(runReport, func(r *Report) { r.Run.Created = nil })
	b.updateManifest()
	v, err = Verify(t.Context(), b.pack(), nil)
	require.NoError(t, err)
	assert.Empty(t, v.Findings, "older reports have no counts")
	assert.NotEqual(t, report.Invalid, v.Report.Verdict)
}
