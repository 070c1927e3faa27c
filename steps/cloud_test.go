package steps

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision"
	"github.com/cvconform/cvconform/fakes/storageaccount"
	testcloud "github.com/cvconform/cvconform/internal/testkit/cloud"
	"github.com/cvconform/cvconform/internal/tlscert"

	"github.com/cvconform/cvconform/internal/testkit"
	"github.com/cvconform/cvconform/steps/report"
)

// cloud is a service and a storage account that behave like those of Azure, on a network of their
// own. Resources of other owners exist before the run.
type cloud struct {
	network      *testcloud.Network
	account      *storageaccount.Account
	service      *testcloud.Service
	randomDelays *randomDelayStorage                 // of the service; nil without random delays
	caFile       string                              // file with the certificate authority of the service; "" without TLS
	onCall       atomic.Pointer[func(*http.Request)] // is called before each request is handled; nil for no notification
}

// cloudOptions configures a cloud.
type cloudOptions struct {
	account      storageaccount.Options
	service      testcloud.ServiceOptions
	foreign      []string            // names of projects of other owners
	tls          bool                // serves TLS with a certificate of a private authority
	randomDelays *randomDelayStorage // of the service; nil without random delays
	// storage replaces the storage that the service writes to; nil for the account.
	storage func(*storageaccount.Account) customvision.Storage
}

// retention is how long an account with soft delete keeps a blob.
const retention = 7 * 24 * time.Hour

// inCloud runs a test on a virtual clock, over a cloud of its own.
func inCloud(t *testing.T, s cloudOptions, f func(t *testing.T, c *cloud)) {
	t.Helper()
	testkit.Integration(t)
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t, s)
		defer c.end(t)
		f(t, c)
	})
}

// newCloud starts a cloud. Latencies that the options do not set are those of a typical cloud.
func newCloud(t *testing.T, s cloudOptions) *cloud {
	t.Helper()
	if s.account.Latency == 0 {
		s.account.Latency = 30 * time.Millisecond
	}
	if s.service.Latency == 0 {
		s.service.Latency = 120 * time.Millisecond
	}
	c := &cloud{network: &testcloud.Network{}, account: storageaccount.New(s.account)}
	s.service.Storage, s.service.FailTraining, s.service.FailExport = c.account, "bad-training-", "bad-export-"
	if s.storage != nil {
		s.service.Storage = s.storage(c.account)
	}
	if s.randomDelays != nil {
		s.randomDelays.account, s.service.Storage, c.randomDelays = c.account, s.randomDelays, s.randomDelays
	}
	c.service = testcloud.NewService(s.service)
	require.NoError(t, c.network.Serve(c.account.BlobHost(), c.notifyingHandler(c.account.BlobHandler())))
	require.NoError(t, c.network.Serve(c.account.QueueHost(), c.notifyingHandler(c.account.QueueHandler())))
	c.serve(t, s.tls)
	require.NoError(t, c.service.SeedProjects(t.Context(), s.foreign...))
	c.addForeignResources(t)
	return c
}

// serve puts the service on the network.
func (c *cloud) serve(t *testing.T, secure bool) {
	t.Helper()
	if !secure {
		require.NoError(t, c.network.Serve(c.service.Host(), c.randomDelays.delayResponses(c.notifyingHandler(c.service))))
		return
	}
	certificate, err := tlscert.New(time.Now(), c.service.Host())
	require.NoError(t, err)
	require.NoError(t, c.network.ServeTLS(c.service.Host(), c.notifyingHandler(c.service), certificate.Server))
	c.caFile = filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(c.caFile, certificate.Authority, 0o600))
}

// endpoint returns the target URL of the service.
func (c *cloud) endpoint() string {
	if c.caFile != "" {
		return "https://" + c.service.Host()
	}
	return c.service.Endpoint()
}

// notifyingHandler calls c.onCall, if set, before each request is handled.
func (c *cloud) notifyingHandler(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if called := c.onCall.Load(); called != nil {
			(*called)(r)
		}
		h.ServeHTTP(w, r)
	})
}

// addForeignResources creates containers and queues that do not belong to the run, with names
// similar to those of a run.
func (c *cloud) addForeignResources(t *testing.T) {
	t.Helper()
	for _, name := range []string{"backups", "cvc-backups", "cvconform-backups", "cvc-20260101t000000-01-c1"} {
		require.NoError(t, c.account.AddContainer(name, "p - i.ONNX", []byte("foreign "+name)))
		require.NoError(t, c.account.AddQueue(name, "foreign "+name))
	}
}

// end stops everything that runs in the bubble.
func (c *cloud) end(t *testing.T) {
	c.network.Close()
	assert.NoError(t, c.service.Close(context.WithoutCancel(t.Context())))
	c.randomDelays.wait()
}

// config returns the configuration of a run over the cloud.
func (c *cloud) config() Config {
	return Config{
		Target: c.endpoint(), TrainingKey: c.service.Key(), CAFile: c.caFile,
		Storage: "external", ConnectionString: c.account.ConnectionString(), Yes: true,
		Provoke: map[string]string{"training-failure": "bad-training-", "export-failure": "bad-export-"},
		dial:    c.network.Dial,
	}
}

