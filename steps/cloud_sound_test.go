package steps

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/fakes/storageaccount"
	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/engine"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/bundle"
	"github.com/cvconform/cvconform/internal/session"
	testcloud "github.com/cvconform/cvconform/internal/testkit/cloud"

	"github.com/cvconform/cvconform/internal/testkit"
	"github.com/cvconform/cvconform/steps/report"
)

// seedsVariable is the environment variable that sets the number of random clouds.
const seedsVariable = "CVCONFORM_TEST_SEEDS"

// defaultSeeds is the number of random clouds without the variable.
const defaultSeeds = 14

// seeds returns the seeds of the random clouds.
func seeds(t *testing.T) (list []uint64) {
	t.Helper()
	n := defaultSeeds
	if text := os.Getenv(seedsVariable); text != "" {
		var err error
		n, err = strconv.Atoi(text)
		require.NoError(t, err)
	}
	for i := range n {
		list = append(list, uint64(i))
	}
	return list
}

// A run that polls storage never passes a scenario that a run with the gateway would fail, and
// never fails one that it would pass, regardless of the service and its timing.
func TestPolledVerdictsNeverContradictTheGateway(t *testing.T) {
	testkit.Integration(t)
	t.Parallel()
	detected, inconclusive := 0, 0
	list := seeds(t)
	for _, seed := range list {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			s, change := randomCloudOptions(t, seed)
			inCloud(t, s, func(t *testing.T, c *cloud) {
				polled, truth := c.runAndRejudge(t, change(c.config()))
				a, b := assertConsistent(t, polled, truth)
				detected, inconclusive = detected+a, inconclusive+b
			})
		})
	}
	t.Logf("broken and detected: %d; broken and inconclusive: %d", detected, inconclusive)
	if len(list) >= defaultSeeds {
		assert.Positive(t, detected, "no broken scenario was detected")
		assert.Positive(t, inconclusive, "no broken scenario was inconclusive")
	}
}

// randomCloudOptions returns the options of a random cloud and a function that configures a run
// over it.
func randomCloudOptions(t *testing.T, seed uint64) (cloudOptions, func(Config) Config) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 0))
	s := cloudOptions{randomDelays: newRandomDelayStorage(seed)}
	s.account = retainingAccounts()[[]string{"soft delete", "versions", ""}[r.IntN(3)]]
	s.account.Key, s.account.Latency, s.account.ServiceLatency = defect.AccountKey, randomBetween(
		r,
		5*time.Millisecond,
		time.Second,
	), 1
	if oneIn(r, 3) {
		s.account.BusyEvery = 20 + r.IntN(40)
	}
	absence := randomBetween(r, 5*time.Second, time.Minute)
	s.randomDelays.lag = time.Duration(r.IntN(3)) * absence / 2
	lags := rand.New(rand.NewPCG(seed, 1))
	s.account.ListLags = func() time.Duration { return time.Duration(lags.Int64N(int64(s.randomDelays.lag) + 1)) }
	s.service = testcloud.ServiceOptions{Latency: randomBetween(r, 5*time.Millisecond, time.Second),
		Training: randomBetween(
			r,
			time.Millisecond,
			20*time.Second,
		), Export: randomBetween(r, time.Millisecond, 20*time.Second)}
	budgets := map[string]time.Duration{budget.Absence: absence}
	for _, name := range []string{budget.ConnectionTest, budget.TestBlob, budget.StatusLag} {
		budgets[name] = randomBetween(r, time.Second, time.Minute)
	}
	readings := map[string]string{}
	if all := defect.All(); oneIn(r, 2) {
		d := all[r.IntN(len(all))]
		t.Logf("defect %s", d.Name)
		s.service.Defects = []defect.Defect{d}
		maps.Copy(readings, d.Conditions.Readings)
	}
	pace, parallel := randomBetween(r, 500*time.Millisecond, 10*time.Second), 1+r.IntN(4)
	return s, func(c Config) Config {
		c.Budgets, c.Readings, c.Parallel, c.Rate = budgets, readings, parallel, 100
		if !oneIn(r, 4) {
			c.Only = []string{"CVSI-CONNECT-0[4-8]", "CVSI-TRAIN-06", "CVSI-BACKUP-08", "CVSI-EXPORT-0[78]", "CVSI-UPDATE-03"}
		}
		c.Preflight, c.Skip = "off", []string{"CVSI-ACCESS-0[34]"} // which need the gateway
		c.Evidence = filepath.Join(t.TempDir(), "evidence.zip")
		c.pollInterval = pace
		return c
	}
}

