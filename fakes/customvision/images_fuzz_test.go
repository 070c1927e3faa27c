package customvision_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// fuzzedAlbum is an album whose contents can be compared, and whose server asks
// nobody for images. IMAGE, TAG and REGION in what is sent stand for its own.
type fuzzedAlbum struct {
	*album
	own    *strings.Replacer
	before string // what it has
}

func newFuzzedAlbum(t *testing.T) *fuzzedAlbum {
	a := newAlbum(t, "&domainId="+detectionID)
	a.fault(`{"at":"storage","status":503,"times":1000}`)
	id, tag := a.add(1), a.tag("cat")
	a.markImages(200, box(id, tag, 0, 0, 4, 4))
	a.describe(200, id, object{"key1": "value1"})
	f := &fuzzedAlbum{album: a, own: strings.NewReplacer("IMAGE", id, "TAG", tag, "REGION", a.regionIDs(id)[0])}
	f.before = f.contents()
	return f
}

func (f *fuzzedAlbum) contents() string {
	f.Helper()
	return string(f.send("GET", f.path+"/images", "", nil).body) + string(f.send("GET", f.path+"/tags", "", nil).body)
}

// holds sends a request, and wants an answer that is sound, and nothing changed
// by what was refused.
func (f *fuzzedAlbum) holds(method, path, query, contentType, body string) answer {
	f.Helper()
	got := fuzzed{f.T, f.server}.sendAs(contentType, method, f.path+path, query, []byte(body))
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
		"", "take=1&skip=2&orderBy=Oldest", "take=256&skip=2147483647", "taggingStatus=Tagged&tagIds=TAG,TAG", "tagIds=x&tagIds=TAG",
		"$filter=metadata=key1 eq 'value1' and key2 ne 'value2'", "%24filter=key1+eq+'it''s'", "imageIds=IMAGE&tagIds=TAG", "regionIds=REGION",
		"imageIds=IMAGE,IMAGE&allIterations=true", "allImages=TRUE", "allImages=true&imageIds=IMAGE", "iterationId=IMAGE", "TAKE=+1", "take=%zz", "a;b",
		"name=cat&type=Negative", "name=%00&description=%ff&type=generalproduct",
	} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, query string) {
		a := newFuzzedAlbum(t)
		query = a.own.Replace(query)
		for _, list := range []string{"/images", "/images/tagged", "/images/untagged", "/images/id"} {
			if got := a.holds("GET", list, query, "", ""); got.status == http.StatusOK {
				assert.LessOrEqual(t, len(decode[[]object](a.service, got.body)), 1)
			}
		}
		for _, count := range []string{"/images/count", "/images/tagged/count", "/images/untagged/count"} {
			if got := a.holds("GET", count, query, "", ""); got.status == http.StatusOK {
				assert.Contains(t, "01", string(got.body))
			}
		}
		a.holds("POST", "/tags", query, "", "")
		for _, deleted := range []string{"/images/regions", "/images/tags", "/images"} {
			a.holds("DELETE", deleted, query, "", "")
		}
	})
}

func FuzzImageBodies(f *testing.F) {
	for _, body := range []string{
		``, `null`, `{}`, `[]`, `{"images":[{"name":"n","contents":"` + encoded(2) + `","tagIds":["TAG"],"regions":[{"tagId":"TAG","left":0,"top":0,"width":1,"height":1}]}],
			"tagIds":["TAG"],"metadata":{"k":"v"}}`,
		`{"images":[null,{"contents":"aGVsbG8="},{"contents":"!"}],"metadata":null}`, `{"images":[{"url":"http://x.test/a.png"},{"url":"http://[::1/"}]}`,
		`{"tags":[{"imageId":"IMAGE","tagId":"TAG"},{"imageId":"x"}]}`, `{"tags":[{"imageId":"{IMAGE}","tagId":"urn:uuid:TAG"}]}`,
		`{"regions":[{"imageId":"IMAGE","tagId":"TAG","left":0.5,"top":1e-9,"width":0.5,"height":1e39}]}`,
		`{"regions":[{"imageId":"IMAGE","tagId":"TAG","left":0.1,"top":0.25,"width":0.9,"height":0.75}]}`,
		`{"key1":"value2","key2":""}`, `{"key":null}`, `{"name":"lion","description":"d","type":"Negative"}`, `{"name":1}`, `{"name":"\ud800"}`,
	} {
		f.Add(body, "application/json")
	}
	f.Add(`{}`, "text/xml")
	f.Add(`{}`, "application/json; charset")
	f.Fuzz(func(t *testing.T, body, contentType string) {
		a := newFuzzedAlbum(t)
		body = a.own.Replace(body)
		for _, path := range []string{"/images/tags", "/images/regions", "/images/files", "/images/urls"} {
			a.holds("POST", path, "", contentType, body)
		}
		a.holds("POST", "/images/metadata", a.own.Replace("imageIds=IMAGE,TAG"), contentType, body)
		a.holds("PATCH", a.own.Replace("/tags/TAG"), "", contentType, body)
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
		a := newFuzzedAlbum(t)
		got := a.holds("POST", "/images", a.own.Replace(query), contentType, body)
		if got.status >= 400 {
			return
		}
		made := 1 // what was there before
		for _, image := range decode[uploadSummary](a.service, got.body).Images {
			assert.Equal(t, strings.HasPrefix(image.Status, "OK"), image.Image != nil, image.Status)
			if image.Status == "OK" {
				made++
				assert.Equal(t, 200, a.get(image.Image["thumbnailUri"].(string)).status)
			}
		}
		assert.Equal(t, fmt.Sprint(made), a.count())
	})
}
