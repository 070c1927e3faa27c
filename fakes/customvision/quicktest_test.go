package customvision_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/fakes/customvision"
)

func (s *service) quickTest(project string, n int, query string) object {
	s.Helper()
	return requireOK[object](
		s,
		s.post("/projects/"+project+"/quicktest/image?"+query, "application/octet-stream", picture(n)),
	)
}

func TestQuickTest(t *testing.T) {
	for _, version := range []string{"v3.3", "v3.4-preview"} {
		inBubble(t, customvision.Options{}, func(s *service) {
			s.version = version
			project, iteration := s.createTrained("p", "", "")
			tags := s.tags(project)
			a := s.post("/projects/"+project+"/quicktest/image?iterationId="+iteration, "application/octet-stream", picture(7))
			known := requireOK[object](s, a)
			assert.Regexp(
				s,
				`^{"id":"`+known.id()+`","project":"`+project+`","iteration":"`+iteration+
					`","created":"2000-01-01T00:01:00Z","predictions":\[`+
					`{"probability":0\.9\d+,"tagId":"`+tags[1].id()+`","tagName":"dog","tagType":"Regular"},`+
					`{"probability":0\.0\d+,"tagId":"`+tags[0].id()+`","tagName":"cat","tagType":"Regular"}\]}$`,
				string(a.body),
			)
			kind, body := newForm(s.T, map[string][]byte{
				`form-data; name="imageData"; filename="1.png"`: picture(7),
				`form-data; name="imageData"; filename="2.png"`: picture(1),
			})
			again := requireOK[object](s, s.post("/projects/"+project+"/quicktest/image?store=false", kind, body))
			assert.Equal(s, known["predictions"], again["predictions"], "the first file counts, and the iteration trained last")
			assert.NotEqual(s, known.id(), again.id())
			other := s.quickTest(project, 99, "")
			assert.NotEqual(s, known["predictions"], other["predictions"])
			assert.Less(s, other.predictions()[0]["probability"], 0.9)
		})
	}
}

// With Multiclass the probabilities sum to 1. With Multilabel they are independent.
func TestQuickTestPerClassificationType(t *testing.T) {
	sum := func(classifier string) (sum float64) {
		inBubble(t, customvision.Options{}, func(s *service) {
			project := requireOK[object](s, s.call("POST", "/projects?name=p&classificationType="+classifier, nil)).id()
			s.addTaggedImages(project, "cat", "dog", "fox")
			s.train(project)
			s.waitForWork()
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
		project, _ := s.createTrained("p", "", "")
		path := "/projects/" + project + "/quicktest/image"
		bare := s.create("bare", "", "").id()
		failing, failed := s.createTrained("bad-p", "", "")
		empty, none := newForm(s.T, nil)
		for _, c := range []struct {
			path, contentType, body string
			status                  int
			code                    string
		}{
			{path, "application/octet-stream", "", 400, "BadRequestImageStream"},
			{path, "application/octet-stream", "hello", 400, "BadRequestImageFormat"},
			{path, "application/octet-stream", strings.Repeat("x", 7<<20), 400, "BadRequestImageSizeBytes"},
			{path, "application/octet-stream", strings.Repeat("x", 9<<20), 413, "BadRequest"},
			{path, empty, string(none), 400, "BadRequestImageStream"},
			{path, "multipart/form-data", "x", 400, "BadRequest"},
			{path, "multipart/form-data; boundary=x", "--x\r\nbroken", 400, "BadRequest"},
			{path + "?store=maybe", "", string(picture(1)), 400, "BadRequest"},
			{path + "?iterationId=x", "", string(picture(1)), 400, "BadRequestInvalidIds"},
			{path + "?iterationId=" + unknownID, "", string(picture(1)), 404, "NotFoundIteration"},
			{
				"/projects/" + failing + "/quicktest/image?iterationId=" + failed, "", string(picture(1)),
				400, "BadRequestIterationIsNotTrained",
			},
			{"/projects/" + bare + "/quicktest/image", "", string(picture(1)), 404, "NotFoundProjectDefaultIteration"},
			{"/projects/" + unknownID + "/quicktest/image", "", string(picture(1)), 404, "NotFoundProject"},
		} {
			s.requireError(s.post(c.path, c.contentType, []byte(c.body)), c.status, c.code)
		}
		assert.Empty(s, s.predictions(project, object{})["results"])
	})
}

func TestQuickTestURL(t *testing.T) {
	origin, requests := servePictures(t)
	s := overNetwork(t)
	project := s.startTraining(queueURI)
	s.nextMessage(queueURI)
	s.nextMessage(queueURI)
	path := "/projects/" + project + "/quicktest/url"
	known := requireOK[object](s, s.call("POST", path, object{"url": origin + "/1.png"}))
	assert.Equal(t, s.quickTest(project, 1, "store=false").predictions(), known.predictions())
	assert.Equal(t, []string{known.id()}, ids(s.predictions(project, object{}).results()))
	before := requests.Load()
	for _, c := range []struct {
		query, url string
		status     int
		code       string
	}{
		{"", "", 400, "BadRequestImageUrl"},
		{"", "/1.png", 400, "BadRequestImageUrl"},
		{"", "ftp://127.0.0.1/1.png", 400, "BadRequestImageUrl"},
		{"", "http://images.test/1.png", 400, "BadRequestImageUrl"},
		{"?store=x", origin + "/1.png", 400, "BadRequest"},
		{"?iterationId=x", origin + "/1.png", 400, "BadRequestInvalidIds"},
		{"?iterationId=" + unknownID, origin + "/1.png", 404, "NotFoundIteration"},
	} {
		s.requireError(s.call("POST", path+c.query, object{"url": c.url}), c.status, c.code)
	}
	assert.Equal(
		t,
		before,
		requests.Load(),
		"refused requests and hosts that are not allowed cause no fetch",
	)
	message := s.requireError(s.call("POST", path, object{"url": origin + "/missing.png"}), 400, "BadRequestImageUrl")
	assert.Contains(t, message, "404")
	message = s.requireError(
		s.call("POST", path, object{"url": "http://images.test/1.png?sig=secret"}),
		400,
		"BadRequestImageUrl",
	)
	assert.Equal(
		t,
		"The image cannot be fetched: host images.test is not on the list of hosts that this service may reach (--allow-host of cvconform serve, or the options in Go).",
		message,
	)
	s.requireError(s.call("POST", path, object{"url": origin + "/page.html"}), 400, "BadRequestImageFormat")
	s.requireError(s.call("POST", path, object{"url": origin + "/large.png"}), 400, "BadRequestImageSizeBytes")
	s.requireError(s.call("POST", path, object{}), 400, "BadRequestImageUrl")
	s.requireError(s.call("POST", path, object{"url": 1}), 400, "BadRequest")
	s.requireError(s.call("POST", path, nil), 400, "BadRequest")
	assert.Len(t, s.predictions(project, object{})["results"], 1)
	assert.NotEmpty(t, s.fetchedURLs(project), "the journal records the fetches")
}

// fetchedURLs returns the URLs of a project's fetches in the journal.
func (s *service) fetchedURLs(project string) []string {
	s.Helper()
	urls := []string{}
	journal := s.control("GET", "/journal?kind=storage&operation=GetImage&project="+project, "")
	for _, e := range requireOK[[]object](s, journal) {
		urls = append(urls, e["url"].(string))
	}
	return urls
}
