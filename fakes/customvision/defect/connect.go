package defect

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	// justOverBudget is longer than the usual budget of 3 s, and short enough that the late event is still observed.
	justOverBudget = 3500 * time.Millisecond
	// afterEveryWait is longer than a run waits for any event.
	afterEveryWait = time.Minute
)

func connectDefects() []Defect {
	return slices.Concat(connectMessageDefects(), connectCountDefects(), testBlobDefects(),
		oneCallDefects(createProject, "create"), oneCallDefects(updateProject, "update"), updateCheckDefects())
}

// connectMessageDefects concern the content of ConnectionTest messages.
func connectMessageDefects() []Defect {
	const form = "a ConnectionTest message of the documented form"
	return []Defect{
		newDefect("no-connection-test", "No ConnectionTest message is sent.",
			catches{connect01: "a ConnectionTest message in queue", connect02: "a ConnectionTest message in queue",
				connect03: "a ConnectionTest message in queue", connect04: "exactly one ConnectionTest message"},
			dropMessages(connectionTest)),
		newDefect("no-connection-test-on-create", "CreateProject sends no ConnectionTest message.",
			catches{connect01: "a ConnectionTest message in queue"},
			dropMessagesWhere(connectionTest, duringCall(createProject))),
		newDefect("connection-test-without-container-only",
			"CreateProject sends a ConnectionTest message only if the project has no container.",
			catches{connect01: "a ConnectionTest message in queue"}, dropMessagesWhere(connectionTest, func(m message) bool {
				return m.call() == createProject && hasQueryURI(m.request, containerURI)
			})),
		newDefect("no-connection-test-on-update", "UpdateProject sends no ConnectionTest message.",
			catches{connect03: "a ConnectionTest message in queue", connect04: "got: 0"},
			dropMessagesWhere(connectionTest, duringCall(updateProject))),
		newDefect("connection-test-type", "The ConnectionTest message has its type with a small first letter.",
			catches{connect02: form}, editMessages(connectionTest, set("type", "connectionTest"))),
		newDefect("connection-test-other-type", "The ConnectionTest message has another type.",
			catches{connect01: "1 unrecognised", connect02: "1 unrecognised"},
			editMessages(connectionTest, set("type", "Test"))),
		newDefect("connection-test-content",
			"The ConnectionTest message has its content in the member content, with a small c.",
			catches{connect02: form}, editMessages(connectionTest, lowerCaseContent)),
		newDefect("connection-test-key", "The ConnectionTest message has projectID instead of projectId.",
			catches{connect02: form}, editMessages(connectionTest, renameContent("projectId", "projectID"))),
		newDefect("connection-test-version", "The ConnectionTest message has a number as its version.",
			catches{connect02: "/version"}, editMessages(connectionTest, set("version", 1.0))),
		newDefect("connection-test-version-2", "The ConnectionTest message has another version.",
			catches{connect02: "/version"}, editMessages(connectionTest, set("version", "2.0"))),
		newDefect("connection-test-project", "The ConnectionTest message names another project.",
			catches{connect02: "Content.projectId = "},
			editMessages(connectionTest, setContent("projectId", unknownID))),
		newDefect("connection-test-no-project", "The ConnectionTest message has no projectId.",
			catches{connect02: form}, editMessages(connectionTest, dropContent("projectId"))),
	}
}

// connectCountDefects concern the number and the time of ConnectionTest messages.
func connectCountDefects() []Defect {
	delay := func(call string) change { return delayMessagesWhere(connectionTest, justOverBudget, duringCall(call)) }
	withLateBudgets := func(d Defect) Defect {
		return d.withBudget("connection-test", 100*time.Millisecond).withBudget("absence", justOverBudget+time.Second)
	}
	return []Defect{
		newDefect("connection-test-twice-on-create", "CreateProject sends the ConnectionTest message twice.",
			catches{connect04: "got: 2"}, duplicateMessagesWhere(connectionTest, duringCall(createProject))),
		newDefect("connection-test-twice-on-update", "UpdateProject sends the ConnectionTest message twice.",
			catches{connect04: "got: 2"}, duplicateMessagesWhere(connectionTest, duringCall(updateProject))),
		withLateBudgets(newDefect("connection-test-late-on-create",
			"The ConnectionTest message is sent long after the response to CreateProject.",
			catches{connect01: "after the response; budget connection-test is "}, delay(createProject))),
		withLateBudgets(newDefect("connection-test-late-on-update",
			"The ConnectionTest message is sent long after the response to UpdateProject.",
			catches{connect03: "after the response; budget connection-test is "}, delay(updateProject))),
	}
}

// duringCall returns a condition: the message is sent during that API call.
func duringCall(call string) func(message) bool {
	return func(m message) bool { return m.call() == call }
}

