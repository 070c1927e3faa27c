package defect

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// The two members of the settings, and parameters of CreateProject.
const (
	queueURI     = "notificationQueueUri"
	containerURI = "exportModelContainerUri"
)

// The calls of the Training API, and the download of a model.
const (
	createProject   = "CreateProject"
	getProject      = "GetProject"
	getProjects     = "GetProjects"
	updateProject   = "UpdateProject"
	trainProject    = "TrainProject"
	getIteration    = "GetIteration"
	exportIteration = "ExportIteration"
	getExports      = "GetExports"
	getModel        = "model"
)

// callOf names the call that a request makes; "" for any other.
func callOf(r *http.Request) string {
	path := strings.ToLower(r.URL.Path)
	_, rest, api := strings.Cut(path, "/training/")
	if !api {
		return map[bool]string{true: getModel}[strings.HasPrefix(path, "/m-")]
	}
	parts := strings.Split(rest, "/")
	at := []string{r.Method, parts[0]}
	for i, part := range parts[1:] {
		if i%2 == 0 {
			part = "…"
		}
		at = append(at, part)
	}
	return map[string]string{
		"POST projects": createProject, "GET projects": getProjects, "GET projects …": getProject, "PATCH projects …": updateProject,
		"POST projects … train": trainProject, "GET projects … iterations …": getIteration,
		"POST projects … iterations … export": exportIteration, "GET projects … iterations … export": getExports,
	}[strings.Join(at, " ")]
}

// projectOf is the id of the project in the path.
func projectOf(r *http.Request) string {
	_, rest, _ := strings.Cut(strings.ToLower(r.URL.Path), "/projects/")
	id, _, _ := strings.Cut(rest, "/")
	return id
}

// iterationOf is the id of the iteration in the path.
func iterationOf(r *http.Request) string {
	_, rest, _ := strings.Cut(strings.ToLower(r.URL.Path), "/iterations/")
	id, _, _ := strings.Cut(rest, "/")
	return id
}

type requestKey struct{}

// named lets storage know for whose request it is used.
func named(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestKey{}, r)))
	})
}

// An answer is what a service is about to send. It is an [http.ResponseWriter]
// that keeps what is written.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// Header is the header to be sent.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader keeps the first status.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

// Write keeps the data.
func (a *answer) Write(data []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	a.body = append(a.body, data...)
	return len(data), nil
}

func (a *answer) write(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body)
}

// replaceBody replaces the answer.
func (a *answer) replaceBody(status int, kind, body string) {
	a.status, a.body = status, []byte(body)
	a.header.Set("Content-Type", kind)
}

// ask has the request answered without sending the answer; its body stays readable.
func ask(next http.Handler, r *http.Request) *answer {
	body := readBody(r)
	a := &answer{header: http.Header{}}
	next.ServeHTTP(a, r)
	a.WriteHeader(http.StatusOK)
	setBody(r, body)
	return a
}

// readBody reads the body and puts it back.
func readBody(r *http.Request) []byte {
	body, _ := io.ReadAll(r.Body) // what cannot be read is not there
	setBody(r, body)
	return body
}

func setBody(r *http.Request, body []byte) {
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
}

// calling puts f in the way of one call.
func calling(call string, f func(next http.Handler, w http.ResponseWriter, r *http.Request)) change {
	return func(s *service) {
		s.wrap(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
			if callOf(r) == call {
				f(next, w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// onResponse changes the answers to one call.
func onResponse(call string, f func(*http.Request, *answer)) change {
	return calling(call, func(next http.Handler, w http.ResponseWriter, r *http.Request) {
		a := ask(next, r)
		f(r, a)
		a.write(w)
	})
}

// onRequest changes the requests of one call.
func onRequest(call string, f func(*http.Request)) change {
	return calling(call, func(next http.Handler, w http.ResponseWriter, r *http.Request) {
		f(r)
		next.ServeHTTP(w, r)
	})
}

// refusing refuses one call where the condition holds.
func refusing(call string, status int, when func(*http.Request) bool) change {
	return calling(call, func(next http.Handler, w http.ResponseWriter, r *http.Request) {
		if !when(r) {
			next.ServeHTTP(w, r)
			return
		}
		a := answer{header: http.Header{}}
		a.replaceBody(status, "application/json", `{"code":"BadRequest","message":"Not like this."}`)
		a.write(w)
	})
}

func always(*http.Request) bool { return true }

// status changes the status of the good answers to a call.
func status(call string, code int) change { return statusWhere(call, code, always) }

func statusWhere(call string, code int, where func(*http.Request) bool) change {
	return onResponse(call, func(r *http.Request, a *answer) {
		if a.status == http.StatusOK && where(r) {
			a.status = code
		}
	})
}

// document changes the document that a call answers with.
func document(call string, f func(doc, settings map[string]any)) change {
	return onResponse(call, func(_ *http.Request, a *answer) {
		var doc map[string]any
		if a.status != http.StatusOK || json.Unmarshal(a.body, &doc) != nil {
			return
		}
		settings, _ := doc["settings"].(map[string]any)
		f(doc, settings)
		a.body = encoded(doc)
	})
}

// list changes the list that a call answers with.
func list(call string, f func([]map[string]any) []map[string]any) change {
	return onResponse(call, func(_ *http.Request, a *answer) {
		var all []map[string]any
		if a.status == http.StatusOK && json.Unmarshal(a.body, &all) == nil {
			a.body = encoded(f(all))
		}
	})
}

// hasQueryURI says whether a create names that URI in its query.
func hasQueryURI(r *http.Request, name string) bool { return r.URL.Query().Get(name) != "" }

// body changes the JSON body of a call's requests.
func body(call string, f func(doc, settings map[string]any)) change {
	return onRequest(call, func(r *http.Request) {
		var doc map[string]any
		if json.Unmarshal(readBody(r), &doc) != nil {
			return
		}
		settings, _ := doc["settings"].(map[string]any)
		f(doc, settings)
		setBody(r, encoded(doc))
	})
}

// encoded is a document as most encoders write it, "&" as \u0026. It is one that
// was decoded before, so that it can be encoded.
func encoded(v any) []byte {
	data, _ := json.Marshal(v)
	return data
}

// drop deletes members.
func drop(names ...string) func(doc, settings map[string]any) {
	return func(doc, settings map[string]any) {
		for _, name := range names {
			delete(doc, name)
			delete(settings, name)
		}
	}
}

// set sets one member of the document.
func set(name string, value any) func(doc, settings map[string]any) {
	return func(doc, _ map[string]any) { doc[name] = value }
}

// setting sets one member of the settings.
func setting(name string, value any) func(doc, settings map[string]any) {
	return func(_, settings map[string]any) { settings[name] = value }
}

// decoded is a JSON object; nil where it is none.
func decoded(data []byte) (doc map[string]any) {
	_ = json.Unmarshal(data, &doc)
	return doc
}

// changed is a JSON object, or each object of a list, after a change.
func changed(data []byte, change func(map[string]any)) []byte {
	var all []map[string]any
	if json.Unmarshal(data, &all) == nil {
		for _, doc := range all {
			change(doc)
		}
		return encoded(all)
	}
	doc := decoded(data)
	if doc == nil {
		return data
	}
	change(doc)
	return encoded(doc)
}
