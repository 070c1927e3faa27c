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
	const one, two, three, four = "CVSI-CONNECT-01", "CVSI-CONNECT-02", "CVSI-CONNECT-03", "CVSI-CONNECT-04"
	const form = "a ConnectionTest message of the documented form"
	return []Defect{
		newDefect(
			"no-connection-test",
			"No ConnectionTest message is sent.",
			catches{one: "a ConnectionTest message in queue", two: "a ConnectionTest message in queue",
				three: "a ConnectionTest message in queue", four: "exactly one ConnectionTest message"},
			lose(test),
		),
		newDefect(
			"no-connection-test-on-create",
			"Only an update sends a ConnectionTest message.",
			catches{one: "a ConnectionTest message in queue"},
			loseWhere(test, sentDuring(createProject)),
		),
		newDefect(
			"no-connection-test-on-update",
			"Only a create sends a ConnectionTest message.",
			catches{three: "a ConnectionTest message in queue", four: "got: 0"},
			loseWhere(test, sentDuring(updateProject)),
		),
		newDefect(
			"connection-test-type",
			"The type of the ConnectionTest message is misspelt.",
			catches{two: form},
			rewrite(test, set("type", "connectionTest")),
		),
		newDefect(
			"connection-test-other-type",
			"The ConnectionTest message has another type.",
			catches{one: "1 unrecognised", two: "1 unrecognised"},
			rewrite(test, set("type", "Test")),
		),
		newDefect(
			"connection-test-content",
			"The ConnectionTest message spells Content small.",
			catches{two: form},
			rewrite(test, smallContent),
		),
		newDefect(
			"connection-test-key",
			"The ConnectionTest message misspells projectId.",
			catches{two: form},
			rewrite(test, renameContent("projectId", "projectID")),
		),
		newDefect(
			"connection-test-version",
			"The version of the ConnectionTest message is a number.",
			catches{two: "/version"},
			rewrite(test, set("version", 1.0)),
		),
		newDefect(
			"connection-test-version-2",
			"The version of the ConnectionTest message is another.",
			catches{two: "/version"},
			rewrite(test, set("version", "2.0")),
		),
		newDefect(
			"connection-test-project",
			"The ConnectionTest message names another project.",
			catches{two: "Content.projectId = ", three: "Content.projectId = "},
			rewrite(test, setContent("projectId", unknownID)),
		),
		newDefect(
			"connection-test-no-project",
			"The ConnectionTest message names no project.",
			catches{two: form},
			rewrite(test, dropContent("projectId")),
		),
	}
}

// connectCountDefects concern how many ConnectionTest messages there are, and when.
func connectCountDefects() []Defect {
	const four = "CVSI-CONNECT-04"
	delayed := func(call string) change { return delayWhere(test, justOverBudget, sentDuring(call)) }
	tardy := func(d Defect) Defect {
		return d.within("connection-test", 100*time.Millisecond).within("absence", justOverBudget+time.Second)
	}
	return []Defect{
		newDefect(
			"connection-test-twice-on-create",
			"CreateProject sends the ConnectionTest message twice.",
			catches{four: "got: 2"},
			doubleWhere(test, sentDuring(createProject)),
		),
		newDefect(
			"connection-test-twice-on-update",
			"UpdateProject sends the ConnectionTest message twice.",
			catches{four: "got: 2"},
			doubleWhere(test, sentDuring(updateProject)),
		),
		tardy(
			newDefect(
				"connection-test-late-on-create",
				"The ConnectionTest message comes long after CreateProject has answered.",
				catches{four: "it did not come in time"},
				delayed(createProject),
			),
		),
		tardy(
			newDefect(
				"connection-test-late-on-update",
				"The ConnectionTest message comes long after UpdateProject has answered.",
				catches{four: "it did not come in time"},
				delayed(updateProject),
			),
		),
	}
}

// sentDuring says whether a message is sent while that call is handled.
func sentDuring(call string) func(outgoingMessage) bool {
	return func(l outgoingMessage) bool { return l.during() == call }
}