// testBlobDefects concern the temporary test blob.
func testBlobDefects() []Defect {
	keepBlob := onDelete(func(blob, blobFunc) error { return nil })
	return []Defect{
		newDefect("no-test-blob", "No test blob is written.",
			catches{connect05: "no blob was stored", connect06: "no blob was stored", connect07: "no blob was stored",
				connect08: "no blob was stored"}, dropBlobs(isTestBlob), keepBlob),
		newDefect("no-test-blob-on-update", "UpdateProject writes no test blob.",
			catches{connect07: "no blob was stored"}, dropBlobs(func(b blob) bool { return b.call() == updateProject }),
			keepBlob),
		newDefect("test-blob-elsewhere", "The test blob is written to another folder.",
			catches{connect05: "stored instead: permission/", connect07: "stored instead: permission/"},
			moveTestBlobs(func(b blob) blob { b.name = "permission/" + b.name[strings.Index(b.name, "/")+1:]; return b })...),
		newDefect("test-blob-no-folder", "The test blob is not in a folder.",
			catches{connect05: "stored instead: CustomVision-TestPermission"},
			moveTestBlobs(func(b blob) blob { b.name = b.name[:strings.Index(b.name, "/")]; return b })...),
		newDefect("test-blob-stays", "The test blob is not deleted.",
			catches{connect06: "still there at the end", connect08: "stays"}, keepBlob),
		newDefect("test-blob-late", "The test blob is deleted too late.",
			catches{connect06: "the test blob to be deleted within"}, func(s *service) {
				onDelete(func(b blob, remove blobFunc) error {
					s.afterDelay(justOverBudget, func() { _ = remove(b) })
					return nil
				})(s)
			}),
		newDefect("test-blob-slow", "The test blob is deleted too late, and CreateProject responds only after that.",
			catches{connect06: "it was deleted too late"}, func(s *service) {
				onDelete(func(b blob, remove blobFunc) error {
					s.pause(justOverBudget)
					return remove(b)
				})(s)
			}).withBudget("test-blob", 100*time.Millisecond),
		newDefect("check-leaves-marker", "The connection check leaves another blob in the container.",
			catches{connect08: "blob .checked stays"}, onPut(func(b blob, put blobFunc) error {
				_ = put(blob{container: b.container, name: ".checked", data: b.data})
				return put(b)
			})),
	}
}

// oneCallDefects concern the connection check of one call, which the names of the defects end with.
func oneCallDefects(call, suffix string) []Defect {
	edit := func(f func(doc, content map[string]any)) change {
		return editMessagesWhere(connectionTest, duringCall(call), f)
	}
	return []Defect{
		newDefect("connection-test-type-on-"+suffix,
			"The ConnectionTest message of "+call+" has its type with a small first letter.",
			catches{connect02: "/type"}, edit(set("type", "connectionTest"))),
		newDefect("connection-test-project-on-"+suffix, "The ConnectionTest message of "+call+" names another project.",
			catches{connect02: "Content.projectId = "}, edit(setContent("projectId", unknownID))),
		newDefect("test-blob-stays-on-"+suffix, "The test blob of "+call+" is not deleted.",
			catches{connect06: "still there at the end"}, onDelete(func(b blob, remove blobFunc) error {
				if b.call() == call {
					return nil
				}
				return remove(b)
			})),
		newDefect("check-leaves-marker-on-"+suffix,
			"The connection check of "+call+" leaves another blob in the container.",
			catches{connect08: "blob .checked stays"}, onPut(func(b blob, put blobFunc) error {
				if b.call() == call {
					_ = put(blob{container: b.container, name: ".checked", data: b.data})
				}
				return put(b)
			})),
	}
}

// isTestBlob reports whether a blob is written by the connection check.
func isTestBlob(b blob) bool { return !b.isBackup() }

// moveTestBlobs changes the location of test blobs. A blob without a container is neither written nor deleted.
func moveTestBlobs(newLocation func(blob) blob) []change {
	move := func(b blob, next blobFunc) error {
		if isTestBlob(b) {
			b = newLocation(b)
		}
		if b.container == "" {
			return nil
		}
		return next(b)
	}
	return []change{onPut(move), onDelete(move)}
}

// updateCheckDefects concern the storage that UpdateProject checks.
func updateCheckDefects() []Defect {
	// before returns the URIs of the project before the update.
	before := func(l *projectLog, r *http.Request) uris {
		_, last, _ := l.urisOf(projectOf(r))
		return last
	}
	return []Defect{
		newDefect("first-queue-unchecked",
			"UpdateProject sends no ConnectionTest message to the first queue of a project.",
			catches{connect03: "the queue holds a ConnectionTest message\nnone that belongs here"},
			withProjectLog(func(l *projectLog) []change {
				return []change{dropMessagesWhere(connectionTest, func(m message) bool {
					return m.call() == updateProject && before(l, m.request).Queue == ""
				})}
			})),
		newDefect("first-container-unchecked", "UpdateProject writes no test blob to the first container of a project.",
			catches{connect07: "test-permission folder\nno blob was stored"}, withProjectLog(func(l *projectLog) []change {
				return moveTestBlobs(func(b blob) blob {
					if b.call() == updateProject && before(l, b.request).Container == "" {
						b.container = ""
					}
					return b
				})
			})),
		newDefect("move-checks-old-queue", "UpdateProject sends the ConnectionTest message to the old queue.",
			catches{connect03: "the new queue holds a ConnectionTest message"}, withProjectLog(func(l *projectLog) []change {
				return []change{onMessage(connectionTest, func(m message, send sendFunc) error {
					if m.call() == updateProject && before(l, m.request).Queue != "" {
						m.queue = before(l, m.request).Queue
					}
					return send(m)
				})}
			})),
		newDefect("move-checks-old-container", "UpdateProject writes the test blob to the old container.",
			catches{connect07: "a test blob appeared in the new container"}, withProjectLog(func(l *projectLog) []change {
				return moveTestBlobs(func(b blob) blob {
					if b.call() == updateProject && before(l, b.request).Container != "" {
						b.container = before(l, b.request).Container
					}
					return b
				})
			})),
	}
}
