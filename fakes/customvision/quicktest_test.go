package customvision_test

import (
	"bytes"
	"io"
	"math"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision"
)

// send posts a body of that content type.
func (s *service) send(path, contentType string, body io.Reader) answer {
	s.Helper()
	request, err := http.NewRequestWithContext(s.Context(), "POST", s.origin+"/customvision/"+s.version+"/training"+path, body)
	require.NoError(s, err)
	request.Header = http.Header{"Training-Key": {s.key}, "Content-Type": {contentType}}
	return s.do(request)
}

// form packs files as the part imageData.
func form(t *testing.T, files ...[]byte) (contentType string, body io.Reader) {
	t.Helper()
	var buffer bytes.Buffer
	writer := multipart.NewWriter(&buffer)
	for _, data := range files {
		part, err := writer.CreateFormFile("imageData", "picture.png")
		require.NoError(t, err)
		_, err = part.Write(data)
		require.NoError(t, err)
	}
	require.NoError(t, writer.Close())
	return writer.FormDataContentType(), &buffer
}

func (s *service) quickTest(project string, n int, query string) object {
	s.Helper()
	return must[object](s, s.send("/projects/"+project+"/quicktest/image?"+query, "application/octet-stream", bytes.NewReader(picture(n))))
}

func TestQuickTest(t *testing.T) {
	for _, version := range []string{"v3.3", "v3.4-preview"} {
		inBubble(t, customvision.Options{}, func(s *service) {
			s.version = version
			project, iteration := s.trained("p", "", "")
			tags := must[[]object](s, s.call("GET", "/projects/"+project+"/tags", nil))
			a := s.send("/projects/"+project+"/quicktest/image?iterationId="+iteration, "application/octet-stream", bytes.NewReader(picture(7)))
			known := must[object](s, a)
			assert.Regexp(s, `^{"id":"`+known.id()+`","project":"`+project+`","iteration":"`+iteration+`","created":"2000-01-01T00:01:00Z","predictions":\[`+
				`{"probability":0\.9\d+,"tagId":"`+tags[1].id()+`","tagName":"dog","tagType":"Regular"},`+
				`{"probability":0\.0\d+,"tagId":"`+tags[0].id()+`","tagName":"cat","tagType":"Regular"}\]}$`, string(a.body))
			kind, body := form(s.T, picture(7), picture(1))
			again := must[object](s, s.send("/projects/"+project+"/quicktest/image?store=false", kind, body))
			assert.Equal(s, known["predictions"], again["predictions"], "the first file counts, and the iteration trained last")
			assert.NotEqual(s, known.id(), again.id())
			other := s.quickTest(project, 99, "")
			assert.NotEqual(s, known["predictions"], other["predictions"])
			assert.Less(s, other.predictions()[0]["probability"], 0.9)
		})
	}
}

// Two classes exclude each other, two labels do not.
func TestQuickTestPerClassifier(t *testing.T) {
	sum := func(classifier string) (sum float64) {
		inBubble(t, customvision.Options{}, func(s *service) {
			project := must[object](s, s.call("POST", "/projects?name=p&classificationType="+classifier, nil)).id()
			s.fill(project, "cat", "dog", "fox")
			s.train(project)
			s.settle()
			for _, p := range s.quickTest(project, 99, "").predictions() {
				sum += p["probability"].(float64)
			}
		})
		return sum
	}
	assert.InDelta(t, 1, sum("Multiclass"), 1e-5)
	assert.Greater(t, math.Abs(1-sum("Multilabel")), 1e-3)
}

func TestQuickTestErrors(t *testing.T) {
	inBubble(t, customvision.Options{FailTraining: []string{"bad-"}}, func(s *service) {
		project, _ := s.trained("p", "", "")
		path := "/projects/" + project + "/quicktest/image"
		bare := s.create("bare", "", "").id()
		failing, failed := s.trained("bad-p", "", "")
		empty, none := form(s.T)
		for _, c := range []struct {
			path, contentType, body string
			status                  int
			code                    string
		}{
			{path, "application/octet-stream", "", 400, "BadRequestImageStream"},
			{path, "application/octet-stream", "hello", 400, "BadRequestImageFormat"},
			{path, "application/octet-stream", strings.Repeat("x", 7<<20), 400, "BadRequestImageSizeBytes"},
			{path, "application/octet-stream", strings.Repeat("x", 9<<20), 413, "BadRequest"},
			{path, empty, text(none), 400, "BadRequestImageStream"},
			{path, "multipart/form-data", "x", 400, "BadRequest"},
			{path, "multipart/form-data; boundary=x", "--x\r\nbroken", 400, "BadRequest"},
			{path + "?store=maybe", "", string(picture(1)), 400, "BadRequest"},
			{path + "?iterationId=x", "", string(picture(1)), 400, "BadRequestInvalidIds"},
			{path + "?iterationId=" + unknownID, "", string(picture(1)), 404, "NotFoundIteration"},
			{"/projects/" + failing + "/quicktest/image?iterationId=" + failed, "", string(picture(1)), 400, "BadRequestIterationIsNotTrained"},
			{"/projects/" + bare + "/quicktest/image", "", string(picture(1)), 404, "NotFoundProjectDefaultIteration"},
			{"/projects/" + unknownID + "/quicktest/image", "", string(picture(1)), 404, "NotFoundProject"},
		} {
			s.refused(s.send(c.path, c.contentType, strings.NewReader(c.body)), c.status, c.code)
		}
		assert.Empty(s, s.predictions(project, object{})["results"])
	})
}

func text(r io.Reader) string {
	data, err := io.ReadAll(r)
	if err != nil {
		panic(err)
	}
	return string(data)
}

func TestQuickTestOfURLs(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, _ := s.trained("p", "", "")
		path := "/projects/" + project + "/quicktest/url"
		s.refused(s.call("POST", path, object{"url": "http://images.test/a.png"}), 400, "BadRequestImageUrl")
		s.refused(s.call("POST", path, object{}), 400, "BadRequestImageUrl")
		s.refused(s.call("POST", path, object{"url": 1}), 400, "BadRequest")
		s.refused(s.call("POST", path, nil), 400, "BadRequest")
	})
}
