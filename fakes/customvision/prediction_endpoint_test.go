package customvision_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision"
)

// predict sends a request to the Prediction API.
func (s *service) predict(path, key, contentType string, body io.Reader) response {
	s.Helper()
	address := s.origin + "/customvision/" + path
	request, err := http.NewRequestWithContext(s.Context(), http.MethodPost, address, body)
	require.NoError(s, err)
	request.Header.Set("Prediction-Key", key)
	request.Header.Set("Content-Type", contentType)
	return s.do(request)
}

func (s *service) predictPicture(path string) response {
	s.Helper()
	return s.predict(path, s.key, "application/octet-stream", bytes.NewReader(picture(7)))
}

// The last step of the quickstarts: the published iteration gives the predictions of a quick test.
func TestPredictionEndpoint(t *testing.T) {
	pictures := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(picture(7))
	}))
	defer pictures.Close()
	s := newService(t, customvision.Options{})
	p := fruitProject()
	require.NoError(t, s.server.Seed(t.Context(), seedOf(p)))
	project, iteration := p.ID().String(), p.IterationID("second").String()
	published := "v3.1/Prediction/" + project + "/classify/iterations/Best%20One"
	message := s.requireError(s.predictPicture(published+"/image"), 404, "NotFoundIteration")
	assert.Contains(t, message, "Invalid iteration")
	requireOK[bool](s, s.publish(project, iteration, publishQuery("Best One")))
	want := s.quickTest(project, 7, "store=false&iterationId="+iteration)

	form, body := newForm(t, map[string][]byte{`form-data; name="imageData"; filename="1.png"`: picture(7)})
	address := bytes.NewReader([]byte(`{"Url":"` + pictures.URL + `"}`))
	for name, a := range map[string]response{
		"image":      s.predictPicture(published + "/image/nostore"),
		"v3.0":       s.predictPicture("v3.0" + published[len("v3.1"):] + "/image/nostore"),
		"form":       s.predict(published+"/image/nostore", s.key, form, bytes.NewReader(body)),
		"URL":        s.predict(published+"/url/nostore", s.key, "application/json", address),
		"and stored": s.predictPicture(published + "/image"),
	} {
		got := requireOK[object](s, a)
		for _, member := range []string{"project", "iteration", "predictions"} {
			assert.Equal(t, want[member], got[member], name)
		}
	}
	stored := requireOK[object](s, s.call("POST", "/projects/"+project+"/predictions/query", object{}))
	assert.Len(t, stored["results"], 1, "only one was stored")
	detect := "v3.1/Prediction/" + project + "/detect/iterations/Best%20One/image"
	assert.Contains(t, s.requireError(s.predictPicture(detect), 400, "BadRequestOperationNotSupported"),
		"Invalid project type for operation")
	a := s.predict(published+"/image", "wrong", "application/octet-stream", bytes.NewReader(picture(7)))
	assert.Equal(t, http.StatusUnauthorized, a.status)
	for _, path := range []string{"v3.3/Prediction/" + project + "/classify/iterations/x/image", "v3.3/Predict/x", "v3.1"} {
		assert.Contains(t, s.requireError(s.predictPicture(path), 404, "NotFound"), "/Prediction (v3.0, v3.1)", path)
	}
}
