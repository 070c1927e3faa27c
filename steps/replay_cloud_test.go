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

	"github.com/cvconform/cvconform/steps/report"
)

// cloudOptionSets are accounts that show what is in them more or less well: at once, late,
// at coarse intervals, with or without what was deleted.
func cloudOptionSets() map[string]storageaccount.Options {
	return map[string]storageaccount.Options{
		"clear":                {Versioning: true, Latency: 30 * time.Millisecond, ServiceLatency: 8 * time.Second},
		"a quick hand":         {Versioning: true, Latency: 400 * time.Millisecond, ServiceLatency: 10 * time.Millisecond},
		"coarse":               {SoftDelete: retention, Latency: 8 * time.Second, ServiceLatency: 5 * time.Second},
		"coarse, a quick hand": {Versioning: true, Latency: 8 * time.Second, ServiceLatency: 10 * time.Millisecond},
		"old lists": {
			SoftDelete: retention,
			Latency:    250 * time.Millisecond,
			ListLag:    40 * time.Second,
			BusyEvery:  50,
		},
		"nothing is kept": {Latency: 250 * time.Millisecond, ServiceLatency: time.Second, ListLag: 2 * time.Second},
	}
}

// A listed run is one that is recorded in a cloud, and replayed.
type listedRun struct{ weather, defect string }

// listedRuns are runs in which much depends on what came first, and on how long
// something took: some, or every defect in every weather.
func listedRuns() []listedRun {
	if os.Getenv(all) != "all" {
		return sampled(
			[]listedRun{
				{"coarse, a quick hand", "export-status-lags"},
				{"nothing is kept", ""},
				{"a quick hand", "export-message-before-answer"},
				{"coarse", "message-before-backup"},
				{"old lists", "create-to-another-container"},
			},
		)
	}
	var runs []listedRun
	for weather := range cloudOptionSets() {
		runs = append(runs, listedRun{weather, ""})
		for _, d := range inACloud() {
			runs = append(runs, listedRun{weather, d.Name})
		}
		for _, name := range []string{"backup-late", "connection-test-late-on-create", "test-blob-late", "export-message-late", "training-message-late"} {
			runs = append(runs, listedRun{weather, name})
		}
	}
	return runs
}

// recordedInACloud records a run in a cloud, on a virtual clock.
func recordedInACloud(t *testing.T, run listedRun) (want *Report, folder string) {
	t.Helper()
	folder = filepath.Join(t.TempDir(), "recording")
	account := cloudOptionSets()[run.weather]
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
		want = judged(t, config)
	})
	require.Equal(t, report.Poller, want.Run.Visibility.Observer)
	return want, folder
}

// A replay has one order of things, and shows everything: where the recorded
// evidence has neither, that may prove nothing.
func TestAReplayProvesNothingThatTheRecordingDoesNot(t *testing.T) {
	t.Parallel()
	for _, run := range listedRuns() {
		t.Run(run.weather+" "+run.defect, func(t *testing.T) {
			t.Parallel()
			want, folder := recordedInACloud(t, run)
			c := defaultBudgets(Config{Storage: "external", ConnectionString: shared.connection(t)})
			for how, c := range map[string]Config{"as it was recorded": c, "a part, scenarios alone": isolatedSubset(c)} {
				got := judgedTwice(t, replay(folder, c))
				provesNoMore(t, how, want, got)
			}
		})
	}
}

func isolatedSubset(c Config) Config {
	c.Only, c.Isolate = []string{"CVSI-EXPORT-0[78]", "CVSI-UPDATE-0*", "CVSI-CONNECT-0*", "CVSI-ACCESS-*"}, true
	return c
}

// provesNoMore makes sure that each scenario has the recorded verdict, or is open for
// a reason.
func provesNoMore(t *testing.T, how string, want, got *Report) {
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
			t.Logf("%s: %s was %s, is open: %s", how, name, before[name], s.Reason)
		}
	}
}
