package steps

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/internal/evidence"

	"github.com/cvconform/cvconform/steps/report"
)

// withoutGateway disables the gateway.
func withoutGateway(c Config) Config {
	c.GatewayListen = "off"
	return c
}

// unobservableByPolling returns, by requirement, the reason why it cannot be observed by polling an
// account without retention.
func unobservableByPolling() map[string]string {
	const blob = "a blob that exists only between two polls leaves no trace; have the account keep deleted blobs: " +
		"az storage account blob-service-properties update --account-name NAME --resource-group GROUP --enable-delete-retention true --delete-retention-days 1"
	const unobserved = "not observed: "
	return map[string]string{
		"CVSI-CREATE-06": blob, "CVSI-UPDATE-03": blob, "CVSI-TRAIN-08": blob, "CVSI-BACKUP-07": blob, "CVSI-ACCESS-01": blob,
		"CVSI-CONNECT-05": blob, "CVSI-CONNECT-06": blob, "CVSI-CONNECT-07": blob, "CVSI-CONNECT-08": blob, "CVSI-CREATE-09": blob, "CVSI-UPDATE-09": blob,
		"CVSI-BACKUP-08": "have the account keep versions: ", "CVSI-EXPORT-07": unobserved,
		"CVSI-TRAIN-06": unobserved, "CVSI-EXPORT-08": unobserved, "CVSI-CONNECT-01": unobserved, "CVSI-CONNECT-03": unobserved, // only where no poll is close enough
	}
}

// A run that polls storage has the verdicts of a run with the gateway, except for requirements that
// cannot be observed.
func TestPolledVerdictsAreEqualOrInconclusive(t *testing.T) {
	t.Parallel()
	c := defaultBudgets(serve(t, options(t)))
	want := runJudged(t, c)
	assertConformant(t, want)
	got := runAndVerify(t, withoutGateway(c))
	assert.Equal(t, report.Visibility{Observer: report.Poller}, got.Run.Visibility)
	assert.Equal(t, got.Run.Storage.BlobEndpoint, got.Run.Storage.SeenBlobEndpoint)
	assertEqualOrInconclusive(t, want, got)
	for _, id := range []string{"CVSI-ACCESS-03", "CVSI-ACCESS-04"} {
		i := slices.IndexFunc(
			requirement(t, got, id).Scenarios,
			func(s report.Scenario) bool { return s.Verdict == report.NotApplicable },
		)
		require.GreaterOrEqual(t, i, 0, id)
		assert.Contains(t, requirement(t, got, id).Scenarios[i].Reason, "needs the gateway")
	}
}

// assertEqualOrInconclusive compares the verdicts of a run that polled storage with those of a run
// with the gateway.
func assertEqualOrInconclusive(t *testing.T, want, got *Report) {
	t.Helper()
	inconclusive := 0
	for _, q := range got.Requirements {
		if q.Verdict == report.Inconclusive {
			inconclusive++
			if strings.Contains(q.Reason, "not observed: whether it was stored in time") { // no poll was close enough
				continue
			}
			assert.Contains(t, q.Reasons(), unobservableByPolling()[q.ID], q.ID)
			assert.Contains(t, unobservableByPolling(), q.ID)
			continue
		}
		assert.Equal(t, requirement(t, want, q.ID).Verdict, q.Verdict, "%s: %s", q.ID, q.Reason)
	}
	assert.NotZero(t, inconclusive, "Azurite retains no deleted blobs")
	assert.Equal(t, report.RunInconclusive, got.Verdict)
}

