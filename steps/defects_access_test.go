package steps_test

import (
	"net/http"
	"net/url"
	"strings"
)

func accessDefects() []defect { return append(keyDefects(), storageDefects()...) }

func keyDefects() []defect {
	const one = "CVSI-ACCESS-01"
	right := func(r *http.Request) { r.Header.Set("Training-Key", canary) }
	unauthorized := func(a *answer) { a.say(401, "application/json", `{"error":{"code":"401","message":"Access denied."}}`) }
	// refusedLate does its work for anyone before it looks at the key.
	refusedLate := func(work func(next http.Handler, r *http.Request)) fault {
		return func(s *service) {
			s.wrap(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
				if callOf(r) == createProject && r.Header.Get("Training-Key") != canary {
					work(next, r)
				}
				next.ServeHTTP(w, r)
			})
		}
	}
	return []defect{
		broken("no-key-needed", "A missing key is accepted.", breaks{one: "CreateProject answered 200"}, asking(createProject, func(r *http.Request) {
			if r.Header.Get("Training-Key") == "" {
				right(r)
			}
		})),
		broken("any-key-accepted", "Any key is accepted.", breaks{one: "CreateProject answered 200"}, asking(createProject, func(r *http.Request) {
			if r.Header.Get("Training-Key") != "" {
				right(r)
			}
		})),
		broken("wrong-key-403", "A wrong key answers 403.", breaks{one: "CreateProject answered 403"}, answering(createProject, func(_ *http.Request, a *answer) {
			if a.status == 401 {
				a.status = 403
			}
		})),
		broken("refused-but-made", "A wrong key is refused after the project was made.", breaks{one: "the list shows it"},
			refusedLate(func(next http.Handler, r *http.Request) {
				made := r.Clone(r.Context())
				right(made)
				ask(next, made)
			})),
		broken("refused-but-written", "A wrong key is refused after storage was tried.", breaks{one: "nothing is written"},
			keeping(func(l *ledger) []fault {
				return []fault{refusedLate(func(_ http.Handler, r *http.Request) {
					l.put(r.URL.Query().Get(containerURI), "Customvision-TestPermission/x")
				})}
			})),
		broken("key-refused-and-list-hidden", "A wrong key is refused, and the list shows no project.", breaks{one: "does not show the project that exists"},
			answering(createProject, func(_ *http.Request, a *answer) {
				if a.status == 401 {
					unauthorized(a)
				}
			}), list(getProjects, func([]map[string]any) []map[string]any { return []map[string]any{} })),
	}
}

func storageDefects() []defect {
	const two, three, four = "CVSI-ACCESS-02", "CVSI-ACCESS-03", "CVSI-ACCESS-04"
	forgiving := func(s *service) {
		sending(func(l letter, send func(letter) error) error { _ = send(l); return nil })(s)
		storing(func(b blob, put func(blob) error) error { _ = put(b); return nil })(s)
		deleting(func(b blob, remove func(blob) error) error { _ = remove(b); return nil })(s)
	}
	refused := func(f func(*answer)) fault {
		return answering(createProject, func(_ *http.Request, a *answer) {
			if a.status == 400 {
				f(a)
			}
		})
	}
	const want = "4xx with a JSON error that has code and message"
	return []defect{
		broken("malformed-ignored", "A malformed URI is ignored.", breaks{two: "CreateProject answered 200"}, query(createProject, dropMalformed)),
		broken("malformed-500", "A refusal answers 500.", breaks{two: "answered 500", three: "answered 500", four: "answered 500"},
			refused(func(a *answer) { a.status = 500 })),
		broken("malformed-html", "A refusal is a page.", breaks{two: want, three: want, four: want},
			refused(func(a *answer) { a.say(400, "text/html", "<html>Bad Request</html>") })),
		broken("malformed-no-code", "A refusal has no code.", breaks{two: want, three: want, four: want},
			refused(func(a *answer) { a.say(400, "application/json", `{"message":"no"}`) })),
		broken("malformed-but-made", "A refused project is there all the same.", breaks{two: "the list shows it", three: "the list shows it", four: "the list shows it"},
			madeAnyway()),
		broken("storage-unchecked", "Storage that refuses is accepted.", breaks{three: "CreateProject answered 200", four: "CreateProject answered 200"}, forgiving),
	}
}

// dropMalformed takes away URIs that are none.
func dropMalformed(q url.Values) {
	for _, name := range []string{queueURI, containerURI} {
		if !strings.HasPrefix(q.Get(name), "http") {
			q.Del(name)
		}
	}
}

// madeAnyway makes a refused project again, without its URIs.
func madeAnyway() fault {
	return func(s *service) {
		s.wrap(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
			if callOf(r) != createProject {
				next.ServeHTTP(w, r)
				return
			}
			a := ask(next, r)
			if a.status == 400 {
				again := r.Clone(r.Context())
				q := again.URL.Query()
				q.Del(queueURI)
				q.Del(containerURI)
				again.URL.RawQuery = q.Encode()
				ask(next, again)
			}
			a.write(w)
		})
	}
}
