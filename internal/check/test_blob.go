package check

import (
	"fmt"
	"strings"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/check/interval"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/reading"
)

// testFolder is the folder of the test blob, in one of the guide's spellings.
const testFolder = "CustomVision-TestPermission"

// TestBlobAppeared requires that the last act stored a blob in the test-permission folder of the container.
func TestBlobAppeared() Check {
	return Check{Name: "test-blob-appeared", Judge: func(c *Case) *Problem {
		_, problem := testBlobs(c)
		return problem
	}}
}

// TestBlobGone requires that every test blob was deleted within budget test-blob.
func TestBlobGone() Check {
	return Check{Name: "test-blob-gone", Judge: func(c *Case) *Problem {
		found, problem := testBlobs(c)
		if problem != nil {
			return problem
		}
		response, problem := c.response()
		if problem != nil {
			return problem
		}
		var problems []*Problem
		for _, e := range found {
			problems = append(problems, lifetimeProblem(c, e, response))
		}
		return worst(problems)
	}}
}

// lifetimeProblem compares the lifetime of a test blob with its budget. The lifetime cannot begin before the call
// that made the service write the blob.
func lifetimeProblem(c *Case, put, call evidence.Event) *Problem {
	limit, blob := c.Budgets[budget.TestBlob], put.Operation.Object
	want := fmt.Sprintf("the test blob to be deleted within %s (budget %s)", limit, budget.TestBlob)
	if stored, exists := c.blobAtEnd(put.Operation.Resource, blob); exists {
		return fail(want, "test blob "+blob+" is still there at the end", put, stored)
	}
	deletion, ok := deletionOf(c, put)
	if !ok {
		return first(bypassProblem(c, want), inconclusive(want, "not observed: when the test blob was deleted", put))
	}
	return ordering{
		want:    want,
		after:   "it was deleted too late",
		unknown: "not observed: whether it was deleted in time; no poll of the container was close enough",
	}.judge(c.completion(deletion.Operation), testBlobDeadline(c, put, call), put, deletion)
}

func testBlobDeadline(c *Case, put, call evidence.Event) interval.Interval {
	return c.completion(put.Operation).NotBefore(call.Exchange.Began).Add(c.Budgets[budget.TestBlob])
}

// NothingLeftBehind requires that nothing that the last act wrote to the container is there at the end.
func NothingLeftBehind() Check {
	return projectCheck("nothing-left-behind", func(c *Case, p project) *Problem {
		const want = "an empty container after the connection check"
		_, missing := testBlobs(c)
		if missing != nil && missing.Kind != Inconclusive {
			return missing
		}
		for _, e := range blobWrites(c.eventsIn(c.lastAct(), evidence.KindOperation), p.container) {
			if blob, exists := c.blobAtEnd(p.container, e.Operation.Object); exists {
				return fail(want, "blob "+e.Operation.Object+" stays", e, blob)
			}
		}
		if late := lateBlobs(c, p); missing == nil && len(late) > 0 {
			return inconclusive(want,
				"order not observed: blob "+late[0].Operation.Object+" was listed later, and may have been there before", late...)
		}
		return missing
	})
}

// testBlobs returns the operations of the last act that stored a blob in the test-permission folder. The problem is
// that there are none.
func testBlobs(c *Case) ([]evidence.Event, *Problem) {
	p, problem := c.singleProject()
	if problem != nil {
		return nil, problem
	}
	stored := blobWrites(c.eventsIn(c.lastAct(), evidence.KindOperation), p.container)
	var found []evidence.Event
	for _, e := range stored {
		if isInTestFolder(c, e.Operation.Object) {
			found = append(found, e)
		}
	}
	if len(found) > 0 {
		return found, nil
	}
	want := "a blob inside the folder " + describeTestFolder(c)
	if problem := first(bypassProblem(c, want), retentionProblem(c, want)); problem != nil {
		return nil, problem
	}
	if late := lateBlobs(c, p); len(late) > 0 {
		return nil, inconclusive(want,
			"order not observed: blob "+late[0].Operation.Object+" was listed only after the call", late...)
	}
	got := "no blob was stored"
	if len(stored) > 0 {
		got = "stored instead: " + stored[0].Operation.Object
	}
	return nil, fail(want, got, append(c.expiredWaits(budget.ConnectionTest), stored...)...)
}

// lateBlobs returns the writes, other than backups, that a poller inferred only after the last act. A listing may be
// stale, so the act may have made them.
func lateBlobs(c *Case, p project) []evidence.Event {
	if !c.Visibility.IsPolled() {
		return nil
	}
	end := 0
	for _, e := range c.eventsIn(c.lastAct(), evidence.KindAct) {
		end = e.Seq
	}
	var out []evidence.Event
	for _, e := range blobWrites(c.events(evidence.KindOperation), p.container) {
		if e.Seq > end && projectNamedBy(*e.Operation) == "" {
			out = append(out, e)
		}
	}
	return out
}

func describeTestFolder(c *Case) string {
	if spelling := c.Readings[reading.TestFolder]; spelling != "any-case" {
		return spelling + "-TestPermission"
	}
	return testFolder + " (in any case)"
}

func isInTestFolder(c *Case, blob string) bool {
	folder, name, ok := strings.Cut(blob, "/")
	if !ok || name == "" {
		return false
	}
	if spelling := c.Readings[reading.TestFolder]; spelling != "any-case" {
		return folder == spelling+"-TestPermission"
	}
	return strings.EqualFold(folder, testFolder)
}
