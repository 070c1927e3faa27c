package steps

import (
	"os"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/fakes/storageaccount"
	testcloud "github.com/cvconform/cvconform/internal/testkit/cloud"

	"github.com/cvconform/cvconform/steps/report"
)

// cloudVariable is the environment variable that selects every defect, not only one for each
// requirement.
const cloudVariable = "CVCONFORM_TEST_CLOUD"

// cloudDefects returns the defects that are judged in a cloud: those that need no short limits and
// break a requirement that no earlier one breaks. The service of the cloud uses TLS, so that the fake does not know how a
// client spells the name of a header.
func cloudDefects() (chosen []defect.Defect) {
	broken := map[string]bool{}
	for _, d := range defect.All() {
		if needsShortLimits(d) || d.Name == "key-header-case" {
			continue
		}
		isNew := os.Getenv(cloudVariable) == "all"
		for _, caught := range d.Caught {
			isNew = isNew || !broken[caught.ID]
			broken[caught.ID] = true
		}
		if isNew {
			chosen = append(chosen, d)
		}
	}
	return chosen
}

// Without the gateway a defect is caught for the same reason, or the broken requirement is
// inconclusive. It never passes.
func TestCloudRunCatchesDefects(t *testing.T) {
	for _, d := range cloudDefects() {
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			s := cloudOptions{
				service: testcloud.ServiceOptions{Defects: []defect.Defect{d}},
				account: storageaccount.Options{Key: defect.AccountKey, Versioning: true},
			}
			s.account.Latency, s.account.ServiceLatency = 100*time.Millisecond, 6*time.Second
			inCloud(t, s, func(t *testing.T, c *cloud) {
				config := selectDefect(c.config(), d)
				config.Preflight = "off" // it would end the run before the verdicts
				r := runJudged(t, config)
				for _, caught := range d.Caught {
					assertCaught(t, r, d, caught)
				}
			})
		})
	}
}

// needsShortLimits reports whether a defect is exposed only by limits of seconds or less. Such a
// delay is normal in a cloud.
func needsShortLimits(d defect.Defect) bool {
	late := []string{"test-blob-late", "test-blob-slow", "training-message-late", "backup-late", "export-message-late"}
	return len(d.Conditions.Budgets) > 0 || d.Conditions.Training > 0 || d.Conditions.Export > 0 ||
		slices.Contains(late, d.Name)
}

// assertCaught checks that a requirement is violated for the expected reason, or cannot be
// observed.
func assertCaught(t *testing.T, r *Report, d defect.Defect, caught defect.Catch) {
	t.Helper()
	q := requirement(t, r, caught.ID)
	why := caught.ReasonContains
	switch {
	case q.Verdict == report.Inconclusive:
		assert.Contains(t, unobservableInCloud()[d.Name], q.ID, q.Reason)
		return
	case slices.Contains(forbiddingDefects(), d.Name):
		i := slices.IndexFunc(q.Scenarios, func(s report.Scenario) bool { return s.Verdict == report.NotApplicable })
		assert.GreaterOrEqual(t, i, 0, "no scenario is not applicable: %s", q.Reason)
		return
	case d.Name == "message-before-backup": // the download from modelUri fails
		why = "storage returned 404 BlobNotFound"
	case d.Name == "backup-in-two-steps":
		why = "it was seen with 0 bytes"
	}
	assertBroken(t, r, caught.ID, why)
}

// forbiddingDefects returns the defects that are exposed when storage denies the service access,
// which only the gateway can do.
func forbiddingDefects() []string {
	return []string{
		"forbidden-queue-accepted",
		"forbidden-container-accepted",
		"forbidden-queue-but-made",
		"forbidden-container-but-made",
	}
}

// unobservableInCloud returns, by defect, the requirements that need the gateway to observe whether
// something was stored before a project was created.
func unobservableInCloud() map[string][]string {
	before := []string{"CVSI-CREATE-06", "CVSI-BACKUP-07"}
	return map[string][]string{
		"queue-alone-backup-astray": before, "create-to-another-container": before,
	}
}