// withGateway returns an engine that judges by the rules of a report, but as if the
// gateway had observed storage.
func withGateway(t *testing.T, r *Report) *engine.Run {
	t.Helper()
	catalogue, err := features.Load()
	require.NoError(t, err)
	observed := r.Run
	observed.Visibility = report.Visibility{}
	rules, err := session.ReadRules(observed, definitions)
	require.NoError(t, err)
	chosen, _, err := engine.Select(catalogue, observed.Selection.Only, observed.Selection.Skip)
	require.NoError(t, err)
	return rules.Engine(chosen)
}

// runAndRejudge returns the report of a run that polls storage, and the outcome of the same run as
// if the gateway had observed storage.
func (c *cloud) runAndRejudge(t *testing.T, config Config) (polled *Report, truth engine.Outcome) {
	t.Helper()
	polled, err := Run(t.Context(), config)
	require.NoError(t, err)
	judge := withGateway(t, polled)
	trees := judge.ActTrees(t.Context())
	b, err := bundle.Open(config.Evidence)
	require.NoError(t, err)
	defer b.Close()
	var records []engine.TimelineRecord
	for i, s := range polled.Situations {
		text, err := b.Read(bundle.TimelineFile(i + 1))
		require.NoError(t, err)
		events, err := evidence.DecodeEvents(text)
		require.NoError(t, err)
		for _, e := range events {
			c.assertBetween(t, e.Operation)
		}
		records = append(
			records,
			engine.TimelineRecord{
				Key:     s.Key,
				Started: s.Started,
				Events:  (&gatewayView{trees[i].Exclusive, c.account.Writes(), s.Started, config.Budgets}).rewrite(events),
				Error:   s.Error,
			},
		)
	}
	truth, err = judge.Rejudge(t.Context(), records)
	require.NoError(t, err)
	return polled, truth
}

// assertBetween checks that an inferred operation was carried out in the recorded interval. For
// blobs the interval begins earlier by the lag of the lists.
func (c *cloud) assertBetween(t *testing.T, op *evidence.Operation) {
	t.Helper()
	if op == nil {
		return
	}
	from := op.Began
	if op.Service == evidence.Blob {
		from = from.Add(-c.randomDelays.lag)
	}
	assert.True(t, slices.ContainsFunc(c.account.Writes(), func(w storageaccount.Write) bool {
		written := gatewayOperation(w)
		return written.Name == op.Name && written.Resource == op.Resource && written.Object == op.Object &&
			written.MessageID == op.MessageID &&
			w.ETag == op.ETag &&
			!w.At.Before(from) &&
			!w.At.After(op.Ended)
	}), "%s %s%s was not carried out between %s and %s", op.Name, op.Object, op.MessageID, from, op.Ended)
}

// assertConsistent compares a report with the true outcome, scenario by scenario. It counts the
// broken scenarios that were detected and those that were inconclusive.
func assertConsistent(t *testing.T, polled *Report, truth engine.Outcome) (detected, inconclusive int) {
	t.Helper()
	assert.False(t, truth.GatewayBypassed, "storage is observed completely")
	for i, q := range truth.Requirements {
		for j, want := range q.Scenarios {
			got := polled.Requirements[i].Scenarios[j]
			assert.NotEqual(t, report.HarnessError, got.Verdict, "%s: %s", q.ID, got.Reason)
			switch {
			case !isBroken(want) && want.Verdict != report.Passed:
				assert.Equal(t, want.Verdict, got.Verdict, "%s:%d: %s, expected: %s", q.ID, want.Line, got.Reason, want.Reason)
			case got.Verdict == report.Inconclusive && isBroken(want):
				inconclusive++
			case got.Verdict == report.Inconclusive:
			case isBroken(want) != isBroken(got):
				t.Errorf(
					"%s:%d %q is %s: %s; expected %s: %s",
					q.ID,
					want.Line,
					want.Name,
					got.Verdict,
					got.Reason,
					want.Verdict,
					want.Reason,
				)
			case isBroken(want):
				detected++
			}
		}
	}
	return detected, inconclusive
}

func isBroken(s report.Scenario) bool {
	return s.Verdict == report.Failed || s.Verdict == report.Warned
}
