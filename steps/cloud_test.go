package steps_test

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/cloudtest"
	"github.com/cvconform/cvconform/internal/report"
	"github.com/cvconform/cvconform/steps"
)

// A cloud is a service and a storage account as Azure has them, on a network of
// their own. What somebody else has there is there before.
type cloud struct {
	network *cloudtest.Network
	account *cloudtest.Account
	service *cloudtest.Service
	called  func(*http.Request) // is told of every call before it is answered; nil means nobody is
}

// A sky is what a cloud is made of.
type sky struct {
	account cloudtest.AccountOptions
	service cloudtest.ServiceOptions
	foreign []string // projects of somebody else
}

// retention is how long an account with soft delete keeps a blob.
const retention = 7 * 24 * time.Hour

// inCloud runs a test on a virtual clock, over a cloud of its own.
func inCloud(t *testing.T, s sky, f func(t *testing.T, c *cloud)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t, s)
		defer c.end(t)
		f(t, c)
	})
}

// newCloud is slow, as a cloud is, where the test does not say how slow. That it
// takes its time between backup and message lets a listing see which came first.
func newCloud(t *testing.T, s sky) *cloud {
	t.Helper()
	if s.account.Latency == 0 {
		s.account.Latency, s.account.ServiceLatency = 30*time.Millisecond, 5*time.Second
	}
	if s.service.Latency == 0 {
		s.service.Latency = 120 * time.Millisecond
	}
	c := &cloud{network: &cloudtest.Network{}, account: cloudtest.NewAccount(s.account)}
	s.service.Storage, s.service.FailTraining, s.service.FailExport = c.account, "bad-training-", "bad-export-"
	c.service = cloudtest.NewService(s.service)
	for host, h := range map[string]http.Handler{c.account.BlobHost(): c.account.Blobs(), c.account.QueueHost(): c.account.Queues(), c.service.Host(): c.service} {
		require.NoError(t, c.network.Serve(host, c.telling(h)))
	}
	require.NoError(t, c.service.Begin(t.Context(), s.foreign...))
	c.inhabit(t)
	return c
}

// telling tells of a call before it is answered.
func (c *cloud) telling(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c.called != nil {
			c.called(r)
		}
		h.ServeHTTP(w, r)
	})
}

// inhabit puts into the account what is not the run's, with names that come near
// to those of a run.
func (c *cloud) inhabit(t *testing.T) {
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
}

// config is that of a run over the cloud.
func (c *cloud) config() steps.Config {
	return steps.Dialled(steps.Config{
		Target: c.service.Endpoint(), TrainingKey: c.service.Key(),
		Storage: "external", ConnectionString: c.account.ConnectionString(), Yes: true,
		Provoke: map[string]string{"training-failure": "bad-training-", "export-failure": "bad-export-"},
	}, c.network.Dial)
}

// contents is all that is in the cloud.
func (c *cloud) contents() []string { return append(c.service.Contents(), c.account.Contents()...) }

// storms has the service refuse everybody now and then, until ctx ends.
func (c *cloud) storms(ctx context.Context) {
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

// judgedInCloud judges a cloud in which somebody else has something too, and says
// what that took.
func judgedInCloud(t *testing.T, c *cloud) *steps.Report {
	t.Helper()
	began, before := time.Now(), c.contents()
	r := judged(t, c.config())
	counts := c.service.Counts()
	t.Logf("the run took %s of virtual time and %d calls: %+v", time.Since(began).Round(time.Second), counts.Asked(), counts)
	t.Logf("of storage it asked %v", c.account.Calls())
	assert.Equal(t, before, c.contents(), "nothing is left behind, and nothing else is gone")
	return r
}

// keeping are the accounts that keep what was deleted.
func keeping() map[string]cloudtest.AccountOptions {
	return map[string]cloudtest.AccountOptions{"soft delete": {SoftDelete: retention}, "versions": {Versioning: true}}
}

// An account that keeps what was deleted shows all that the contract asks for.
func TestACloudIsConformant(t *testing.T) {
	t.Parallel()
	for name, a := range keeping() {
		t.Run(name, func(t *testing.T) {
			inCloud(t, sky{account: a, foreign: foreign()}, func(t *testing.T, c *cloud) {
				isConformant(t, judgedInCloud(t, c))
			})
		})
	}
}

// foreign are projects of somebody else, with names that come near to those of a run.
func foreign() []string { return []string{"fruit", "cvconform-fruit"} }

// An account that keeps nothing, on a bad day: it is slow and busy, its lists lag
// behind, and the service refuses calls now and then. What cannot be seen is
// inconclusive, and all the rest is conformant.
func TestACloudOnABadDayIsConformantButForWhatCannotBeSeen(t *testing.T) {
	t.Parallel()
	const blob, order, overwritten = "comes and goes between two looks", "which was stored first", "have the account keep versions"
	for name, c := range map[string]struct {
		account cloudtest.AccountOptions
		unseen  map[string]string
	}{
		"nothing is kept": {unseen: map[string]string{"CVSI-CREATE-06": blob, "CVSI-UPDATE-03": blob, "CVSI-TRAIN-08": blob, "CVSI-BACKUP-07": blob, "CVSI-ACCESS-01": blob,
			"CVSI-BACKUP-03": overwritten, "CVSI-EXPORT-07": order}},
		"soft delete": {keeping()["soft delete"], map[string]string{"CVSI-EXPORT-07": order}},
		"versions":    {keeping()["versions"], map[string]string{"CVSI-EXPORT-07": order}},
	} {
		t.Run(name, func(t *testing.T) {
			c.account.Latency, c.account.BusyEvery, c.account.ListLag = 250*time.Millisecond, 50, 2*time.Second
			s := sky{account: c.account, service: cloudtest.ServiceOptions{Latency: 400 * time.Millisecond}, foreign: foreign()}
			inCloud(t, s, func(t *testing.T, cloud *cloud) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				go cloud.storms(ctx)
				isConformantBut(t, judgedInCloud(t, cloud), c.unseen)
				assert.Positive(t, cloud.service.Counts().Refused)
			})
		})
	}
}

// isConformantBut makes sure that what is not settled could not be seen, for these
// reasons.
func isConformantBut(t *testing.T, r *steps.Report, unseen map[string]string) {
	t.Helper()
	got := map[string]string{}
	for _, q := range r.Requirements {
		if q.Verdict != report.Inconclusive {
			assert.Contains(t, []report.Verdict{report.Passed, report.Observed, report.NotApplicable}, q.Verdict, "%s: %s", q.ID, q.Reason)
			continue
		}
		got[q.ID] = q.Reason
		assert.Contains(t, q.Reason, unseen[q.ID], q.ID)
	}
	assert.ElementsMatch(t, slices.Collect(maps.Keys(unseen)), slices.Collect(maps.Keys(got)), got)
}
