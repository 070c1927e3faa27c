package defect

import (
	"context"
	"net/http"
	"slices"
	"strings"
)

func accessDefects() []Defect {
	return slices.Concat(keyDefects(), malformedURIDefects(), unusableStorageDefects(), rejectionFormDefects())
}

// keyDefects concern the training key.
func keyDefects() []Defect {
	missing := func(key string) bool { return key == "" }
	wrong := func(key string) bool { return key != "" }
	return []Defect{
		newDefect("no-key-needed", "CreateProject accepts a missing training key.",
			catches{access01: "CreateProject returned 200"}, acceptKeys(missing)),
		newDefect("any-key-accepted", "CreateProject accepts a wrong training key.",
			catches{access01: "CreateProject returned 200"}, acceptKeys(wrong)),
		newDefect("missing-key-403", "CreateProject responds with 403 to a missing training key.",
			catches{access01: "CreateProject returned 403"}, respondForbidden(missing)),
		newDefect("wrong-key-403", "CreateProject responds with 403 to a wrong training key.",
			catches{access01: "CreateProject returned 403"}, respondForbidden(wrong)),
		newDefect("key-header-case", "The name of the key's header is compared with regard to case.",
			catches{access08: "GetProject returned 401"}, ignoreOtherSpelling()),
		newDefect("missing-key-but-made", "CreateProject rejects a missing training key but creates the project.",
			catches{access01: "the list shows it"}, actBeforeRejection(missing, createProjectAnyway)),
		newDefect("wrong-key-but-made", "CreateProject rejects a wrong training key but creates the project.",
			catches{access01: "the list shows it"}, actBeforeRejection(wrong, createProjectAnyway)),
		newDefect("missing-key-but-written", "CreateProject rejects a missing training key but writes to the container.",
			catches{access01: "nothing is written"}, actBeforeRejection(missing, writeTestBlobAnyway)),
		newDefect("wrong-key-but-written", "CreateProject rejects a wrong training key but writes to the container.",
			catches{access01: "nothing is written"}, actBeforeRejection(wrong, writeTestBlobAnyway)),
	}
}

// ignoreOtherSpelling ignores a key in a header whose name is not spelt Training-Key.
func ignoreOtherSpelling() change {
	return func(s *service) {
		s.wrap(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
			if name := keyHeader(r); name != "" && name != "Training-Key" {
				r.Header.Del("Training-Key")
			}
			next.ServeHTTP(w, r)
		})
	}
}

// acceptKeys makes CreateProject accept the keys for which the condition holds.
func acceptKeys(where func(key string) bool) change {
	return func(s *service) {
		onRequest(createProject, func(r *http.Request) {
			if where(r.Header.Get("Training-Key")) {
				r.Header.Set("Training-Key", s.TrainingKey)
			}
		})(s)
	}
}

// respondForbidden makes CreateProject respond with 403 to the wrong keys for which the condition holds.
func respondForbidden(where func(key string) bool) change {
	return onResponse(createProject, func(r *http.Request, resp *response) {
		if resp.status == http.StatusUnauthorized && where(r.Header.Get("Training-Key")) {
			resp.status = http.StatusForbidden
		}
	})
}

// actBeforeRejection calls act before CreateProject rejects a wrong key for which the condition holds.
func actBeforeRejection(where func(key string) bool, act func(*service, *http.Request)) change {
	return func(s *service) {
		s.wrap(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
			if key := r.Header.Get("Training-Key"); callOf(r) == createProject && key != s.TrainingKey && where(key) {
				act(s, r)
			}
			next.ServeHTTP(w, r)
		})
	}
}

// createProjectAnyway creates the project with the right key.
func createProjectAnyway(s *service, r *http.Request) {
	withKey := r.Clone(r.Context())
	withKey.Header.Set("Training-Key", s.TrainingKey)
	serve(s.Calls, withKey)
}

// writeTestBlobAnyway writes a test blob to the container in the request.
func writeTestBlobAnyway(s *service, r *http.Request) {
	container := r.URL.Query().Get(containerURI)
	_ = s.Writes.PutBlob(context.WithoutCancel(r.Context()), container, testFolder+"/x", []byte("misplaced"))
}

// malformedURIDefects concern storage URIs that are not valid URIs.
func malformedURIDefects() []Defect {
	isMalformed := func(r *http.Request, name string) bool {
		return hasQueryURI(r, name) && !strings.HasPrefix(r.URL.Query().Get(name), "http")
	}
	whereMalformed := func(name string) func(*http.Request, *response) bool {
		return func(r *http.Request, _ *response) bool { return isMalformed(r, name) }
	}
	ignore := func(name string) change {
		return onRequest(createProject, func(r *http.Request) {
			if isMalformed(r, name) {
				removeURIs(r)
			}
		})
	}
	return []Defect{
		newDefect("malformed-queue-ignored", "CreateProject ignores a malformed queue URI.",
			catches{access02: "CreateProject returned 200"}, ignore(queueURI)),
		newDefect("malformed-container-ignored", "CreateProject ignores a malformed container URI.",
			catches{access02: "CreateProject returned 200"}, ignore(containerURI)),
		newDefect("malformed-queue-but-made", "CreateProject rejects a malformed queue URI but creates the project.",
			catches{access02: "the list shows it"}, createDespiteRejection(whereMalformed(queueURI))),
		newDefect("malformed-container-but-made",
			"CreateProject rejects a malformed container URI but creates the project.",
			catches{access02: "the list shows it"}, createDespiteRejection(whereMalformed(containerURI))),
	}
}

