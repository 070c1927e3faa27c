package defect

import (
	"context"
	"net/http"
	"strings"
)

func accessDefects() []Defect {
	return append(append(keyDefects(), malformedDefects()...), append(storageDefects(), refusalDefects()...)...)
}

// keyDefects concern the training key.
func keyDefects() []Defect {
	missing := func(key string) bool { return key == "" }
	wrong := func(key string) bool { return key != "" }
	return []Defect{
		newDefect("no-key-needed", "CreateProject accepts a missing training key.",
			catches{access01: "CreateProject answered 200"}, acceptKeys(missing)),
		newDefect("any-key-accepted", "CreateProject accepts a wrong training key.", catches{access01: "CreateProject answered 200"}, acceptKeys(wrong)),
		newDefect("missing-key-403", "CreateProject responds with 403 to a missing training key.",
			catches{access01: "CreateProject answered 403"}, forbidding(missing)),
		newDefect("wrong-key-403", "CreateProject responds with 403 to a wrong training key.", catches{access01: "CreateProject answered 403"}, forbidding(wrong)),
		newDefect("missing-key-but-made", "CreateProject rejects a missing training key but creates the project.",
			catches{access01: "the list shows it"}, refusedLate(missing, createProjectAnyway)),
		newDefect("wrong-key-but-made", "CreateProject rejects a wrong training key but creates the project.",
			catches{access01: "the list shows it"}, refusedLate(wrong, createProjectAnyway)),
		newDefect("missing-key-but-written", "CreateProject rejects a missing training key but writes to the container.",
			catches{access01: "nothing is written"}, refusedLate(missing, writeTestBlobAnyway)),
		newDefect("wrong-key-but-written", "CreateProject rejects a wrong training key but writes to the container.",
			catches{access01: "nothing is written"}, refusedLate(wrong, writeTestBlobAnyway)),
	}
}

// acceptKeys accepts such keys as if they were right.
func acceptKeys(such func(key string) bool) change {
	return func(s *service) {
		onRequest(createProject, func(r *http.Request) {
			if such(r.Header.Get("Training-Key")) {
				r.Header.Set("Training-Key", s.TrainingKey)
			}
		})(s)
	}
}

// forbidding answers 403 to such keys.
func forbidding(such func(key string) bool) change {
	return onResponse(createProject, func(r *http.Request, a *answer) {
		if a.status == http.StatusUnauthorized && such(r.Header.Get("Training-Key")) {
			a.status = http.StatusForbidden
		}
	})
}

// refusedLate does some work for such keys before it refuses them.
func refusedLate(such func(key string) bool, work func(*service, *http.Request)) change {
	return func(s *service) {
		s.wrap(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
			if key := r.Header.Get("Training-Key"); callOf(r) == createProject && key != s.TrainingKey && such(key) {
				work(s, r)
			}
			next.ServeHTTP(w, r)
		})
	}
}

// createProjectAnyway makes the project.
func createProjectAnyway(s *service, r *http.Request) {
	made := r.Clone(r.Context())
	made.Header.Set("Training-Key", s.TrainingKey)
	ask(s.Calls, made)
}

// writeTestBlobAnyway writes to the container.
func writeTestBlobAnyway(s *service, r *http.Request) {
	_ = s.Writes.PutBlob(
		context.WithoutCancel(r.Context()),
		r.URL.Query().Get(containerURI),
		testFolder+"/x",
		[]byte("astray"),
	)
}

// malformedDefects concern URIs that are none.
func malformedDefects() []Defect {
	malformed := func(r *http.Request, name string) bool {
		return hasQueryURI(r, name) && !strings.HasPrefix(r.URL.Query().Get(name), "http")
	}
	of := func(name string) func(*http.Request, *answer) bool {
		return func(r *http.Request, _ *answer) bool { return malformed(r, name) }
	}
	ignored := func(name string) change {
		return onRequest(createProject, func(r *http.Request) {
			if malformed(r, name) {
				withoutURIs(r)
			}
		})
	}
	return []Defect{
		newDefect("malformed-queue-ignored", "CreateProject ignores a malformed queue URI.",
			catches{access02: "CreateProject answered 200"}, ignored(queueURI)),
		newDefect("malformed-container-ignored", "CreateProject ignores a malformed container URI.",
			catches{access02: "CreateProject answered 200"}, ignored(containerURI)),
		newDefect("malformed-queue-but-made", "CreateProject rejects a malformed queue URI but creates the project.",
			catches{access02: "the list shows it"}, createDespiteRefusal(of(queueURI))),
		newDefect("malformed-container-but-made",
			"CreateProject rejects a malformed container URI but creates the project.",
			catches{access02: "the list shows it"}, createDespiteRefusal(of(containerURI))),
	}
}

