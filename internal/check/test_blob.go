package check

import (
	"fmt"
	"slices"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/check/effect"
	"github.com/cvconform/cvconform/internal/check/interval"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/reading"
)

// TestBlobAppeared requires that the last act stored a blob in the test-permission folder of the container, within
// budget connection-test of the response.
func TestBlobAppeared() Check {
	return immediate(projectCheck("test-blob-appeared", func(c *Case, p project) *Problem {
		_, problem := testBlobs(c, p)
		return problem
	}))
}

// TestBlobGone requires that every test blob was deleted within budget test-blob.
func TestBlobGone() Check {
	return immediate(projectCheck("test-blob-gone", func(c *Case, p project) *Problem {
		found, problem := testBlobs(c, p)
		if problem != nil && (problem.Kind != Inconclusive || len(found) == 0) {
			return problem
		}
		response, missing := c.response()
		if missing != nil {
			return missing
		}
		problems := []*Problem{problem}
		for _, e := range found {
			problems = append(problems, lifetimeProblem(c, e, response, "test blob"))
		}
		return worst(problems)
	}))
}

// lifetimeProblem compares the lifetime of a blob of the connection check with its budget. The lifetime cannot begin
// before the call that made the service write the blob.
func lifetimeProblem(c *Case, put, call evidence.Event, kind string) *Problem {
	limit, blob := c.Budgets[budget.TestBlob], put.Operation.Object
	want := fmt.Sprintf("the %s to be deleted within %s (budget %s)", kind, seconds(limit), budget.TestBlob)
	if stored, exists := c.blobAtEnd(put.Operation.Resource, blob); exists {
		return fail(want, kind+" "+blob+" is still there at the end", put, stored)
	}
	deletion, ok := deletionOf(c, put)
	if !ok {
		return first(bypassProblem(c, want), inconclusive(want, "not observed: when the "+kind+" was deleted", put))
	}
	written, deleted := c.completion(put.Operation).NotBefore(call.Exchange.Began), c.completion(deletion.Operation)
	return ordering{
		want: want,
		after: fmt.Sprintf("it was deleted too late: %s after it was stored; budget %s is %s",
			late(deleted.Earliest.Sub(written.Latest), limit), budget.TestBlob, seconds(limit)),
		unknown: "not observed: whether it was deleted in time; no poll of the container was close enough",
	}.judge(deleted, written.Add(limit), put, deletion)
}

// NothingLeftBehind requires that everything that the last act wrote to the container was deleted within budget
// test-blob, as the test blob is.
func NothingLeftBehind() Check {
	return immediate(projectCheck("nothing-left-behind", func(c *Case, p project) *Problem {
		const want = "an empty container after the connection check"
		_, missing := testBlobs(c, p)
		if missing != nil && missing.Kind != Inconclusive {
			return missing
		}
		response, problem := c.response()
		if problem != nil {
			return problem
		}
		problems := []*Problem{}
		for _, e := range connectionWrites(c, p) {
			if blob, exists := c.blobAtEnd(p.container, e.Operation.Object); exists {
				return fail(want, "blob "+e.Operation.Object+" stays", e, blob)
			}
			problems = append(problems, lifetimeProblem(c, e, response, "blob"))
		}
		if late := lateBlobs(c, p); missing == nil && len(late) > 0 {
			problems = append(problems, inconclusive(want,
				"order not observed: blob "+late[0].Operation.Object+" was listed later, and may have been there before", late...))
		}
		return worst(append(problems, missing))
	}))
}

// connectionWrites returns the operations of the last act that wrote to the container, up to the end of the act. The
// harness waits until each blob is deleted, or its budget is over.
func connectionWrites(c *Case, p project) []evidence.Event {
	a := c.history().find(c.lastAct())
	return slices.DeleteFunc(c.connectionBlobs(p), func(e evidence.Event) bool {
		if e.Act != c.lastAct() && !effect.HasTestFolder(e.Operation.Object) {
			return true
		}
		return a != nil && !a.ended.IsZero() && c.completion(e.Operation).Compare(interval.At(a.ended)) == interval.After
	})
}

// connectionBlobs returns the operations of the last act after which a blob existed in the container.
func (c *Case) connectionBlobs(p project) []evidence.Event {
	return slices.DeleteFunc(blobWrites(c.operationsOf(c.lastAct()), p.container), func(e evidence.Event) bool {
		return !effect.MakesVisible(*e.Operation)
	})
}

// testBlobs returns the operations of the last act that stored a blob in the test-permission folder. The problem is
// that there are none, or that the first one came too late.
func testBlobs(c *Case, p project) ([]evidence.Event, *Problem) {
	limit, problem := c.connectionDeadline(c.lastAct(), p)
	if problem != nil {
		return nil, problem
	}
	want := "a blob inside the folder " + describeTestFolder(c)
	stored := c.connectionBlobs(p)
	found := slices.DeleteFunc(slices.Clone(stored), func(e evidence.Event) bool {
		return !effect.IsTestBlob(e.Operation.Object, c.Readings)
	})
	if len(found) > 0 {
		var problems []*Problem
		for _, e := range found {
			problems = append(problems, limit.judge(c, want, c.completion(e.Operation), e))
		}
		return slices.DeleteFunc(found, func(e evidence.Event) bool {
			return !slices.ContainsFunc(connectionWrites(c, p), func(w evidence.Event) bool { return w.Seq == e.Seq })
		}), best(problems)
	}
	if problem := first(bypassProblem(c, want), retentionProblem(c, want)); problem != nil {
		return nil, problem
	}
	if late := lateBlobs(c, p); len(late) > 0 {
		return nil, inconclusive(want,
			"order not observed: blob "+late[0].Operation.Object+" was listed only after the call", late...)
	}
	isTestBlob := func(op evidence.Operation) bool {
		return effect.StoresBlob(op, p.container) && effect.IsTestBlob(op.Object, c.Readings)
	}
	if problem := tooLate(c, c.lastAct(), limit, want, isTestBlob); problem != nil {
		return nil, problem
	}
	got, shown := describeMissingTestBlob(c, p, stored)
	return nil, fail(want, got, append(c.expiredWaits(budget.ConnectionTest), shown...)...)
}

// lateBlobs returns the writes, other than test blobs and backups, that a poller inferred only after the last act. A
// listing may be stale, so the act may have made them.
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
		if e.Seq > end && effect.ProjectNamedBy(*e.Operation) == "" && !effect.HasTestFolder(e.Operation.Object) {
			out = append(out, e)
		}
	}
	return out
}

func describeTestFolder(c *Case) string {
	if spelling := c.Readings[reading.TestFolder]; spelling != "any-case" {
		return spelling + "-TestPermission"
	}
	return effect.TestFolder + " (in any case)"
}
