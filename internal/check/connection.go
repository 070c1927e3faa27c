package check

import (
	"fmt"
	"strings"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/reading"
)

// testFolder is the folder of the test blob, in one of the guide's spellings.
const testFolder = "CustomVision-TestPermission"

// HasMessage: the project's queue holds a message of that type that belongs to
// the situation.
func HasMessage(kind string) Check {
	return Check{Name: "has-" + kind, Judge: func(c *Case) *Problem {
		p, problem := c.singleProject()
		if problem != nil {
			return problem
		}
		return c.requireMessage(kind, p)
	}}
}

func (c *Case) requireMessage(kind string, p project) *Problem {
	if len(c.relevantTo(kind, p)) > 0 {
		return nil
	}
	got, seen := c.describeQueue(p.queue)
	return fail(
		indefiniteArticle(kind)+" message in queue "+p.queue,
		"none that belongs here: "+got,
		append(c.expiredWaits(budgetOf(kind)), seen...)...)
}

func indefiniteArticle(kind string) string {
	if kind == Export {
		return "an " + kind
	}
	return "a " + kind
}

func budgetOf(kind string) string {
	if kind == ConnectionTest {
		return budget.ConnectionTest
	}
	return budget.Notification
}

// expiredWaits lists the situation's waits on that budget that ended without effect.
func (c *Case) expiredWaits(name string) []evidence.Event {
	var out []evidence.Event
	for _, e := range c.ownEvents(evidence.KindWait) {
		if e.Wait.Budget == name && !e.Wait.Satisfied {
			out = append(out, e)
		}
	}
	return out
}

// ConnectionTestNamesProject: the message's Content.projectId is the project's id.
func ConnectionTestNamesProject() Check {
	return Check{Name: "connection-test-names-project", Judge: func(c *Case) *Problem {
		p, problem := c.singleProject()
		if problem != nil {
			return problem
		}
		if problem := c.requireMessage(ConnectionTest, p); problem != nil {
			return problem
		}
		for _, m := range c.relevantTo(ConnectionTest, p) {
			if problem := c.sameGUID(m, "projectId", p.id); problem != nil {
				return problem
			}
		}
		return nil
	}}
}

// sameGUID holds an id in a message's Content against the one that the API gave.
func (c *Case) sameGUID(m message, member, want string) *Problem {
	got := m.text("Content", member)
	same := got == want
	if c.Readings[reading.GUIDCase] == "any" {
		same = sameID(got, want)
	} else if got != strings.ToLower(got) {
		return fail("Content."+member+" in lower case (reading guid-case=lower)", got, m.event)
	}
	if !same {
		return fail(fmt.Sprintf("Content.%s = %q", member, want), fmt.Sprintf("Content.%s = %q", member, got), m.event)
	}
	return nil
}

// OneConnectionTest: the queue holds exactly one ConnectionTest message.
func OneConnectionTest() Check {
	return Check{Name: "one-connection-test", Judge: func(c *Case) *Problem {
		p, problem := c.singleProject()
		if problem != nil {
			return problem
		}
		found := c.relevantTo(ConnectionTest, p)
		if len(found) != 1 {
			return fail("exactly one ConnectionTest message", fmt.Sprintf("%d", len(found)), events(found)...)
		}
		return nil
	}}
}

// ConnectionTestInTime: the message was stored within budget connection-test
// of the answer.
func ConnectionTestInTime() Check {
	return Check{Name: "connection-test-in-time", Judge: func(c *Case) *Problem {
		if c.Visibility.IsPolled() {
			return c.listedInTime()
		}
		return c.waitSatisfied(c.lastAct(), budget.ConnectionTest, "the ConnectionTest message")
	}}
}

// waitSatisfied says whether the act's wait for that effect ended in its budget.
func (c *Case) waitSatisfied(act, name, what string) *Problem {
	for _, e := range c.eventsIn(act, evidence.KindWait) {
		if e.Wait.Budget != name || e.Wait.For != what {
			continue
		}
		if !e.Wait.Satisfied {
			if problem := c.bypassProblem(what); problem != nil {
				return problem
			}
			return fail(fmt.Sprintf("%s within %s (budget %s)", what, e.Wait.Limit, name), "it did not come in time", e)
		}
		return nil
	}
	return &Problem{Kind: Broken, Summary: "no wait for " + what + " is on record"}
}