// contents lists everything that exists in the cloud.
func (c *cloud) contents() []string { return append(c.service.Contents(), c.account.Contents()...) }

// changed lists the differences from an earlier state: "+" for added and "-" for missing resources.
func (c *cloud) changed(before []string) (lines []string) {
	now := c.contents()
	for _, line := range before {
		if !slices.Contains(now, line) {
			lines = append(lines, "- "+line)
		}
	}
	for _, line := range now {
		if !slices.Contains(before, line) {
			lines = append(lines, "+ "+line)
		}
	}
	return lines
}

// refuseIntermittently makes the service refuse all calls for a few seconds at regular intervals,
// until ctx ends.
func (c *cloud) refuseIntermittently(ctx context.Context) {
	tick := time.NewTicker(100 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			c.service.Refuse(3*time.Second, http.StatusTooManyRequests)
		case <-ctx.Done():
			return
		}
	}
}

// runInCloud runs against the cloud with its default configuration.
func runInCloud(t *testing.T, c *cloud) *Report {
	t.Helper()
	return runInCloudWith(t, c, c.config())
}

// runInCloudWith runs against the cloud, logs the cost of the run and checks that the contents of
// the cloud did not change.
func runInCloudWith(t *testing.T, c *cloud, config Config) *Report {
	t.Helper()
	began, before := time.Now(), c.contents()
	r := runJudged(t, config)
	counts := c.service.Counts()
	t.Logf(
		"the run took %s of virtual time and %d calls: %+v",
		time.Since(began).Round(time.Second),
		counts.TotalCalls(),
		counts,
	)
	t.Logf("calls to storage: %v", c.account.Calls())
	assert.Empty(t, c.changed(before), "the run changed the contents of the cloud")
	return r
}

// retainingAccountNames returns the names of the accounts that retain deleted blobs.
func retainingAccountNames() []string { return []string{"versions", "soft delete"} }

// retainingAccounts returns the options of the accounts that retain deleted blobs, by name.
func retainingAccounts() map[string]storageaccount.Options {
	return map[string]storageaccount.Options{"soft delete": {SoftDelete: retention}, "versions": {Versioning: true}}
}

// An account that retains deleted blobs shows everything that the contract asks for. The order of a
// backup and its message is observed if they are a second apart.
func TestCloudIsConformant(t *testing.T) {
	t.Parallel()
	for _, name := range retainingAccountNames() {
		t.Run(name, func(t *testing.T) {
			a := retainingAccounts()[name]
			a.ServiceLatency = time.Second
			inCloud(t, cloudOptions{account: a, foreign: foreign(), tls: true}, func(t *testing.T, c *cloud) {
				assertConformant(t, runInCloud(t, c))
			})
		})
	}
}

// foreign returns names of projects that do not belong to the run, similar to those of a run.
func foreign() []string { return []string{"fruit", "cvconform-fruit"} }

// Storage is slow and busy, its lists lag, and the service refuses some calls. Requirements that
// cannot be observed are inconclusive, and all others are conformant.
func TestFaultyCloudIsConformantExceptUnobserved(t *testing.T) {
	t.Parallel()
	for _, name := range retainingAccountNames() {
		t.Run(name, func(t *testing.T) {
			withFaults(t, retainingAccounts()[name], func(r *Report) {
				assertConformantExcept(
					t,
					r,
					map[string]string{"CVSI-EXPORT-07": "order not observed: no poll falls between the backup and the message"},
				)
				assert.NotEqual(t, report.RunInconclusive, r.Verdict)
			})
		})
	}
	t.Run("no retention", func(t *testing.T) {
		withFaults(t, storageaccount.Options{}, func(r *Report) {
			assertConformantExcept(t, r, unobservableByPolling())
			assert.Equal(t, report.RunInconclusive, r.Verdict)
		})
	})
}

// withFaults runs in a cloud with slow and busy storage, lagging lists and intermittent refusals.
func withFaults(t *testing.T, a storageaccount.Options, f func(*Report)) {
	t.Helper()
	a.Latency, a.BusyEvery, a.ListLag = 250*time.Millisecond, 50, 2*time.Second
	s := cloudOptions{
		account: a,
		service: testcloud.ServiceOptions{Latency: 400 * time.Millisecond},
		foreign: foreign(),
	}
	inCloud(t, s, func(t *testing.T, c *cloud) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go c.refuseIntermittently(ctx)
		f(runInCloud(t, c))
		assert.Positive(t, c.service.Counts().Refused)
	})
}

// assertConformantExcept checks that every requirement is met or inconclusive for the expected
// reason.
func assertConformantExcept(t *testing.T, r *Report, unseen map[string]string) {
	t.Helper()
	for _, q := range r.Requirements {
		if q.Verdict != report.Inconclusive {
			assert.Contains(
				t,
				[]report.Verdict{report.Passed, report.Observed, report.NotApplicable},
				q.Verdict,
				"%s: %s",
				q.ID,
				q.Reason,
			)
			continue
		}
		assert.Contains(t, unseen, q.ID)
		assert.Contains(t, q.Reasons(), unseen[q.ID], q.ID)
	}
}