// polledDefects returns defects that are exposed by the content or the timing of storage. The value
// is true if the defect leaves a trace, so that polling catches it too.
func polledDefects() map[string]bool {
	return map[string]bool{
		"no-connection-test": true, "connection-test-late-on-create": true, "no-training-message": true, "training-message-late": true,
		"training-message-twice": true, "no-backup": true, "backup-late": true,
		"test-blob-stays": true, "test-blob-slow": true, "check-leaves-marker": true,
		"move-keeps-old-container": true, "training-to-another-queue": true,

		"no-test-blob": false, "test-blob-elsewhere": false, "training-message-before-answer": false, "export-message-before-answer": false,
		"iteration-status-lags": false, "export-status-lags": false, // caught only if polls are close enough
		"training-message-early": false, "message-before-backup": false, "backup-in-two-steps": false, "missing-key-but-written": false,
		"wrong-key-but-written": false, "backup-astray": false, "queue-alone-backup-astray": false, "move-keeps-old-queue": false,
		"move-checks-old-container": false, "first-container-unchecked": false, "create-to-another-queue": false,
		"create-to-another-container": false,
	}
}

// A defect that the gateway catches never passes without it.
func TestPolledDefectsAreCaughtOrInconclusive(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(polledDefects())) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			leavesATrace := polledDefects()[name]
			chosen, err := defect.Choose(name)
			require.NoError(t, err)
			d := chosen[0]
			c := withoutGateway(withBudgets(withDefects(t, d.Name), d.Conditions.Budgets))
			c.Only, c.Readings = slices.Clone(d.Conditions.AlsoSelect), d.Conditions.Readings
			for _, caught := range d.Caught {
				c.Only = append(c.Only, caught.ID)
			}
			r := runAndVerify(t, c)
			for _, caught := range d.Caught {
				q := requirement(t, r, caught.ID)
				if !leavesATrace && q.Verdict == report.Inconclusive {
					continue
				}
				assert.Contains(t, []report.Verdict{report.Failed, report.Warned}, q.Verdict, "%s: %s", q.ID, q.Reason)
			}
		})
	}
}

// Verify detects a bundle of a run without the gateway that was changed to claim more visibility.
func TestVerifyFindsForgeriesOfAPolledRun(t *testing.T) {
	c := withoutGateway(serve(t, options(t)))
	c.Only = []string{"CVSI-CONNECT-01", "CVSI-CREATE-06"}
	c.Evidence = filepath.Join(t.TempDir(), "evidence.zip")
	r := runJudged(t, c)
	require.Equal(t, report.Inconclusive, requirement(t, r, "CVSI-CREATE-06").Verdict)
	packed, err := os.ReadFile(c.Evidence)
	require.NoError(t, err)
	original := tamper(t, packed)
	withVisibility := func(v report.Visibility) func(*tamperedBundle) {
		return inRunReport(func(r *Report) { r.Run.Visibility = v })
	}
	operations := func(change func(*evidence.Operation)) func(*tamperedBundle) {
		return func(b *tamperedBundle) {
			b.editEvents(timelineFile(mainTimeline(r)), func(events []evidence.Event) []evidence.Event {
				for i := range events {
					if events[i].Operation != nil {
						change(events[i].Operation)
					}
				}
				return events
			})
		}
	}
	for name, f := range map[string]forgery{
		"a gateway":     {withVisibility(report.Visibility{}), hideInManifest, `is inferred from "listing", the report says that storage was observed by the gateway`},
		"deleted blobs": {withVisibility(report.Visibility{Observer: report.Poller, DeletedBlobs: true}), hideInManifest, `requirements\[CVSI-CREATE-06\].verdict is "inconclusive", the evidence gives "passed"`},
		"seen":          {operations(func(o *evidence.Operation) { o.Inferred = "" }), hideInReports, "the report says that storage was observed by the poller"},
		"kept":          {operations(func(o *evidence.Operation) { o.Name, o.Inferred = "PutBlob", "version" }), hideInReports, "but the report says that the account keeps none"},
		"impossible":    {operations(func(o *evidence.Operation) { o.Inferred = "deleted" }), hideInReports, `infers PutMessage from "deleted"`},
	} {
		t.Run(name, f.assertFound(original))
	}
}
