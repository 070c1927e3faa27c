package defect

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// queueURI and containerURI are members of a project's settings, and query parameters of CreateProject.
const (
	queueURI     = "notificationQueueUri"
	containerURI = "exportModelContainerUri"
)

// The operations of the Training API, and the download of a model.
const (
	createProject   = "CreateProject"
	getProject      = "GetProject"
	getProjects     = "GetProjects"
	updateProject   = "UpdateProject"
	trainProject    = "TrainProject"
	getIteration    = "GetIteration"
	exportIteration = "ExportIteration"
	getExports      = "GetExports"
	downloadModel   = "model"
)

// callOf returns the operation that a request calls, empty for any other.
func callOf(r *http.Request) string {
	path := strings.ToLower(r.URL.Path)
	_, rest, api := strings.Cut(path, "/training/")
	if !api {
		return map[bool]string{true: downloadModel}[strings.Contains(path, "/m-")]
	}
	parts := strings.Split(rest, "/")
	key := []string{r.Method, parts[0]}
	for i, part := range parts[1:] {
		if i%2 == 0 {
			part = "…"
		}
		key = append(key, part)
	}
	return map[string]string{
		"POST projects": createProject, "GET projects": getProjects,
		"GET projects …": getProject, "PATCH projects …": updateProject,
		"POST projects … train": trainProject, "GET projects … iterations …": getIteration,
		"POST projects … iterations … export": exportIteration, "GET projects … iterations … export": getExports,
	}[strings.Join(key, " ")]
}

// projectOf returns the id of the project in the path.
func projectOf(r *http.Request) string {
	_, rest, _ := strings.Cut(strings.ToLower(r.URL.Path), "/projects/")
	id, _, _ := strings.Cut(rest, "/")
	return id
}

// iterationOf returns the id of the iteration in the path.
func iterationOf(r *http.Request) string {
	_, rest, _ := strings.Cut(strings.ToLower(r.URL.Path), "/iterations/")
	id, _, _ := strings.Cut(rest, "/")
	return id
}

// response is a response that has not been sent. It implements http.ResponseWriter.
type response struct {
	status int
	header http.Header
	body   []byte
}

// Header implements http.ResponseWriter.
func (resp *response) Header() http.Header { return resp.header }

// WriteHeader implements http.ResponseWriter.
func (resp *response) WriteHeader(status int) {
	if resp.status == 0 {
		resp.status = status
	}
}

// Write implements http.ResponseWriter.
func (resp *response) Write(data []byte) (int, error) {
	resp.WriteHeader(http.StatusOK)
	resp.body = append(resp.body, data...)
	return len(data), nil
}

// send sends the response.
func (resp *response) send(w http.ResponseWriter) {
	for name, values := range resp.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(resp.body)))
	w.WriteHeader(resp.status)
	_, _ = w.Write(resp.body)
}

// replaceBody sets the status and the body.
func (resp *response) replaceBody(status int, contentType, body string) {
	resp.status, resp.body = status, []byte(body)
	resp.header.Set("Content-Type", contentType)
}

// serve returns the response of next without sending it. The body of the request stays readable.
func serve(next http.Handler, r *http.Request) *response {
	body := readBody(r)
	resp := &response{header: http.Header{}}
	next.ServeHTTP(resp, r)
	resp.WriteHeader(http.StatusOK)
	setBody(r, body)
	return resp
}

// readBody returns the body. It stays readable.
func readBody(r *http.Request) []byte {
	body, _ := io.ReadAll(r.Body) // a body that cannot be read is empty
	setBody(r, body)
	return body
}

func setBody(r *http.Request, body []byte) {
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
}

