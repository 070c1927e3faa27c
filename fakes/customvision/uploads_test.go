package customvision_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision"
)

// newTaggedProject creates a project with a tag.
func newTaggedProject(t *testing.T, query string) (s *service, path, tag string) {
	s = newService(t, customvision.Options{})
	path = "/projects/" + requireOK[object](s, s.call("POST", "/projects?name=p"+query, nil)).id()
	return s, path + "/images", requireOK[object](s, s.call("POST", path+"/tags?name=cat", nil)).id()
}

func encodedPicture(n int) string { return base64.StdEncoding.EncodeToString(picture(n)) }

func TestCreateImagesFromFiles(t *testing.T) {
	s, path, tag := newTaggedProject(t, "")
	a := s.call("POST", path+"/files", object{"tagIds": []string{tag}, "images": []object{
		{"name": "new", "contents": encodedPicture(1), "tagIds": []string{tag}},
		{"name": "again", "contents": encodedPicture(1)},
		{"name": "text", "contents": "aGVsbG8="},
		{"name": "lost", "contents": encodedPicture(2), "tagIds": []string{unknownID}},
	}})
	assert.Equal(t, http.StatusMultiStatus, a.status)
	summary := decode[struct {
		IsBatchSuccessful bool
		Images            []struct {
			SourceURL, Status string
			Image             object
		}
	}](s, a.body)
	assert.False(t, summary.IsBatchSuccessful)
	states := []string{}
	for _, image := range summary.Images {
		states = append(states, image.SourceURL+" "+image.Status)
	}
	assert.Equal(t, []string{"new OK", "again OKDuplicate", "text ErrorImageFormat", "lost ErrorUnknown"}, states)
	first := summary.Images[0].Image
	assert.Equal(t, first.id(), summary.Images[1].Image.id())
	assert.Equal(t, []any{4.0, 3.0}, []any{first["width"], first["height"]})
	assert.Len(t, first["tags"], 1)
	assert.Equal(t, "1", string(s.call("GET", path+"/count?taggingStatus=tagged&tagIds="+tag, nil).body))
	assert.Equal(t, "0", string(s.call("GET", path+"/count?taggingStatus=Untagged", nil).body))
	assert.Len(t, requireOK[[]object](s, s.call("GET", path, nil)), 1)
	assert.Empty(t, requireOK[[]object](s, s.call("GET", path+"?skip=5", nil)))
}

func TestCreateImagesFromData(t *testing.T) {
	s, path, tag := newTaggedProject(t, "")
	created := requireOK[object](s, s.call("POST", path+"?tagIds="+tag, bytes.NewReader(picture(1))))
	assert.Equal(t, true, created["isBatchSuccessful"])
	contentType, body := newForm(t, map[string][]byte{
		`form-data; name="imageData"; filename="2.png"`: picture(2),
		`form-data; name="imageData"; filename="3.png"`: picture(3),
	})
	assert.Len(t, requireOK[object](s, s.post(path+"?tagIds="+tag, contentType, body))["images"], 2)
	assert.Equal(t, "3", string(s.call("GET", path+"/count?tagIds="+tag, nil).body))
}

func TestUploadErrors(t *testing.T) {
	s, path, tag := newTaggedProject(t, "&classificationType=Multiclass")
	many := make([]object, 65)
	s.requireError(s.call("POST", path+"/files", object{"images": many}), 400, "BadRequestExceededBatchSize")
	s.requireError(s.call("POST", path+"/files", object{}), 400, "BadRequestImageBatch")
	s.requireError(
		s.call("POST", path+"/files", object{"images": []object{{"contents": "!"}}}),
		400,
		"BadRequestImageBatch",
	)
	s.requireError(s.call("POST", path, nil), 400, "BadRequestImageBatch")
	s.requireError(s.call("POST", path+"?tagIds=x", bytes.NewReader(picture(1))), 400, "BadRequestInvalidIds")
	s.requireError(s.call("POST", path+"?tagIds="+unknownID, bytes.NewReader(picture(1))), 400, "BadRequestImageTags")
	large := base64.StdEncoding.EncodeToString(make([]byte, 7<<20))
	a := s.call("POST", path+"/files", object{"images": []object{{"contents": large}}})
	assert.Contains(t, string(a.body), "ErrorImageSize")
	second := requireOK[object](
		s,
		s.call("POST", "/projects"+path[len("/projects"):len(path)-len("images")]+"tags?name=dog", nil),
	).id()
	a = s.call(
		"POST",
		path+"/files",
		object{"tagIds": []string{tag, second}, "images": []object{{"contents": encodedPicture(1)}}},
	)
	assert.Contains(t, string(a.body), "ErrorTagLimitExceed")
}