// TestBlobAppeared: since the act began a blob was stored in the container,
// inside the test-permission folder.
func TestBlobAppeared() Check {
	return Check{Name: "test-blob-appeared", Judge: func(c *Case) *Problem {
		_, problem := c.testBlobs()
		return problem
	}}
}

// TestBlobGone: every test blob that appeared was deleted within its budget.
func TestBlobGone() Check {
	return Check{Name: "test-blob-gone", Judge: func(c *Case) *Problem {
		found, problem := c.testBlobs()
		if problem != nil {
			return problem
		}
		if c.Visibility.IsPolled() {
			return c.listedGone(found)
		}
		if problem := c.waitSatisfied(c.lastAct(), budget.TestBlob, "the test blob to go"); problem != nil {
			return problem
		}
		for _, e := range found {
			if stored, still := c.atEnd(e.Operation.Resource, e.Operation.Object); still {
				return fail("test blob "+e.Operation.Object+" deleted", "it is still there at the end", e, stored)
			}
		}
		return nil
	}}
}

// NothingLeftBehind: of all that was written to the container while the act
// lasted, nothing is there at the end.
func NothingLeftBehind() Check {
	return Check{Name: "nothing-left-behind", Judge: func(c *Case) *Problem {
		const want = "an empty container after the connection check"
		_, unseen := c.testBlobs()
		if unseen != nil && unseen.Kind != Inconclusive {
			return unseen
		}
		for _, e := range c.stored() {
			if left, still := c.atEnd(e.Operation.Resource, e.Operation.Object); still {
				return fail(want, "blob "+e.Operation.Object+" stays", e, left)
			}
		}
		if late := c.lateBlobs(); unseen == nil && len(late) > 0 {
			return inconclusive(want, "blob "+late[0].Operation.Object+" was seen later, and may have been there", late...)
		}
		return unseen
	}}
}

// testBlobs lists the operations of the last act that stored a blob inside the
// test-permission folder; none is a problem.
func (c *Case) testBlobs() ([]evidence.Event, *Problem) {
	var found []evidence.Event
	all := c.stored()
	for _, e := range all {
		if c.inTestFolder(e.Operation.Object) {
			found = append(found, e)
		}
	}
	if len(found) > 0 {
		return found, nil
	}
	if problem := c.bypassProblem("a blob inside the folder " + c.folderWanted()); problem != nil {
		return nil, problem
	}
	if problem := c.retentionProblem("a blob inside the folder " + c.folderWanted()); problem != nil {
		return nil, problem
	}
	if late := c.lateBlobs(); len(late) > 0 {
		return nil, inconclusive(
			"a blob inside the folder "+c.folderWanted(),
			"blob "+late[0].Operation.Object+" was seen only later",
			late...)
	}
	got := "no blob was stored"
	if len(all) > 0 {
		got = "stored instead: " + all[0].Operation.Object
	}
	return nil, fail(
		"a blob inside the folder "+c.folderWanted(),
		got,
		append(c.expiredWaits(budget.ConnectionTest), all...)...)
}

// stored lists the operations of the last act that stored a blob in the
// project's current container.
func (c *Case) stored() []evidence.Event {
	p, problem := c.singleProject()
	if problem != nil {
		return nil
	}
	var out []evidence.Event
	for _, e := range c.writes(c.eventsIn(c.lastAct(), evidence.KindOperation)) {
		if e.Operation.Service == evidence.Blob && e.Operation.Resource == p.container && e.Operation.Object != "" {
			out = append(out, e)
		}
	}
	return out
}

func (c *Case) folderWanted() string {
	if spelling := c.Readings[reading.TestFolder]; spelling != "any-case" {
		return spelling + "-TestPermission"
	}
	return testFolder + " (in any case)"
}

func (c *Case) inTestFolder(object string) bool {
	folder, name, ok := strings.Cut(object, "/")
	if !ok || name == "" {
		return false
	}
	if spelling := c.Readings[reading.TestFolder]; spelling != "any-case" {
		return folder == spelling+"-TestPermission"
	}
	return strings.EqualFold(folder, testFolder)
}

// atEnd finds a blob in the final listing.
func (c *Case) atEnd(container, object string) (evidence.Event, bool) {
	for _, e := range c.events(evidence.KindBlob) {
		if e.Blob.Container == container && e.Blob.Name == object {
			return e, true
		}
	}
	return evidence.Event{}, false
}
