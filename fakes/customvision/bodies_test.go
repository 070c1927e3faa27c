package customvision_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/fakes/customvision"
)

// TestUnsupportedMediaTypes checks that every operation with a JSON body refuses other media types and changes
// nothing.
func TestUnsupportedMediaTypes(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, _ := s.createTrained("p", "", "")
		a := &imageProject{s, "/projects/" + project}
		cat, dog, id := s.tags(project)[0].id(), s.tags(project)[1].id(), a.ids("/images")[0]
		calls := map[string]string{
			"PATCH " + a.path:                                    `{"description":"changed"}`,
			"PATCH " + a.path + "/tags/" + cat:                   `{"description":"changed"}`,
			"POST " + a.path + "/images/files":                   `{"images":[{"contents":"` + encodedPicture(99) + `"}]}`,
			"POST " + a.path + "/images/urls":                    `{"images":[{"url":"http://127.0.0.1:1/a.png"}]}`,
			"POST " + a.path + "/images/tags":                    `{"tags":[{"imageId":"` + id + `","tagId":"` + dog + `"}]}`,
			"POST " + a.path + "/images/regions":                 `{"regions":[]}`,
			"POST " + a.path + "/images/metadata?imageIds=" + id: `{"k":"v"}`,
			"POST /projects?name=q":                              `{"notificationQueueUri":"` + queueURI + `"}`,
		}
		for call, body := range calls {
			method, path, _ := strings.Cut(call, " ")
			for _, contentType := range []string{
				"application/x-www-form-urlencoded", "text/plain; charset=utf-8", "application/xml", "application/octet-stream",
				"application/jsonp", "json", ";", "multipart/form-data; boundary=x"} {
				refused := s.send(method, path, contentType, []byte(body))
				message := s.requireError(refused, http.StatusUnsupportedMediaType, "UnsupportedMediaType")
				assert.Contains(s, message, `is of type "`+contentType+`", not application/json.`, call)
			}
			for _, contentType := range []string{
				"", "application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8",
				"application/json; charset",
			} {
				assert.NotEqual(
					s,
					http.StatusUnsupportedMediaType,
					s.send(method, path, contentType, []byte(body)).status,
					"%s as %q",
					call,
					contentType,
				)
			}
		}
	})
}

// curl -d "" sends an empty body with the media type of a form.
func TestEmptyFormCountsAsMissingBody(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		const form = "application/x-www-form-urlencoded"
		created := requireOK[object](s, s.post("/projects?name=p&domainId="+compactID, form, nil))
		path := "/projects/" + created.id()
		requireOK[object](s, s.post(path+"/tags?name=x", form, nil))
		s.addTaggedImages(created.id(), "cat", "dog")
		iteration := requireOK[object](s, s.post(path+"/train", form, nil)).id()
		s.waitForWork()
		requireOK[object](s, s.post(exportPath(created.id(), iteration)+"?platform=ONNX", form, nil))
		s.requireError(s.send("PATCH", path, form, nil), 415, "UnsupportedMediaType")
	})
}
