package steps_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/internal/report"
	"github.com/cvconform/cvconform/steps"
)

// listed judges without the gateway.
func listed(c steps.Config) steps.Config {
	c.GatewayListen = "off"
	return c
}

// What the gateway sees, and no look at an account that keeps nothing can.
func unseenByListing() map[string]string {
	const blob = "a blob that comes and goes between two looks leaves no trace; have the account keep deleted blobs: " +
		"az storage account blob-service-properties update --account-name NAME --resource-group GROUP --enable-delete-retention true --delete-retention-days 1"
	const either = "nobody could see"
	return map[string]string{
		"CVSI-CREATE-06": blob, "CVSI-UPDATE-03": blob, "CVSI-TRAIN-08": blob, "CVSI-BACKUP-07": blob, "CVSI-ACCESS-01": blob,
		"CVSI-CONNECT-05": blob, "CVSI-CONNECT-06": blob, "CVSI-CONNECT-07": blob, "CVSI-CONNECT-08": blob,
		"CVSI-BACKUP-03": "have the account keep versions: ", "CVSI-EXPORT-07": either,
		"CVSI-TRAIN-06": either, "CVSI-EXPORT-08": either, "CVSI-CONNECT-04": either, // only where no look is near enough
	}
}

// A service that runs, over storage without a gateway, gets the verdicts that it
// gets with one, but for what cannot be seen.
func TestWithoutTheGatewayVerdictsAreTheSameOrOpen(t *testing.T) {
	t.Parallel()
	c := patient(serve(t, options(t)))
	want := judged(t, c)
	isConformant(t, want)
	got := judgedTwice(t, listed(c))
	assert.Equal(t, &report.Sight{Kind: "listing"}, got.Run.Sight)
	assert.Equal(t, got.Run.Storage.BlobEndpoint, got.Run.Storage.SeenBlobEndpoint)
	assert.Contains(t, got.Run.Again, "--gateway-listen off")
	open := 0
	for _, q := range got.Requirements {
		if q.Verdict == report.Inconclusive {
			open++
			assert.Contains(t, q.Reasons(), unseenByListing()[q.ID], q.ID)
			assert.Contains(t, unseenByListing(), q.ID)
			continue
		}
		assert.Equal(t, requirement(t, want, q.ID).Verdict, q.Verdict, "%s: %s", q.ID, q.Reason)
	}
	assert.NotZero(t, open, "Azurite keeps nothing")
	assert.Equal(t, report.RunInconclusive, got.Verdict)
	for _, id := range []string{"CVSI-ACCESS-03", "CVSI-ACCESS-04"} {
		i := slices.IndexFunc(requirement(t, got, id).Scenarios, func(s report.Scenario) bool { return s.Verdict == report.NotApplicable })
		require.GreaterOrEqual(t, i, 0, id)
		assert.Contains(t, requirement(t, got, id).Scenarios[i].Reason, "needs the gateway")
	}
}

// No defect passes that the gateway would catch.
func TestWithoutTheGatewayDefectsAreCaughtOrOpen(t *testing.T) {
	for _, d := range defect.All() {
		if os.Getenv("ALLDEFECTS") == "" {
			continue
		}
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			c := listed(with(faulty(t, d.Name), d.Shown.Budgets))
			c.Only, c.Readings = slices.Clone(d.Shown.Beside), d.Shown.Readings
			if d.Shown.InTurn {
				c.Parallel = 1
			}
			for _, caught := range d.Caught {
				c.Only = append(c.Only, caught.ID)
			}
			c.Evidence = filepath.Join(t.TempDir(), "evidence.zip")
			r := judged(t, c)
			for _, caught := range d.Caught {
				q := requirement(t, r, caught.ID)
				t.Logf("SWEEP %s %s %s: %s", d.Name, caught.ID, q.Verdict, q.Reason)
				assert.NotContains(t, []report.Verdict{report.Passed}, q.Verdict, caught.ID)
			}
		})
	}
}
