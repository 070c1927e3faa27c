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

// cloudVariable has every defect judged in a cloud, not only one for each requirement.
const cloudVariable = "CVCONFORM_TEST_CLOUD"

// cloudDefects are the defects that are judged in a cloud: of those that are not hasty,
// the first that breaks a requirement which none before did.
func cloudDefects() (chosen []defect.Defect) {
	broken := map[string]bool{}
	for _, d := range defect.All() {
		if needsShortLimits(d) {
			continue
		}
		fresh := os.Getenv(cloudVariable) == "all"
		for _, caught := range d.Caught {
			fresh = fresh || !broken[caught.ID]
			broken[caught.ID] = true
		}
		if fresh {
			chosen = append(chosen, d)
		}
	}
	return chosen
}

// Without a gateway a defect is caught too, for the same reason, or else what it
// breaks is inconclusive: nothing that it breaks is ever called passed.
func TestCloudRunCatchesDefects(t *testing.T) {
	for _, d := range sample(cloudDefects()) {
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			s := cloudOptions{
				service: testcloud.ServiceOptions{Defects: []defect.Defect{d}},
				account: storageaccount.Options{Key: defect.AccountKey, Versioning: true},
			}
			s.account.Latency, s.account.ServiceLatency = 100*time.Millisecond, 6*time.Second
			inCloud(t, s, func(t *testing.T, c *cloud) {
				config := selectDefect(c.config(), d)
				config.Preflight = "off" // what it would find is for the verdicts to say
				r := runJudged(t, config)
				for _, caught := range d.Caught {
					assertCaught(t, r, d, caught)
				}
			})
		})
	}
}

// needsShortLimits says whether a defect shows by a limit of seconds or less: what is late on
// this machine is not in a cloud.
func needsShortLimits(d defect.Defect) bool {
	late := []string{"test-blob-late", "test-blob-slow", "training-message-late", "backup-late", "export-message-late"}
	return len(d.Conditions.Budgets) > 0 || d.Conditions.Training > 0 || d.Conditions.Export > 0 ||
		slices.Contains(late, d.Name)
}

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
		assert.GreaterOrEqual(t, i, 0, "nothing forbids the service anything: %s", q.Reason)
		return
	case d.Name == "message-before-backup": // whoever follows modelUri is told
		why = "storage returned 404 BlobNotFound"
	case d.Name == "backup-in-two-steps":
		why = "it was seen with 0 bytes"
	}
	assertBroken(t, r, caught.ID, why)
}

// forbiddingDefects are the defects that show where the service is forbidden something,
// which only a gateway does.
func forbiddingDefects() []string {
	return []string{
		"forbidden-queue-accepted",
		"forbidden-container-accepted",
		"forbidden-queue-but-made",
		"forbidden-container-but-made",
	}
}

// unobservableInCloud are requirements that a defect breaks where only a gateway sees
// it for certain, by the name of the defect: whether something was stored before a
// project was there.
func unobservableInCloud() map[string][]string {
	before := []string{"CVSI-CREATE-06", "CVSI-BACKUP-07"}
	return map[string][]string{
		"queue-alone-backup-astray": before, "create-to-another-container": before,
	}
}
