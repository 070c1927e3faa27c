package customvision_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// fuzzImageProject compares its contents before and after each request. The server fetches no images. IMAGE, TAG
// and REGION in requests are replaced by ids of the project.
type fuzzImageProject struct {
	*imageProject
	own    *strings.Replacer
	before string // contents before the request
}

func newFuzzImageProject(t *testing.T) *fuzzImageProject {
	a := newImageProject(t, "&domainId="+detectionID)
	a.addFault(`{"at":"storage","status":503,"times":1000}`)
	id, tag := a.addPicture(1), a.tag("cat")
	a.createRegions(200, newBox(id, tag, 0, 0, 4, 4))
	a.updateMetadata(200, id, object{"key1": "value1"})
	f := &fuzzImageProject{
		imageProject: a,
		own:          strings.NewReplacer("IMAGE", id, "TAG", tag, "REGION", a.regionIDs(id)[0]),
	}
	f.before = f.contents()
	return f
}

func (f *fuzzImageProject) contents() string {
	f.Helper()
	return string(f.send("GET", f.path+"/images", "", nil).body) + string(f.send("GET", f.path+"/tags", "", nil).body)
}

// sendAndCheck requires a valid response, and unchanged contents if the request is refused.
func (f *fuzzImageProject) sendAndCheck(method, path, query, contentType, body string) response {
	f.Helper()
	got := fuzzService{f.T, f.server}.sendAs(contentType, method, f.path+path, query, []byte(body))
	assert.True(f, len(got.body) == 0 || json.Valid(got.body), "%s", got.body)
	if method != "GET" {
		after := f.contents()
		assert.True(f, got.status < 400 || after == f.before, "refused, but changed: %s", after)
		f.before = after
	}
	return got
}

func FuzzImageQueries(f *testing.F) {
	for _, query := range []string{
		"", "take=1&skip=2&orderBy=Oldest", "take=256&skip=2147483647", "taggingStatus=Tagged&tagIds=TAG,TAG",
		"tagIds=x&tagIds=TAG",
		"$filter=metadata=key1 eq 'value1' and key2 ne 'value2'", "%24filter=key1+eq+'it''s'", "imageIds=IMAGE&tagIds=TAG",
		"regionIds=REGION",
		"imageIds=IMAGE,IMAGE&allIterations=true", "allImages=TRUE", "allImages=true&imageIds=IMAGE", "iterationId=IMAGE",
		"TAKE=+1", "take=%zz", "a;b",
		"name=cat&type=Negative", "name=%00&description=%ff&type=generalproduct",
	} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, query string) {
		a := newFuzzImageProject(t)
		query = a.own.Replace(query)
		for _, list := range []string{"/images", "/images/tagged", "/images/untagged", "/images/id"} {
			if got := a.sendAndCheck("GET", list, query, "", ""); got.status == http.StatusOK {
				assert.LessOrEqual(t, len(decode[[]object](a.service, got.body)), 1)
			}
		}
		for _, count := range []string{"/images/count", "/images/tagged/count", "/images/untagged/count"} {
			if got := a.sendAndCheck("GET", count, query, "", ""); got.status == http.StatusOK {
				assert.Contains(t, "01", string(got.body))
			}
		}
		a.sendAndCheck("POST", "/tags", query, "", "")
		for _, deleted := range []string{"/images/regions", "/images/tags", "/images"} {
			a.sendAndCheck("DELETE", deleted, query, "", "")
		}
	})
}

func FuzzImageBodies(f *testing.F) {
	for _, body := range []string{
		``, `null`, `{}`, `[]`, `{"images":[{"name":"n","contents":"` + encodedPicture(2) +
			`","tagIds":["TAG"],"regions":[{"tagId":"TAG","left":0,"top":0,"width":1,"height":1}]}],
			"tagIds":["TAG"],"metadata":{"k":"v"}}`,
		`{"images":[null,{"contents":"aGVsbG8="},{"contents":"!"}],"metadata":null}`,
		`{"images":[{"url":"http://x.test/a.png"},{"url":"http://[::1/"}]}`,
		`{"tags":[{"imageId":"IMAGE","tagId":"TAG"},{"imageId":"x"}]}`,
		`{"tags":[{"imageId":"{IMAGE}","tagId":"urn:uuid:TAG"}]}`,
		`{"regions":[{"imageId":"IMAGE","tagId":"TAG","left":0.5,"top":1e-9,"width":0.5,"height":1e39}]}`,
		`{"regions":[{"imageId":"IMAGE","tagId":"TAG","left":0.1,"top":0.25,"width":0.9,"height":0.75}]}`,
		`{"key1":"value2","key2":""}`, `{"key":null}`, `{"name":"lion","description":"d","type":"Negative"}`, `{"name":1}`,
		`{"name":"\ud800"}`,
	} {
		f.Add(body, "application/json")
	}
	f.Add(`{}`, "text/xml")
	f.Add(`{}`, "application/json; charset")
	f.Fuzz(func(t *testing.T, body, contentType string) {
		a := newFuzzImageProject(t)
		body = a.own.Replace(body)
		for _, path := range []string{"/images/tags", "/images/regions", "/images/files", "/images/urls"} {
			a.sendAndCheck("POST", path, "", contentType, body)
		}
		a.sendAndCheck("POST", "/images/metadata", a.own.Replace("imageIds=IMAGE,TAG"), contentType, body)
		a.sendAndCheck("PATCH", a.own.Replace("/tags/TAG"), "", contentType, body)
	})
}

func FuzzImageForms(f *testing.F) {
	const multipart = "multipart/form-data; boundary=b"
	part := func(disposition, data string) string {
		return "--b\r\nContent-Disposition: " + disposition + "\r\n\r\n" + data + "\r\n"
	}
	f.Add("application/octet-stream", string(picture(2)), "")
	f.Add("", "GIF89a", "tagIds=TAG")
	f.Add("image/png", string(picture(2)), "tagIds=x")
	f.Add(
		multipart,
		part(`form-data; name="imageData"; filename="a.png"`, string(picture(2)))+part("form-data; filename=", "BM")+"--b--",
		"tagIds=TAG",
	)
	f.Add(multipart, part(`form-data; name=x; filename="`, string(picture(3)))+"--b", "")
	f.Add(multipart, strings.Repeat("--b\r\n\r\n\r\n", 65)+"--b--", "")
	f.Add("multipart/form-data", "--b--", "")
	f.Add("multipart/form-data; boundary=\"\x00\"", "--\x00--", "")
	f.Fuzz(func(t *testing.T, contentType, body, query string) {
		a := newFuzzImageProject(t)
		got := a.sendAndCheck("POST", "/images", a.own.Replace(query), contentType, body)
		if got.status >= 400 {
			return
		}
		count := 1 // the image of the project
		for _, image := range decode[uploadSummary](a.service, got.body).Images {
			assert.Equal(t, strings.HasPrefix(image.Status, "OK"), image.Image != nil, image.Status)
			if image.Status == "OK" {
				count++
				assert.Equal(t, 200, a.get(image.Image["thumbnailUri"].(string)).status)
			}
		}
		assert.Equal(t, fmt.Sprint(count), a.count())
	})
}
