package defect

import (
	"net/http"
	"strings"
	"time"
)

// late is later than what has to come soon may come, and soon enough to be seen:
// cvconform gives a service on this machine 3 s. tooLate is when all who waited
// have gone.
const (
	justOverBudget = 3500 * time.Millisecond
	afterEveryWait = time.Minute
)

func connectDefects() []Defect {
	return append(
		append(connectMessageDefects(), connectCountDefects()...),
		append(testBlobDefects(), updateCheckDefects()...)...)
}

func connectMessageDefects() []Defect {
	const form = "a ConnectionTest message of the documented form"
	return []Defect{
		newDefect("no-connection-test", "No ConnectionTest message is sent.",
			catches{connect01: "a ConnectionTest message in queue", connect02: "a ConnectionTest message in queue",
				connect03: "a ConnectionTest message in queue", connect04: "exactly one ConnectionTest message"}, lose(test)),
		newDefect("no-connection-test-on-create", "CreateProject sends no ConnectionTest message.",
			catches{connect01: "a ConnectionTest message in queue"}, loseWhere(test, sentDuring(createProject))),
		newDefect("no-connection-test-on-update", "UpdateProject sends no ConnectionTest message.",
			catches{connect03: "a ConnectionTest message in queue", connect04: "got: 0"}, loseWhere(test, sentDuring(updateProject))),
		newDefect("connection-test-type", "The ConnectionTest message has its type with a small first letter.",
			catches{connect02: form}, rewrite(test, set("type", "connectionTest"))),
		newDefect("connection-test-other-type", "The ConnectionTest message has another type.",
			catches{connect01: "1 unrecognised", connect02: "1 unrecognised"}, rewrite(test, set("type", "Test"))),
		newDefect("connection-test-content",
			"The ConnectionTest message has its content in the member content, with a small c.",
			catches{connect02: form}, rewrite(test, smallContent)),
		newDefect("connection-test-key", "The ConnectionTest message has projectID instead of projectId.",
			catches{connect02: form}, rewrite(test, renameContent("projectId", "projectID"))),
		newDefect("connection-test-version", "The ConnectionTest message has a number as its version.",
			catches{connect02: "/version"}, rewrite(test, set("version", 1.0))),
		newDefect("connection-test-version-2", "The ConnectionTest message has another version.",
			catches{connect02: "/version"}, rewrite(test, set("version", "2.0"))),
		newDefect("connection-test-project", "The ConnectionTest message names another project.",
			catches{connect02: "Content.projectId = ", connect03: "Content.projectId = "},
			rewrite(test, setContent("projectId", unknownID))),
		newDefect("connection-test-no-project", "The ConnectionTest message has no projectId.",
			catches{connect02: form}, rewrite(test, dropContent("projectId"))),
	}
}

// connectCountDefects concern how many ConnectionTest messages there are, and when.
func connectCountDefects() []Defect {
	delayed := func(call string) change { return delayWhere(test, justOverBudget, sentDuring(call)) }
	tardy := func(d Defect) Defect {
		return d.within("connection-test", 100*time.Millisecond).within("absence", justOverBudget+time.Second)
	}
	return []Defect{
		newDefect("connection-test-twice-on-create", "CreateProject sends the ConnectionTest message twice.",
			catches{connect04: "got: 2"}, doubleWhere(test, sentDuring(createProject))),
		newDefect("connection-test-twice-on-update", "UpdateProject sends the ConnectionTest message twice.",
			catches{connect04: "got: 2"}, doubleWhere(test, sentDuring(updateProject))),
		tardy(newDefect("connection-test-late-on-create",
			"The ConnectionTest message is sent long after the response to CreateProject.",
			catches{connect04: "it was not stored in time"}, delayed(createProject))),
		tardy(newDefect("connection-test-late-on-update",
			"The ConnectionTest message is sent long after the response to UpdateProject.",
			catches{connect04: "it was not stored in time"}, delayed(updateProject))),
	}
}

// sentDuring says whether a message is sent while that call is handled.
func sentDuring(call string) func(outgoingMessage) bool {
	return func(l outgoingMessage) bool { return l.during() == call }
}

