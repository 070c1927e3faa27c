package customvision_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision"
)

// fuzzService sends requests that may be invalid.
type fuzzService struct {
	*testing.T
	server *customvision.Server
}

func newFuzzService(t *testing.T) fuzzService {
	return fuzzService{t, customvision.New(customvision.Options{Clock: frozenClock{}, Storage: newMemoryStorage()})}
}

// send requires a valid response: a success, or an error in the service's format.
func (f fuzzService) send(method, path, query string, body []byte) response {
	f.Helper()
	return f.sendAs("application/json", method, path, query, body)
}

func (f fuzzService) sendAs(contentType, method, path, query string, body []byte) response {
	f.Helper()
	r := httptest.NewRequestWithContext(
		f.Context(),
		method,
		"/customvision/v3.4-preview/training"+path,
		bytes.NewReader(body),
	)
	r.URL.RawQuery = query
	r.Header.Set("Training-Key", f.server.TrainingKey())
	r.Header.Set("Content-Type", contentType)
	w := httptest.NewRecorder()
	f.server.ServeHTTP(w, r)
	got := response{w.Code, w.Header(), w.Body.Bytes()}
	(&service{T: f.T}).requireValid(got)
	return got
}

func (f fuzzService) projects() []object {
	f.Helper()
	return decode[[]object](&service{T: f.T}, f.send("GET", "/projects", "", nil).body)
}

func FuzzCreateProject(f *testing.F) {
	uris := url.Values{"notificationQueueUri": {queueURI}, "exportModelContainerUri": {containerURI}}.Encode()
	f.Add(
		"name=p&description=d&classificationType=Multiclass&targetExportPlatforms=CoreML,ONNX&domainId="+compactID,
		[]byte(nil),
	)
	f.Add("name=p&"+uris, []byte(nil))
	f.Add("name=p", []byte(`{"exportModelContainerUri":"`+containerURI+`","notificationQueueUri":"`+queueURI+`"}`))
	f.Add("NAME=p&name=q&name=", []byte(`{"exportModelContainerUri":null,"notificationQueueUri":""}`))
	f.Add("name=%ff&domainId=x", []byte(`[`))
	f.Add("name=p&notificationQueueUri=http://127.0.0.1/a/b%3fsig=x", []byte(`{"notificationQueueUri":7}`))
	f.Fuzz(func(t *testing.T, query string, body []byte) {
		s := newFuzzService(t)
		a := s.send("POST", "/projects", query, body)
		want := 0
		if a.status == http.StatusOK {
			want = 1
		}
		require.Len(t, s.projects(), want, "a refused project is not created")
	})
}

func FuzzUpdateProject(f *testing.F) {
	f.Add(
		[]byte(
			`{"name":"q","description":"d","settings":{"domainId":"` + compactID +
				`","classificationType":"Multiclass","targetExportPlatforms":["ONNX"]},"status":"Succeeded"}`,
		),
	)
	f.Add(
		[]byte(`{"settings":{"exportModelContainerUri":"` + containerURI + `","notificationQueueUri":"` + queueURI + `"}}`),
	)
	f.Add([]byte(`{"settings":{"imageProcessingSettings":{"augmentationMethods":{"rotation":false}}}}`))
	f.Add([]byte(`{"name":null,"settings":null}`))
	f.Add([]byte(`{"name":1}`))
	f.Add([]byte(``))
	f.Fuzz(func(t *testing.T, body []byte) {
		s := newFuzzService(t)
		before := decode[object](&service{T: t}, s.send("POST", "/projects", "name=p", nil).body)
		a := s.send("PATCH", "/projects/"+before.id(), "", body)
		after := s.projects()
		require.Len(t, after, 1)
		if a.status != http.StatusOK {
			require.Equal(t, before, after[0], "a refused update changes nothing")
		}
	})
}