type uploadSummary struct {
	IsBatchSuccessful bool
	Images            []struct {
		SourceURL, Status string
		Image             object
	}
}

// upload sends a batch to a path below that of images.
func (a *imageProject) upload(status int, path string, batch object) uploadSummary {
	a.Helper()
	got := a.call("POST", a.path+"/images"+path, batch)
	require.Equal(a, status, got.status, "%s", got.body)
	return decode[uploadSummary](a.service, got.body)
}

// newForm returns a form with one part for each Content-Disposition.
func newForm(t *testing.T, parts map[string][]byte) (contentType string, body []byte) {
	t.Helper()
	var buffer bytes.Buffer
	writer := multipart.NewWriter(&buffer)
	for _, disposition := range slices.Sorted(maps.Keys(parts)) {
		part, err := writer.CreatePart(textproto.MIMEHeader{"Content-Disposition": {disposition}})
		require.NoError(t, err)
		_, err = part.Write(parts[disposition])
		require.NoError(t, err)
	}
	require.NoError(t, writer.Close())
	return writer.FormDataContentType(), buffer.Bytes()
}

// post sends a body unchanged.
func (s *service) post(path, contentType string, body []byte) response {
	s.Helper()
	return s.send("POST", path, contentType, body)
}

func (s *service) send(method, path, contentType string, body []byte) response {
	s.Helper()
	request, err := http.NewRequestWithContext(
		s.Context(),
		method,
		s.origin+"/customvision/"+s.version+"/training"+path,
		bytes.NewReader(body),
	)
	require.NoError(s, err)
	request.Header = http.Header{"Training-Key": {s.key}}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	return s.do(request)
}

func TestUploadStatus(t *testing.T) {
	largest, large := make([]byte, 6<<20), make([]byte, 6<<20+1)
	copy(largest, picture(1))
	copy(large, picture(2))
	for name, c := range map[string]struct {
		data   []byte
		status string
	}{
		"an image":             {picture(3), "OK"},
		"maximum size":         {largest, "OK"},
		"too many bytes":       {large, "ErrorImageSize"},
		"nothing":              {nil, "ErrorImageFormat"},
		"text":                 {[]byte("hello"), "ErrorImageFormat"},
		"half a header":        {picture(4)[:20], "ErrorImageFormat"},
		"maximum aspect ratio": {bitmapHeader(10240, 410), "OK"},
		"too wide":             {bitmapHeader(10241, 410), "ErrorImageSize"},
		"too high":             {bitmapHeader(410, 10241), "ErrorImageSize"},
		"minimum aspect ratio": {bitmapHeader(2, 50), "OK"},
		"too narrow":           {bitmapHeader(2, 51), "ErrorImageSize"},
		"no width":             {bitmapHeader(0, 5), "ErrorImageFormat"},
		"no height":            {bitmapHeader(5, 0), "ErrorImageFormat"},
		"minimum int":          {bitmapHeader(5, -1<<31), "ErrorImageFormat"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newImageProject(t, "")
			status := map[bool]int{true: 200, false: 207}[c.status == "OK"]
			got := a.upload(
				status,
				"/files",
				object{"images": []object{{"name": "n", "contents": base64.StdEncoding.EncodeToString(c.data)}}},
			)
			assert.Equal(t, c.status, got.Images[0].Status)
			assert.Equal(t, "n", got.Images[0].SourceURL)
			assert.Equal(t, c.status == "OK", got.IsBatchSuccessful)
			assert.Equal(t, c.status == "OK", got.Images[0].Image != nil)
			contentType, body := newForm(t, map[string][]byte{`form-data; name="imageData"; filename="x"`: c.data})
			for _, sent := range []response{
				newImageProject(t, "").postImage(contentType, body),
				newImageProject(t, "").postImage("application/octet-stream", c.data),
			} {
				if len(c.data) > 0 || sent.status != 400 { // an empty body counts as a missing image
					assert.Equal(t, c.status, decode[uploadSummary](a.service, sent.body).Images[0].Status)
				}
			}
			assert.Equal(t, map[bool]string{true: "1", false: "0"}[c.status == "OK"], a.count())
		})
	}
}