func testBlobDefects() []Defect {
	keep := deleting(func(blob, func(blob) error) error { return nil })
	return []Defect{
		newDefect("no-test-blob", "No test blob is written.",
			catches{connect05: "no blob was stored", connect06: "no blob was stored", connect07: "no blob was stored",
				connect08: "no blob was stored"}, losing(tested), keep),
		newDefect("no-test-blob-on-update", "UpdateProject writes no test blob.",
			catches{connect07: "no blob was stored"}, losing(func(b blob) bool { return b.during() == updateProject }), keep),
		newDefect("test-blob-elsewhere", "The test blob is written to another folder.",
			catches{connect05: "stored instead: permission/", connect07: "stored instead: permission/"},
			elsewhere(func(b blob) blob { b.name = "permission/" + b.name[strings.Index(b.name, "/")+1:]; return b })...),
		newDefect("test-blob-no-folder", "The test blob is not in a folder.",
			catches{connect05: "stored instead: Customvision-TestPermission"},
			elsewhere(func(b blob) blob { b.name = b.name[:strings.Index(b.name, "/")]; return b })...),
		newDefect("test-blob-stays", "The test blob is not deleted.",
			catches{connect06: "still there at the end", connect08: "stays"}, keep),
		newDefect("test-blob-late", "The test blob is deleted too late.",
			catches{connect06: "the test blob to be deleted within"}, func(s *service) {
				deleting(func(b blob, remove func(blob) error) error {
					s.later(justOverBudget, func() { _ = remove(b) })
					return nil
				})(s)
			}),
		newDefect("test-blob-slow", "The test blob is deleted too late, and CreateProject responds only after that.",
			catches{connect06: "it was deleted too late"}, func(s *service) {
				deleting(func(b blob, remove func(blob) error) error {
					s.pause(justOverBudget)
					return remove(b)
				})(s)
			}),
		newDefect("check-leaves-marker", "The connection check leaves another blob in the container.",
			catches{connect08: "blob .checked stays"}, storing(func(b blob, put func(blob) error) error {
				_ = put(blob{container: b.container, name: ".checked", data: b.data})
				return put(b)
			})),
	}
}

// tested says whether a blob is that of a connection check.
func tested(b blob) bool { return !b.backup() }

// elsewhere changes where test blobs go; one without a container goes nowhere.
func elsewhere(where func(blob) blob) []change {
	move := func(b blob, do func(blob) error) error {
		if tested(b) {
			b = where(b)
		}
		if b.container == "" {
			return nil
		}
		return do(b)
	}
	return []change{storing(move), deleting(move)}
}

// updateCheckDefects concern which storage an update tries.
func updateCheckDefects() []Defect {
	// before is what the project had that the call updates.
	before := func(l *projectLog, r *http.Request) uris {
		_, last, _ := l.of(projectOf(r))
		return last
	}
	return []Defect{
		newDefect("first-queue-unchecked",
			"UpdateProject sends no ConnectionTest message to the first queue of a project.",
			catches{connect03: "the queue holds a ConnectionTest message\nnone that belongs here"},
			keeping(func(l *projectLog) []change {
				return []change{
					loseWhere(
						test,
						func(m outgoingMessage) bool { return m.during() == updateProject && before(l, m.asked).Queue == "" },
					),
				}
			})),
		newDefect("first-container-unchecked", "UpdateProject writes no test blob to the first container of a project.",
			catches{connect07: "test-permission folder\nno blob was stored"}, keeping(func(l *projectLog) []change {
				return elsewhere(func(b blob) blob {
					if b.during() == updateProject && before(l, b.asked).Container == "" {
						b.container = ""
					}
					return b
				})
			})),
		newDefect("move-checks-old-queue", "UpdateProject sends the ConnectionTest message to the old queue.",
			catches{connect03: "the new queue holds a ConnectionTest message"}, keeping(func(l *projectLog) []change {
				return []change{handling(test, func(m outgoingMessage, send func(outgoingMessage) error) error {
					if m.during() == updateProject && before(l, m.asked).Queue != "" {
						m.queue = before(l, m.asked).Queue
					}
					return send(m)
				})}
			})),
		newDefect("move-checks-old-container", "UpdateProject writes the test blob to the old container.",
			catches{connect07: "a test blob appeared in the new container"}, keeping(func(l *projectLog) []change {
				return elsewhere(func(b blob) blob {
					if b.during() == updateProject && before(l, b.asked).Container != "" {
						b.container = before(l, b.asked).Container
					}
					return b
				})
			})),
	}
}
