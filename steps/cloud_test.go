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

// A cloud is a service and a storage account as Azure has them, on a network of
// their own. What somebody else has there is there before.
type cloud struct {
	network      *testcloud.Network
	account      *storageaccount.Account
	service      *testcloud.Service
	randomDelays *randomDelayStorage                 // of the service; nil means none
	caFile       string                              // file with the authority of the service's certificate; "" without TLS
	onCall       atomic.Pointer[func(*http.Request)] // is told of every call before it is answered; nil means nobody is
}

// A cloudOptions is what a cloud is made of.
type cloudOptions struct {
	account      storageaccount.Options
	service      testcloud.ServiceOptions
	foreign      []string            // projects of somebody else
	tls          bool                // the service is behind TLS, with a certificate of nobody's
	randomDelays *randomDelayStorage // of the service; nil means that it has none
	// storage is what the service reaches in place of the account; nil means the account.
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

// newCloud is slow, as a cloud is, where the test does not say how slow.
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
	made, err := tlscert.New(time.Now(), c.service.Host())
	require.NoError(t, err)
	require.NoError(t, c.network.ServeTLS(c.service.Host(), c.notifyingHandler(c.service), made.Server))
	c.caFile = filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(c.caFile, made.Authority, 0o600))
}

// endpoint is the service as a target.
func (c *cloud) endpoint() string {
	if c.caFile != "" {
		return "https://" + c.service.Host()
	}
	return c.service.Endpoint()
}

// notifyingHandler tells of a call before it is answered.
func (c *cloud) notifyingHandler(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if called := c.onCall.Load(); called != nil {
			(*called)(r)
		}
		h.ServeHTTP(w, r)
	})
}

// addForeignResources puts into the account what is not the run's, with names that come near
// to those of a run.
func (c *cloud) addForeignResources(t *testing.T) {
	t.Helper()
	for _, name := range []string{"backups", "cvc-backups", "cvconform-backups", "cvc-20260101t000000-01-c1"} {
		require.NoError(t, c.account.AddContainer(name, "p - i.ONNX", []byte("somebody else's "+name)))
		require.NoError(t, c.account.AddQueue(name, "somebody else's "+name))
	}
}

// end leaves nothing running in the bubble.
func (c *cloud) end(t *testing.T) {
	c.network.Close()
	assert.NoError(t, c.service.Close(context.WithoutCancel(t.Context())))
	c.randomDelays.wait()
}

// config is that of a run over the cloud.
func (c *cloud) config() Config {
	return Config{
		Target: c.endpoint(), TrainingKey: c.service.Key(), CAFile: c.caFile,
		Storage: "external", ConnectionString: c.account.ConnectionString(), Yes: true,
		Provoke: map[string]string{"training-failure": "bad-training-", "export-failure": "bad-export-"},
		dial:    c.network.Dial,
	}
}

// contents is all that is in the cloud.
func (c *cloud) contents() []string { return append(c.service.Contents(), c.account.Contents()...) }

// changed is what is in the cloud and was not before (+), and what was and is no
// longer (-).
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

// refuseIntermittently has the service refuse everybody now and then, until ctx ends.
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

// runInCloud judges a cloud in which somebody else has something too, and says
// what that took.
func runInCloud(t *testing.T, c *cloud) *Report {
	t.Helper()
	return runInCloudWith(t, c, c.config())
}

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
	t.Logf("of storage it asked %v", c.account.Calls())
	assert.Empty(t, c.changed(before), "nothing is left behind, and nothing else is gone")
	return r
}

// retainingAccountNames are the names of the accounts that keep what was deleted.
func retainingAccountNames() []string { return sample([]string{"versions", "soft delete"}) }

// retainingAccounts are the accounts that keep what was deleted.
func retainingAccounts() map[string]storageaccount.Options {
	return map[string]storageaccount.Options{"soft delete": {SoftDelete: retention}, "versions": {Versioning: true}}
}

// An account that keeps what was deleted shows all that the contract asks for: also
// which came first, a backup or its message, where there is a second between.
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

// foreign are projects of somebody else, with names that come near to those of a run.
func foreign() []string { return []string{"fruit", "cvconform-fruit"} }

// A bad day: storage is slow and busy, its lists lag behind, and the service
// refuses calls now and then. What cannot be seen is inconclusive, and all the
// rest is conformant.
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
	t.Run("nothing is kept", func(t *testing.T) {
		withFaults(t, storageaccount.Options{}, func(r *Report) {
			assertConformantExcept(t, r, unobservableByPolling())
			assert.Equal(t, report.RunInconclusive, r.Verdict)
		})
	})
}

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

// assertConformantExcept makes sure that what is not settled could not be seen, for one of
// these reasons.
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