func (a *imageProject) postImage(contentType string, body []byte) response {
	a.Helper()
	return a.post(a.path+"/images", contentType, body)
}

// The response is that of CreateImagesFromFiles.json in the session records: tags without names, no regions and no
// metadata.
func TestUploadMatchesRecording(t *testing.T) {
	s := newService(t, customvision.Options{Clock: frozenClock{}})
	a := &imageProject{s, "/projects/" + s.create("p", "", "").id()}
	tag := a.tag("cat")
	got := a.call(
		"POST",
		a.path+"/images/files",
		object{"images": []object{{"name": "hemlock_1.jpg", "contents": encodedPicture(1)}}, "tagIds": []string{tag}},
	)
	assert.Regexp(
		t,
		`^{"isBatchSuccessful":true,"images":\[{"sourceUrl":"hemlock_1\.jpg","status":"OK","image":{"id":"[0-9a-f-]{36}",`+
			`"created":"2020-11-06T16:37:26\.266","width":4,"height":3,`+
			`"resizedImageUri":"[^"]+","thumbnailUri":"[^"]+","originalImageUri":"[^"]+",`+
			`"tags":\[{"tagId":"`+tag+`","tagName":null,"created":"2020-11-06T16:37:26\.266"}\]}}\]}$`,
		string(got.body),
	)
	refused := a.call("POST", a.path+"/images/files", object{"images": []object{{"name": "x"}}})
	assert.Equal(
		t,
		`{"isBatchSuccessful":false,"images":[{"sourceUrl":"x","status":"ErrorImageFormat","image":null}]}`,
		string(refused.body),
	)
}

// The recorded name of a file contains its quotes (CreateImagesFromData.json).
func TestFormFileNames(t *testing.T) {
	a := newImageProject(t, "")
	contentType, body := newForm(t, map[string][]byte{
		`form-data; name=imageData; filename="E:\x\a.jpg"`: picture(1),
		`form-data; name=imageData; filename=b.jpg`:        picture(2),
		`form-data; name=imageData; filename=c.jpg; x=y`:   picture(3),
		`form-data; name=imageData0`:                       picture(4),
	})
	names := []string{}
	for _, image := range decode[uploadSummary](a.service, a.postImage(contentType, body).body).Images {
		names = append(names, image.SourceURL)
	}
	assert.Equal(t, []string{"", `"E:\x\a.jpg"`, "b.jpg", "c.jpg"}, names)
}

func TestUploadTagsAndRegions(t *testing.T) {
	a := newImageProject(t, "&domainId="+detectionID)
	cat, dog := a.tag("cat"), a.tag("dog")
	newMark := func(tag string, left float64) object {
		entry := newBox("", tag, left, 0, 1, 1)
		delete(entry, "imageId")
		return entry
	}
	got := a.upload(200, "/files", object{"tagIds": []string{cat, cat}, "images": []object{
		{"contents": encodedPicture(1), "tagIds": []string{dog, cat}, "regions": []object{newMark(dog, 1), newMark(cat, 2)}},
	}})
	id := got.Images[0].Image.id()
	assert.Equal(t, []string{"cat", "dog"}, a.tagNames(id), "tags of the batch come first, without duplicates")
	assert.Equal(t, []string{"dog 0.125 0 0.125 0.125", "cat 0.25 0 0.125 0.125"}, a.regions(id))
	// github.com/Azure-Samples/cognitive-services-python-sdk-samples/issues/56
	again := a.upload(207, "/files", object{"images": []object{
		{"contents": encodedPicture(1), "regions": []object{newMark(dog, 1), newMark(dog, 3)}},
		{"contents": encodedPicture(1), "tagIds": []string{dog}},
	}})
	for _, image := range again.Images {
		assert.Equal(t, "OKDuplicate", image.Status)
		assert.Equal(t, id, image.Image.id())
	}
	assert.Equal(
		t,
		[]string{"dog 0.375 0 0.125 0.125", "dog 0.125 0 0.125 0.125", "cat 0.25 0 0.125 0.125"},
		a.regions(id),
		"a duplicate adds its regions",
	)
	assert.Equal(t, "1", a.count())
}