// onCall intercepts one operation.
func onCall(call string, f func(next http.Handler, w http.ResponseWriter, r *http.Request)) change {
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

// onResponse changes the responses of one operation.
func onResponse(call string, f func(*http.Request, *response)) change {
	return onCall(call, func(next http.Handler, w http.ResponseWriter, r *http.Request) {
		resp := serve(next, r)
		f(r, resp)
		resp.send(w)
	})
}

// onRequest changes the requests of one operation.
func onRequest(call string, f func(*http.Request)) change {
	return onCall(call, func(next http.Handler, w http.ResponseWriter, r *http.Request) {
		f(r)
		next.ServeHTTP(w, r)
	})
}

// reject rejects the requests of one operation for which the condition holds.
func reject(call string, status int, when func(*http.Request) bool) change {
	return onCall(call, func(next http.Handler, w http.ResponseWriter, r *http.Request) {
		if !when(r) {
			next.ServeHTTP(w, r)
			return
		}
		resp := response{header: http.Header{}}
		resp.replaceBody(status, "application/json", `{"code":"BadRequest","message":"Rejected by a defect."}`)
		resp.send(w)
	})
}

// anyRequest is a condition that always holds.
func anyRequest(*http.Request) bool { return true }

// setStatus changes the status of successful responses.
func setStatus(call string, code int) change { return setStatusWhere(call, code, anyRequest) }

func setStatusWhere(call string, code int, where func(*http.Request) bool) change {
	return onResponse(call, func(r *http.Request, resp *response) {
		if resp.status == http.StatusOK && where(r) {
			resp.status = code
		}
	})
}

// editDocument changes the JSON object in successful responses. settings is the member of that name.
func editDocument(call string, f func(doc, settings map[string]any)) change {
	return onResponse(call, func(_ *http.Request, resp *response) {
		var doc map[string]any
		if resp.status != http.StatusOK || json.Unmarshal(resp.body, &doc) != nil {
			return
		}
		settings, _ := doc["settings"].(map[string]any)
		f(doc, settings)
		resp.body = encode(doc)
	})
}

// editList changes the JSON array in successful responses.
func editList(call string, f func([]map[string]any) []map[string]any) change {
	return onResponse(call, func(_ *http.Request, resp *response) {
		var all []map[string]any
		if resp.status == http.StatusOK && json.Unmarshal(resp.body, &all) == nil {
			resp.body = encode(f(all))
		}
	})
}

// hasQueryURI reports whether the query of CreateProject contains a URI.
func hasQueryURI(r *http.Request, name string) bool { return r.URL.Query().Get(name) != "" }

// editRequestBody changes the JSON body of requests. settings is the member of that name.
func editRequestBody(call string, f func(doc, settings map[string]any)) change {
	return onRequest(call, func(r *http.Request) {
		var doc map[string]any
		if json.Unmarshal(readBody(r), &doc) != nil {
			return
		}
		settings, _ := doc["settings"].(map[string]any)
		f(doc, settings)
		setBody(r, encode(doc))
	})
}

// encode encodes a document that was decoded before. It writes an ampersand as \u0026, as most encoders do.
func encode(v any) []byte {
	data, _ := json.Marshal(v)
	return data
}

// remove deletes members of the document and of its settings.
func remove(names ...string) func(doc, settings map[string]any) {
	return func(doc, settings map[string]any) {
		for _, name := range names {
			delete(doc, name)
			delete(settings, name)
		}
	}
}

// set sets a member of the document.
func set(name string, value any) func(doc, settings map[string]any) {
	return func(doc, _ map[string]any) { doc[name] = value }
}

// setInSettings sets a member of the settings.
func setInSettings(name string, value any) func(doc, settings map[string]any) {
	return func(_, settings map[string]any) { settings[name] = value }
}

// decode decodes a JSON object. It returns nil for any other data.
func decode(data []byte) (doc map[string]any) {
	_ = json.Unmarshal(data, &doc)
	return doc
}

// editJSON changes a JSON object, or each object of a JSON array.
func editJSON(data []byte, change func(map[string]any)) []byte {
	var all []map[string]any
	if json.Unmarshal(data, &all) == nil {
		for _, doc := range all {
			change(doc)
		}
		return encode(all)
	}
	doc := decode(data)
	if doc == nil {
		return data
	}
	change(doc)
	return encode(doc)
}