// unusableStorageDefects concern storage that does not exist or that the service is not allowed to write to.
func unusableStorageDefects() []Defect {
	const missing, forbidden = "404", "403"
	whereStorageResponds := func(name, status string) func(*http.Request, *response) bool {
		return func(r *http.Request, resp *response) bool {
			return hasQueryURI(r, name) && strings.Contains(string(resp.body), storageStatusPrefix+status)
		}
	}
	return []Defect{
		newDefect("missing-queue-accepted", "CreateProject accepts a queue that does not exist.",
			catches{access03: "CreateProject returned 200"}, ignoreSendError(missing)),
		newDefect("forbidden-queue-accepted", "CreateProject accepts a queue that it is not allowed to write to.",
			catches{access03: "CreateProject returned 200"}, ignoreSendError(forbidden)),
		newDefect("missing-container-accepted", "CreateProject accepts a container that does not exist.",
			catches{access04: "CreateProject returned 200"}, ignoreBlobError(missing)...),
		newDefect("forbidden-container-accepted", "CreateProject accepts a container that it is not allowed to write to.",
			catches{access04: "CreateProject returned 200"}, ignoreBlobError(forbidden)...),
		newDefect("missing-queue-but-made", "CreateProject rejects a queue that does not exist but creates the project.",
			catches{access03: "the list shows it"}, createDespiteRejection(whereStorageResponds(queueURI, missing))),
		newDefect("forbidden-queue-but-made",
			"CreateProject rejects a queue that it is not allowed to write to but creates the project.",
			catches{access03: "the list shows it"}, createDespiteRejection(whereStorageResponds(queueURI, forbidden))),
		newDefect("missing-container-but-made",
			"CreateProject rejects a container that does not exist but creates the project.",
			catches{access04: "the list shows it"}, createDespiteRejection(whereStorageResponds(containerURI, missing))),
		newDefect("forbidden-container-but-made",
			"CreateProject rejects a container that it is not allowed to write to but creates the project.",
			catches{access04: "the list shows it"}, createDespiteRejection(whereStorageResponds(containerURI, forbidden))),
	}
}

// storageStatusPrefix precedes the status of storage in the error messages of the service.
const storageStatusPrefix = "storage returned "

// ignoreSendError ignores that storage rejected a message with that status.
func ignoreSendError(status string) change {
	return onSend(func(m message, send sendFunc) error { return ignoreStatus(status, send(m)) })
}

// ignoreBlobError ignores that storage rejected the write or the deletion of a blob with that status.
func ignoreBlobError(status string) []change {
	ignore := func(b blob, next blobFunc) error { return ignoreStatus(status, next(b)) }
	return []change{onPut(ignore), onDelete(ignore)}
}

func ignoreStatus(status string, err error) error {
	if err != nil && strings.Contains(err.Error(), storageStatusPrefix+status) {
		return nil
	}
	return err
}

// createDespiteRejection creates a rejected project without its storage URIs.
func createDespiteRejection(where func(*http.Request, *response) bool) change {
	return func(s *service) {
		onResponse(createProject, func(r *http.Request, resp *response) {
			if resp.status == http.StatusBadRequest && where(r, resp) {
				withoutURIs := r.Clone(r.Context())
				removeURIs(withoutURIs)
				serve(s.Calls, withoutURIs)
			}
		})(s)
	}
}

// removeURIs removes both storage URIs from the query of a request.
func removeURIs(r *http.Request) {
	q := r.URL.Query()
	q.Del(queueURI)
	q.Del(containerURI)
	r.URL.RawQuery = q.Encode()
}

// rejectionFormDefects concern the form of the response that rejects storage URIs.
func rejectionFormDefects() []Defect {
	const want = "4xx with a JSON error that has code and message"
	all := func(reason string) catches {
		return catches{access02: reason, access03: reason, access04: reason}
	}
	editRejection := func(f func(*response)) change {
		return onResponse(createProject, func(_ *http.Request, resp *response) {
			if resp.status == http.StatusBadRequest {
				f(resp)
			}
		})
	}
	return []Defect{
		newDefect("refusal-500", "CreateProject rejects storage URIs with status 500.",
			all("returned 500"), editRejection(func(resp *response) { resp.status = 500 })),
		newDefect("refusal-html", "CreateProject rejects storage URIs with an HTML page.",
			all(want), editRejection(func(resp *response) { resp.replaceBody(400, "text/html", "<html>Bad Request</html>") })),
		newDefect("refusal-no-code", "CreateProject rejects storage URIs with an error that has no code.",
			all(want), editRejection(func(resp *response) { resp.replaceBody(400, "application/json", `{"message":"no"}`) })),
	}
}
