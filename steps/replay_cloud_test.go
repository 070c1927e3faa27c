package steps

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/fakes/storageaccount"

	"github.com/cvconform/cvconform/internal/testkit"
	"github.com/cvconform/cvconform/steps/report"
)

// cloudOptionSets returns options of accounts that differ in the operations that polling can observe: immediate or late lists,
// short or long requests, with or without deleted blobs.
func cloudOptionSets() map[string]storageaccount.Options {
	return map[string]storageaccount.Options{
		"long requests":              {Versioning: true, Latency: 30 * time.Millisecond, ServiceLatency: 8 * time.Second},
		"short requests":             {Versioning: true, Latency: 400 * time.Millisecond, ServiceLatency: 10 * time.Millisecond},
		"slow polls":                 {SoftDelete: retention, Latency: 8 * time.Second, ServiceLatency: 5 * time.Second},
		"slow polls, short requests": {Versioning: true, Latency: 8 * time.Second, ServiceLatency: 10 * time.Millisecond},
		"late lists": {
			SoftDelete: retention,
			Latency:    250 * time.Millisecond,
			ListLag:    40 * time.Second,
			BusyEvery:  50,
		},
		"nothing retained": {Latency: 250 * time.Millisecond, ServiceLatency: time.Second, ListLag: 2 * time.Second},
	}
}

// A polledRun is a run with polled storage that is recorded and replayed.
type polledRun struct{ account, defect string }

// polledRuns returns runs whose verdicts depend on order and durations: some, or every defect with every account.
func polledRuns() []polledRun {
	if os.Getenv(replayAllVariable) != "all" {
		return []polledRun{
			{"slow polls, short requests", "export-status-lags"},
			{"nothing retained", ""},
			{"short requests", "export-message-before-answer"},
			{"slow polls", "message-before-backup"},
			{"late lists", "create-to-another-container"},
		}
	}
	var runs []polledRun
	for account := range cloudOptionSets() {
		runs = append(runs, polledRun{account, ""})
		for _, d := range cloudDefects() {
			runs = append(runs, polledRun{account, d.Name})
		}
		for _, name := range []string{"backup-late", "connection-test-late-on-create", "test-blob-late", "export-message-late", "training-message-late"} {
			runs = append(runs, polledRun{account, name})
		}
	}
	return runs
}

// recordPolledRun records a run with polled storage, on a virtual clock.
func recordPolledRun(t *testing.T, run polledRun) (want *Report, folder string) {
	t.Helper()
	folder = filepath.Join(t.TempDir(), "recording")
	account := cloudOptionSets()[run.account]
	account.Key = defect.AccountKey
	s := cloudOptions{account: account}
	if i := slices.IndexFunc(defect.All(), func(d defect.Defect) bool { return d.Name == run.defect }); i >= 0 {
		s.service.Defects = defect.All()[i : i+1]
	}
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t, s)
		defer c.end(t)
		config := c.config()
		config.Preflight, config.Record = "off", folder
		want = runJudged(t, config)
	})
	require.Equal(t, report.Poller, want.Run.Visibility.Observer)
	return want, folder
}

// A replay has one order of events, and all its operations are observed. It must not prove more than the recorded
// evidence, which may have neither.
func TestReplayProvesNoMoreThanItsRecording(t *testing.T) {
	testkit.Integration(t)
	t.Parallel()
	for _, run := range polledRuns() {
		t.Run(run.account+" "+run.defect, func(t *testing.T) {
			t.Parallel()
			want, folder := recordPolledRun(t, run)
			c := defaultBudgets(Config{Storage: "external", ConnectionString: shared.connection(t)})
			for how, c := range map[string]Config{"as it was recorded": c, "a part, scenarios alone": isolateSubset(c)} {
				got := runAndVerify(t, replay(folder, c))
				assertProvesNoMore(t, how, want, got)
			}
		})
	}
}

func isolateSubset(c Config) Config {
	c.Only, c.Isolate = []string{"CVSI-EXPORT-0[78]", "CVSI-UPDATE-0*", "CVSI-CONNECT-0*", "CVSI-ACCESS-*"}, true
	return c
}

// assertProvesNoMore checks that each scenario has the recorded verdict, or is inconclusive because of the recording.
func assertProvesNoMore(t *testing.T, how string, want, got *Report) {
	t.Helper()
	before := scenarios(want)
	for _, q := range got.Requirements {
		for _, s := range q.Scenarios {
			name := q.ID + ": " + s.Name
			if s.Verdict == before[name] {
				continue
			}
			assert.Equal(t, report.Inconclusive, s.Verdict, "%s, %s: was %s; %s", how, name, before[name], s.Reason)
			assert.Contains(t, s.Reason, "when this was recorded", name)
			t.Logf("%s: %s was %s, is inconclusive: %s", how, name, before[name], s.Reason)
		}
	}
}