// storageDefects concern storage that is not there, or refuses.
func storageDefects() []Defect {
	const missing, forbidden = "404", "403"
	because := func(name, status string) func(*http.Request, *answer) bool {
		return func(r *http.Request, a *answer) bool {
			return hasQueryURI(r, name) && strings.Contains(string(a.body), answeredWith+status)
		}
	}
	return []Defect{
		newDefect("missing-queue-accepted", "CreateProject accepts a queue that does not exist.",
			catches{access03: "CreateProject answered 200"}, unsent(missing)),
		newDefect("forbidden-queue-accepted", "CreateProject accepts a queue that it is not allowed to write to.",
			catches{access03: "CreateProject answered 200"}, unsent(forbidden)),
		newDefect("missing-container-accepted", "CreateProject accepts a container that does not exist.",
			catches{access04: "CreateProject answered 200"}, unstored(missing)...),
		newDefect("forbidden-container-accepted", "CreateProject accepts a container that it is not allowed to write to.",
			catches{access04: "CreateProject answered 200"}, unstored(forbidden)...),
		newDefect("missing-queue-but-made", "CreateProject rejects a queue that does not exist but creates the project.",
			catches{access03: "the list shows it"}, createDespiteRefusal(because(queueURI, missing))),
		newDefect("forbidden-queue-but-made",
			"CreateProject rejects a queue that it is not allowed to write to but creates the project.",
			catches{access03: "the list shows it"}, createDespiteRefusal(because(queueURI, forbidden))),
		newDefect("missing-container-but-made",
			"CreateProject rejects a container that does not exist but creates the project.",
			catches{access04: "the list shows it"}, createDespiteRefusal(because(containerURI, missing))),
		newDefect("forbidden-container-but-made",
			"CreateProject rejects a container that it is not allowed to write to but creates the project.",
			catches{access04: "the list shows it"}, createDespiteRefusal(because(containerURI, forbidden))),
	}
}

// answeredWith begins what the service says of storage that refused.
const answeredWith = "storage answered "

// unsent forgets that a message could not be sent, for that status.
func unsent(status string) change {
	return sending(
		func(l outgoingMessage, send func(outgoingMessage) error) error { return ignoreStatus(status, send(l)) },
	)
}

// unstored forgets that a blob could not be stored or deleted, for that status.
func unstored(status string) []change {
	try := func(b blob, do func(blob) error) error { return ignoreStatus(status, do(b)) }
	return []change{storing(try), deleting(try)}
}

func ignoreStatus(status string, err error) error {
	if err != nil && strings.Contains(err.Error(), answeredWith+status) {
		return nil
	}
	return err
}

// createDespiteRefusal makes a project again that was refused, without its URIs.
func createDespiteRefusal(where func(*http.Request, *answer) bool) change {
	return func(s *service) {
		onResponse(createProject, func(r *http.Request, a *answer) {
			if a.status == http.StatusBadRequest && where(r, a) {
				again := r.Clone(r.Context())
				withoutURIs(again)
				ask(s.Calls, again)
			}
		})(s)
	}
}

// withoutURIs takes both URIs out of a request's query.
func withoutURIs(r *http.Request) {
	q := r.URL.Query()
	q.Del(queueURI)
	q.Del(containerURI)
	r.URL.RawQuery = q.Encode()
}

// refusalDefects concern the form in which URIs are refused.
func refusalDefects() []Defect {
	const want = "4xx with a JSON error that has code and message"
	all := func(why string) catches {
		return catches{access02: why, access03: why, access04: why}
	}
	refused := func(f func(*answer)) change {
		return onResponse(createProject, func(_ *http.Request, a *answer) {
			if a.status == http.StatusBadRequest {
				f(a)
			}
		})
	}
	return []Defect{
		newDefect("refusal-500", "CreateProject rejects storage URIs with status 500.",
			all("answered 500"), refused(func(a *answer) { a.status = 500 })),
		newDefect("refusal-html", "CreateProject rejects storage URIs with an HTML page.",
			all(want), refused(func(a *answer) { a.replaceBody(400, "text/html", "<html>Bad Request</html>") })),
		newDefect("refusal-no-code", "CreateProject rejects storage URIs with an error that has no code.",
			all(want), refused(func(a *answer) { a.replaceBody(400, "application/json", `{"message":"no"}`) })),
	}
}
