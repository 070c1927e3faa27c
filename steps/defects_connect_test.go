package steps_test

import (
	"strings"
	"time"
)

const test = "ConnectionTest"

func connectDefects() []defect { return append(connectMessageDefects(), testBlobDefects()...) }

func connectMessageDefects() []defect {
	const one, two, three, four = "CVSI-CONNECT-01", "CVSI-CONNECT-02", "CVSI-CONNECT-03", "CVSI-CONNECT-04"
	in := func(call string) func(letter) bool { return func(l letter) bool { return l.during == call } }
	const form = "a ConnectionTest message of the documented form"
	return []defect{
		broken("no-connection-test", "No ConnectionTest message is sent.", breaks{one: "a ConnectionTest message in queue", two: "the queue is empty",
			three: "the queue is empty", four: "exactly one ConnectionTest message"}, lose(test)),
		broken("no-connection-test-on-create", "Only an update sends a ConnectionTest message.", breaks{one: "the queue is empty"}, loseWhere(test, in(createProject))),
		broken("no-connection-test-on-update", "Only a create sends a ConnectionTest message.", breaks{three: "the queue is empty", four: "got: 0"}, loseWhere(test, in(updateProject))),
		broken("connection-test-type", "The type is misspelt.", breaks{two: form}, rewrite(test, set("type", "connectionTest"))),
		broken("connection-test-other-type", "The message has another type.", breaks{one: "1 unrecognised", two: "1 unrecognised"}, rewrite(test, set("type", "Test"))),
		broken("connection-test-content", "Content is spelt small.", breaks{two: form}, rewrite(test, func(doc, content map[string]any) {
			doc["content"] = content
			delete(doc, "Content")
		})),
		broken("connection-test-key", "The id's member is misspelt.", breaks{two: form}, rewrite(test, respell("projectId", "projectID"))),
		broken("connection-test-version", "The version is a number.", breaks{two: "/version"}, rewrite(test, set("version", 1.0))),
		broken("connection-test-version-2", "The version is another.", breaks{two: "/version"}, rewrite(test, set("version", "2.0"))),
		broken("connection-test-project", "The message names another project.", breaks{two: "Content.projectId = ", three: "Content.projectId = "},
			rewrite(test, tell("projectId", "11111111-2222-3333-4444-555555555555"))),
		broken("connection-test-no-project", "The message names no project.", breaks{two: form}, rewrite(test, func(_, content map[string]any) { delete(content, "projectId") })),
		broken("connection-test-twice", "The message is sent twice.", breaks{four: "got: 2"}, double(test)),
		broken("connection-test-late", "The message comes long after the answer.", breaks{four: "it did not come in time"}, delay(test, 350*time.Millisecond)).
			within("connection-test", 100*time.Millisecond).withAbsence(600 * time.Millisecond),
	}
}

func testBlobDefects() []defect {
	const five, six, seven, eight = "CVSI-CONNECT-05", "CVSI-CONNECT-06", "CVSI-CONNECT-07", "CVSI-CONNECT-08"
	tested := func(b blob) bool { return !b.backup() }
	rename := func(f func(string) string) fault {
		change := func(b blob, do func(blob) error) error {
			if tested(b) {
				b.name = f(b.name)
			}
			return do(b)
		}
		return func(s *service) { storing(change)(s); deleting(change)(s) }
	}
	keep := deleting(func(blob, func(blob) error) error { return nil })
	return []defect{
		broken("no-test-blob", "No test blob is written.", breaks{five: "no blob was stored", six: "no blob was stored", seven: "no blob was stored", eight: "no blob was stored"},
			losing(tested), keep),
		broken("no-test-blob-on-update", "Only a create writes a test blob.", breaks{seven: "no blob was stored"},
			losing(func(b blob) bool { return b.during == updateProject }), deleting(func(blob, func(blob) error) error { return nil })),
		broken("test-blob-elsewhere", "The test blob lies in another folder.", breaks{five: "stored instead: permission/", seven: "stored instead: permission/"},
			rename(func(name string) string { return "permission/" + name[strings.Index(name, "/")+1:] })),
		broken("test-blob-no-folder", "The test blob lies in no folder.", breaks{five: "stored instead: Customvision-TestPermission"},
			rename(func(name string) string { return name[:strings.Index(name, "/")] })),
		broken("test-blob-stays", "The test blob is never deleted.", breaks{six: "the test blob to go within", eight: "stays"}, keep),
		broken("test-blob-late", "The test blob is deleted late.", breaks{six: "it did not come in time"},
			deleting(func(b blob, remove func(blob) error) error {
				time.AfterFunc(350*time.Millisecond, func() { _ = remove(b) })
				return nil
			})).within("test-blob", 100*time.Millisecond),
		broken("test-blob-slow", "The test blob stays long before the answer.", breaks{six: "it did not come in time"},
			deleting(func(b blob, remove func(blob) error) error {
				over := make(chan error)
				time.AfterFunc(350*time.Millisecond, func() { over <- remove(b) })
				return <-over
			})).within("test-blob", 100*time.Millisecond),
		broken("check-leaves-marker", "The check leaves a second blob behind.", breaks{eight: "blob .checked stays"},
			storing(func(b blob, put func(blob) error) error {
				_ = put(blob{container: b.container, name: ".checked", data: b.data})
				return put(b)
			})),
	}
}

// withAbsence lengthens the absence window, for what has to be seen late.
func (d defect) withAbsence(window time.Duration) defect {
	d.budgets["absence"] = window
	return d
}