func TestUploadStatusOfTagsAndRegions(t *testing.T) {
	a := newImageProject(t, "&domainId="+detectionID)
	cat := a.tag("cat")
	none := requireOK[object](a.service, a.call("POST", a.path+"/tags?name=none&type=Negative", nil)).id()
	negative := a.addImage(picture(99), none)
	newMark := func(tag string, height float64) object {
		return object{"tagId": tag, "left": 0, "top": 0, "width": 1, "height": height}
	}
	regions := func(n int) []object {
		all := []object{}
		for i := range n {
			all = append(all, newMark(cat, float64(i+1)/400))
		}
		return all
	}
	uploaded := a.upload(200, "/files", object{
		"images": []object{{"contents": encodedPicture(98), "regions": regions(300)}},
	})
	full := uploaded.Images[0].Image.id()
	for name, c := range map[string]struct {
		entry  object
		status string
	}{
		"unknown tag":              {object{"tagIds": []string{unknownID}}, "ErrorUnknown"},
		"unknown tag of a region":  {object{"regions": []object{newMark(unknownID, 1)}}, "ErrorUnknown"},
		"region outside the image": {object{"regions": []object{newMark(cat, 1.1)}}, "ErrorInvalidRegion"},
		"half a region":            {object{"regions": []object{{"tagId": cat, "left": 0}}}, "ErrorInvalidRegion"},
		"too many regions":         {object{"regions": regions(301)}, "ErrorRegionLimitExceed"},
		"negative and regular":     {object{"tagIds": []string{cat, none}}, "ErrorNegativeAndRegularTagOnSameImage"},
		"negative region": {
			object{"tagIds": []string{cat}, "regions": []object{newMark(none, 1)}}, "ErrorNegativeAndRegularTagOnSameImage",
		},
		"text with a wrong region": {object{"contents": "aGVsbG8=", "regions": []object{newMark(cat, 2)}}, "ErrorImageFormat"},
		"duplicate is negative": {
			object{"contents": encodedPicture(99), "regions": []object{newMark(cat, 1)}}, "ErrorNegativeAndRegularTagOnSameImage",
		},
		"duplicate has all regions": {
			object{"contents": encodedPicture(98), "regions": []object{newMark(cat, 1)}}, "ErrorRegionLimitExceed",
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := a.withT(t)
			entry := object{"contents": encodedPicture(1)}
			maps.Copy(entry, c.entry)
			got := a.upload(207, "/files", object{"images": []object{entry}})
			assert.Equal(t, c.status, got.Images[0].Status)
			assert.Nil(t, got.Images[0].Image)
			assert.Equal(t, "2", a.count())
		})
	}
	assert.Empty(t, a.regions(negative))
	assert.Len(t, a.regions(full), 300)
}

