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

// seedsVariable is how many random clouds are judged, where that is to be more.
const seedsVariable = "CVCONFORM_TEST_SEEDS"

// defaultSeeds is how many it is else.
const defaultSeeds = 14

// seeds are those of the clouds.
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
	return sample(list)
}

// Whatever a service does, and whenever: a run that lists storage never passes what
// somebody who saw everything would fail, and never fails what he would pass.
func TestPolledVerdictsNeverContradictTheGateway(t *testing.T) {
	testkit.Integration(t)
	t.Parallel()
	settled, open := 0, 0
	list := seeds(t)
	for _, seed := range list {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			s, change := randomCloudOptions(t, seed)
			inCloud(t, s, func(t *testing.T, c *cloud) {
				listed, truth := c.runAndRejudge(t, change(c.config()))
				a, b := assertConsistent(t, listed, truth)
				settled, open = settled+a, open+b
			})
		})
	}
	t.Logf("broken, and seen to be: %d; broken, and open: %d", settled, open)
	if len(list) >= defaultSeeds {
		assert.Positive(t, settled, "what is broken is seen to be")
		assert.Positive(t, open, "and sometimes cannot be seen")
	}
}

// randomCloudOptions is a random cloud, and the configuration of a run over it.
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
			c.Only = []string{"CVSI-CONNECT-0[4-8]", "CVSI-TRAIN-06", "CVSI-BACKUP-03", "CVSI-EXPORT-0[78]", "CVSI-UPDATE-03"}
		}
		c.Preflight, c.Skip = "off", []string{"CVSI-ACCESS-0[34]"} // which only a gateway can have judged
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

// runAndRejudge is what a run that lists storage says, and what it would have said
// had it seen everything when it happened.
func (c *cloud) runAndRejudge(t *testing.T, config Config) (listed *Report, truth engine.Outcome) {
	t.Helper()
	listed, err := Run(t.Context(), config)
	require.NoError(t, err)
	judge := withGateway(t, listed)
	trees := judge.ActTrees(t.Context())
	b, err := bundle.Open(config.Evidence)
	require.NoError(t, err)
	defer b.Close()
	var records []engine.TimelineRecord
	for i, s := range listed.Situations {
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
	return listed, truth
}

// assertBetween makes sure that an inferred operation was carried out between the two
// instants, but for what lists of blobs lag.
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
		did := gatewayOperation(w)
		return did.Name == op.Name && did.Resource == op.Resource && did.Object == op.Object &&
			did.MessageID == op.MessageID &&
			w.ETag == op.ETag &&
			!w.At.Before(from) &&
			!w.At.After(op.Ended)
	}), "%s %s%s was not done between %s and %s", op.Name, op.Object, op.MessageID, from, op.Ended)
}

// assertConsistent holds a report against the truth, scenario by scenario. It counts
// what is broken: as it was seen, and as nobody could see.
func assertConsistent(t *testing.T, listed *Report, truth engine.Outcome) (settled, open int) {
	t.Helper()
	assert.False(t, truth.GatewayBypassed, "somebody saw everything")
	for i, q := range truth.Requirements {
		for j, want := range q.Scenarios {
			got := listed.Requirements[i].Scenarios[j]
			assert.NotEqual(t, report.HarnessError, got.Verdict, "%s: %s", q.ID, got.Reason)
			switch {
			case !isBroken(want) && want.Verdict != report.Passed:
				assert.Equal(t, want.Verdict, got.Verdict, "%s:%d: %s, in truth: %s", q.ID, want.Line, got.Reason, want.Reason)
			case got.Verdict == report.Inconclusive && isBroken(want):
				open++
			case got.Verdict == report.Inconclusive:
			case isBroken(want) != isBroken(got):
				t.Errorf(
					"%s:%d %q is %s: %s; in truth it is %s: %s",
					q.ID,
					want.Line,
					want.Name,
					got.Verdict,
					got.Reason,
					want.Verdict,
					want.Reason,
				)
			case isBroken(want):
				settled++
			}
		}
	}
	return settled, open
}

func isBroken(s report.Scenario) bool {
	return s.Verdict == report.Failed || s.Verdict == report.Warned
}