func testBlobDefects() []Defect {
	const five, six, seven, eight = "CVSI-CONNECT-05", "CVSI-CONNECT-06", "CVSI-CONNECT-07", "CVSI-CONNECT-08"
	keep := deleting(func(blob, func(blob) error) error { return nil })
	return []Defect{
		newDefect(
			"no-test-blob",
			"No test blob is written.",
			catches{
				five:  "no blob was stored",
				six:   "no blob was stored",
				seven: "no blob was stored",
				eight: "no blob was stored",
			},
			losing(tested),
			keep,
		),
		newDefect("no-test-blob-on-update", "Only a create writes a test blob.", catches{seven: "no blob was stored"},
			losing(func(b blob) bool { return b.during() == updateProject }), keep),
		newDefect(
			"test-blob-elsewhere",
			"The test blob lies in another folder.",
			catches{five: "stored instead: permission/", seven: "stored instead: permission/"},
			elsewhere(func(b blob) blob { b.name = "permission/" + b.name[strings.Index(b.name, "/")+1:]; return b })...),
		newDefect(
			"test-blob-no-folder",
			"The test blob lies in no folder.",
			catches{five: "stored instead: Customvision-TestPermission"},
			elsewhere(func(b blob) blob { b.name = b.name[:strings.Index(b.name, "/")]; return b })...),
		newDefect(
			"test-blob-stays",
			"The test blob is never deleted.",
			catches{six: "the test blob to go within", eight: "stays"},
			keep,
		),
		newDefect(
			"test-blob-late",
			"The test blob is deleted late.",
			catches{six: "it did not come in time"},
			func(s *service) {
				deleting(func(b blob, remove func(blob) error) error {
					s.later(justOverBudget, func() { _ = remove(b) })
					return nil
				})(s)
			},
		),
		newDefect(
			"test-blob-slow",
			"CreateProject answers after the test blob is deleted, and that takes long.",
			catches{six: "it did not come in time"},
			func(s *service) {
				deleting(func(b blob, remove func(blob) error) error {
					s.pause(justOverBudget)
					return remove(b)
				})(s)
			},
		),
		newDefect(
			"check-leaves-marker",
			"The connection check leaves a second blob behind.",
			catches{eight: "blob .checked stays"},
			storing(func(b blob, put func(blob) error) error {
				_ = put(blob{container: b.container, name: ".checked", data: b.data})
				return put(b)
			}),
		),
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
	const three, seven = "CVSI-CONNECT-03", "CVSI-CONNECT-07"
	// before is what the project had that the call updates.
	before := func(l *projectLog, r *http.Request) uris {
		_, last, _ := l.of(projectOf(r))
		return last
	}
	return []Defect{
		newDefect(
			"first-queue-unchecked",
			"An update that gives a project its first queue sends no ConnectionTest message.",
			catches{
				three: "the queue holds a ConnectionTest message\nnone that belongs here",
			},
			keeping(func(l *projectLog) []change {
				return []change{
					loseWhere(
						test,
						func(m outgoingMessage) bool { return m.during() == updateProject && before(l, m.asked).Queue == "" },
					),
				}
			}),
		),
		newDefect("first-container-unchecked", "An update that gives a project its first container writes no test blob.",
			catches{seven: "test-permission folder\nno blob was stored"}, keeping(func(l *projectLog) []change {
				return elsewhere(func(b blob) blob {
					if b.during() == updateProject && before(l, b.asked).Container == "" {
						b.container = ""
					}
					return b
				})
			})),
		newDefect(
			"move-checks-old-queue",
			"An update that moves to another queue sends the ConnectionTest message to the old one.",
			catches{three: "the new queue holds a ConnectionTest message"},
			keeping(func(l *projectLog) []change {
				return []change{handling(test, func(m outgoingMessage, send func(outgoingMessage) error) error {
					if m.during() == updateProject && before(l, m.asked).Queue != "" {
						m.queue = before(l, m.asked).Queue
					}
					return send(m)
				})}
			}),
		),
		newDefect(
			"move-checks-old-container",
			"An update that moves to another container writes the test blob to the old one.",
			catches{seven: "a test blob appeared in the new container"},
			keeping(func(l *projectLog) []change {
				return elsewhere(func(b blob) blob {
					if b.during() == updateProject && before(l, b.asked).Container != "" {
						b.container = before(l, b.asked).Container
					}
					return b
				})
			}),
		),
	}
}