// batchErrors returns requests with an error that uploads of files and of URLs have in common.
func batchErrors(a *imageProject) map[string]errorCase {
	cat, tags := a.tag("cat"), strings.Split(unknownIDs(21), ",")
	none := requireOK[object](a.service, a.call("POST", a.path+"/tags?name=none&type=Negative", nil)).id()
	good := newBatchEntry()
	batch := func(members object) object {
		b := object{"images": []object{good}}
		maps.Copy(b, members)
		return b
	}
	return map[string]errorCase{
		"no body":          {"", nil, 400, "BadRequestImageBatch"},
		"not JSON":         {"", strings.NewReader(`{"images":[`), 400, "BadRequest"},
		"null":             {"", strings.NewReader(`null`), 400, "BadRequestImageBatch"},
		"no images":        {"", object{"tagIds": []string{cat}}, 400, "BadRequestImageBatch"},
		"wrong type":       {"", object{"images": object{}}, 400, "BadRequestImageBatch"},
		"too many images":  {"", object{"images": make([]object, 65)}, 400, "BadRequestExceededBatchSize"},
		"tag not a GUID":   {"", batch(object{"tagIds": []string{"tag1"}}), 400, "BadRequestInvalidIds"},
		"tag not a string": {"", batch(object{"tagIds": []int{1}}), 400, "BadRequest"},
		"tags not a list":  {"", batch(object{"tagIds": cat}), 400, "BadRequest"},
		"unknown tag":      {"", batch(object{"tagIds": []string{cat, unknownID}}), 400, "BadRequestImageTags"},
		"too many tags":    {"", batch(object{"tagIds": tags}), 400, "BadRequestExceededBatchSize"},
		"negative and regular": {
			"",
			batch(object{"tagIds": []string{cat, none}}),
			400,
			"BadRequestNegativeAndRegularTagOnSameImage",
		},
		"metadata not strings": {"", batch(object{"metadata": object{"k": 1}}), 400, "BadRequest"},
		"too many tags in all": {"", object{"tagIds": tags[:10], "images": []object{
			{
				"url":    "http://127.0.0.1:1/a.png",
				"tagIds": tags[10:15],
			}, {"url": "http://127.0.0.1:1/a.png", "tagIds": tags[15:21]}}}, 400, "BadRequestExceededBatchSize"},
		"entry's tag not a GUID": {
			"",
			object{"images": []object{good, {"tagIds": []string{"x"}}}},
			400,
			"BadRequestInvalidIds",
		},
		"region's tag not a GUID": {
			"",
			object{"images": []object{good, {"regions": []object{{"tagId": "x"}}}}},
			400,
			"BadRequestInvalidIds",
		},
	}
}

// newBatchEntry returns an image of a batch, which is valid as a file and as a URL.
func newBatchEntry() object {
	return object{"contents": encodedPicture(2), "url": "http://127.0.0.1:1/a.png"}
}

func TestBatchErrors(t *testing.T) {
	for _, path := range []string{"/images/files", "/images/urls"} {
		a := newImageProject(t, "")
		a.addPicture(1)
		a.assertRefused("POST", path, batchErrors(a))
	}
	a, good := newImageProject(t, ""), newBatchEntry()
	a.addPicture(1)
	a.assertRefused("POST", "/images/files", map[string]errorCase{
		"not Base64": {"", object{"images": []object{good, {"contents": "!"}}}, 400, "BadRequestImageBatch"},
	})
	a.assertRefused("POST", "/images/urls", map[string]errorCase{
		"no URL":         {"", object{"images": []object{good, {}}}, 400, "BadRequestImageUrl"},
		"another scheme": {"", object{"images": []object{good, {"url": "file:///etc/passwd"}}}, 400, "BadRequestImageUrl"},
		"relative":       {"", object{"images": []object{good, {"url": "/a.png"}}}, 400, "BadRequestImageUrl"},
		"no host":        {"", object{"images": []object{good, {"url": "http://:80/a.png"}}}, 400, "BadRequestImageUrl"},
		"cannot be read": {"", object{"images": []object{good, {"url": "http://[::1/a.png"}}}, 400, "BadRequestImageUrl"},
		"too large":      {"", strings.NewReader(strings.Repeat(" ", 2<<20)), 413, "BadRequest"},
	})
	for path, message := range map[string]string{"/files": "No valid image files", "/urls": "No image urls provided"} {
		assert.Equal(t, message, a.requireError(a.call("POST", a.path+"/images"+path, object{}), 400, "BadRequestImageBatch"))
		for _, other := range []any{nil, []object{good}, "text", object{"images": good}, object{"images": nil}} {
			got := a.requireError(a.call("POST", a.path+"/images"+path, other), 400, "BadRequestImageBatch")
			assert.Equal(t, message, got, "a body that is no batch")
		}
		a.requireError(
			a.call("POST", "/projects/"+unknownID+"/images"+path, object{"images": []object{good}}),
			404,
			"NotFoundProject",
		)
	}
}

func TestDataErrors(t *testing.T) {
	a := newImageProject(t, "")
	cat := a.tag("cat")
	none := requireOK[object](a.service, a.call("POST", a.path+"/tags?name=none&type=Negative", nil)).id()
	parts := map[string][]byte{}
	for n := range 65 {
		parts[fmt.Sprintf(`form-data; name="imageData"; filename="%02d"`, n)] = picture(n)
	}
	tooMany, body := newForm(t, parts)
	delete(parts, `form-data; name="imageData"; filename="64"`)
	full, fullBody := newForm(t, parts)
	_, empty := newForm(t, nil)
	for name, c := range map[string]struct {
		query, contentType string
		body               []byte
		status             int
		code               string
	}{
		"no body":         {"", "application/octet-stream", nil, 400, "BadRequestImageBatch"},
		"no parts":        {"", "multipart/form-data; boundary=x", []byte("--x--\r\n"), 400, "BadRequestImageBatch"},
		"empty form":      {"", tooMany, empty, 400, "BadRequest"},
		"no boundary":     {"", "multipart/form-data", body, 400, "BadRequest"},
		"cut off":         {"", tooMany, body[:len(body)/2], 400, "BadRequest"},
		"too many images": {"", tooMany, body, 400, "BadRequestExceededBatchSize"},
		"tag not a GUID":  {"?tagIds=x", full, fullBody, 400, "BadRequestInvalidIds"},
		"unknown tag":     {"?tagIds=" + cat + "," + unknownID, full, fullBody, 400, "BadRequestImageTags"},
		"too many tags":   {"?tagIds=" + unknownIDs(21), full, fullBody, 400, "BadRequestExceededBatchSize"},
		"negative and regular": {
			"?tagIds=" + cat + "," + none, full, fullBody, 400, "BadRequestNegativeAndRegularTagOnSameImage",
		},
		"JSON":                 {"", "application/json", []byte("{}"), 415, "UnsupportedMediaType"},
		"an image by its type": {"", "image/png", picture(1), 415, "UnsupportedMediaType"},
		"another multipart":    {"", strings.Replace(full, "form-data", "mixed", 1), fullBody, 415, "UnsupportedMediaType"},
	} {
		t.Run(name, func(t *testing.T) {
			a := a.withT(t)
			a.requireError(a.send("POST", a.path+"/images"+c.query, c.contentType, c.body), c.status, c.code)
			assert.Equal(t, "0", a.count())
		})
	}
	assert.Equal(t, http.StatusOK, a.postImage(full, fullBody).status)
	assert.Equal(t, "64", a.count())
	a.requireError(a.post("/projects/"+unknownID+"/images", full, fullBody), 404, "NotFoundProject")
}

// unreadBody fails the test if it is read.
type unreadBody struct{ *testing.T }

func (u unreadBody) Read([]byte) (int, error) {
	u.Error("the body was read")
	return 0, io.EOF
}

// Sixty-four images of 6 MB fit as Base64. A body that declares a larger length is refused before it is read.
func TestBatchSizeLimit(t *testing.T) {
	s := newService(t, customvision.Options{})
	path := "/projects/" + s.create("p", "", "").id() + "/images/files"
	declare := func(length int64, body io.Reader) response {
		r, err := http.NewRequestWithContext(
			t.Context(),
			"POST",
			s.origin+"/customvision/v3.3/training"+path,
			io.NopCloser(body),
		)
		require.NoError(t, err)
		r.Header.Set("Training-Key", s.key)
		r.ContentLength = length
		return s.do(r)
	}
	largest := int64(64 * base64.StdEncoding.EncodedLen(6<<20))
	assert.Contains(t, s.requireError(declare(largest+2<<20, unreadBody{t}), 413, "BadRequest"), "larger than")
	s.requireError(declare(largest+100_000, strings.NewReader(`{"images":[]}`)), 400, "BadRequestImageBatch")
}
