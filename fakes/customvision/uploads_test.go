package customvision_test

import (
	"bytes"
	"encoding/base64"
	"mime/multipart"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision"
)

// images makes a project with a tag, and returns both.
func images(t *testing.T, query string) (s *service, path, tag string) {
	s = newService(t, customvision.Options{})
	path = "/projects/" + must[object](s, s.call("POST", "/projects?name=p"+query, nil)).id()
	return s, path + "/images", must[object](s, s.call("POST", path+"/tags?name=cat", nil)).id()
}

func encoded(n int) string { return base64.StdEncoding.EncodeToString(picture(n)) }

func TestBatchOfFiles(t *testing.T) {
	s, path, tag := images(t, "")
	a := s.call("POST", path+"/files", object{"tagIds": []string{tag}, "images": []object{
		{"name": "new", "contents": encoded(1), "tagIds": []string{tag}},
		{"name": "again", "contents": encoded(1)},
		{"name": "text", "contents": "aGVsbG8="},
		{"name": "lost", "contents": encoded(2), "tagIds": []string{unknownID}},
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
	assert.Len(t, must[[]object](s, s.call("GET", path, nil)), 1)
	assert.Empty(t, must[[]object](s, s.call("GET", path+"?skip=5", nil)))
}

func TestUploadsOfData(t *testing.T) {
	s, path, tag := images(t, "")
	created := must[object](s, s.call("POST", path+"?tagIds="+tag, bytes.NewReader(picture(1))))
	assert.Equal(t, true, created["isBatchSuccessful"])
	var form bytes.Buffer
	writer := multipart.NewWriter(&form)
	for n := range 2 {
		part, err := writer.CreateFormFile("imageData", "picture.png")
		require.NoError(t, err)
		_, err = part.Write(picture(2 + n))
		require.NoError(t, err)
	}
	require.NoError(t, writer.Close())
	request, err := http.NewRequestWithContext(t.Context(), "POST", s.origin+"/customvision/v3.3/training"+path+"?tagIds="+tag, &form)
	require.NoError(t, err)
	request.Header = http.Header{"Training-Key": {s.key}, "Content-Type": {writer.FormDataContentType()}}
	assert.Len(t, must[object](s, s.do(request))["images"], 2)
	assert.Equal(t, "3", string(s.call("GET", path+"/count?tagIds="+tag, nil).body))
}

func TestUploadErrors(t *testing.T) {
	s, path, tag := images(t, "&classificationType=Multiclass")
	many := make([]object, 65)
	s.refused(s.call("POST", path+"/files", object{"images": many}), 400, "BadRequestExceededBatchSize")
	s.refused(s.call("POST", path+"/files", object{}), 400, "BadRequestImageBatch")
	s.refused(s.call("POST", path+"/files", object{"images": []object{{"contents": "!"}}}), 400, "BadRequestImageBatch")
	s.refused(s.call("POST", path, nil), 400, "BadRequestImageBatch")
	s.refused(s.call("POST", path+"?tagIds=x", bytes.NewReader(picture(1))), 400, "BadRequestInvalidIds")
	s.refused(s.call("POST", path+"?tagIds="+unknownID, bytes.NewReader(picture(1))), 400, "BadRequestImageTags")
	large := base64.StdEncoding.EncodeToString(make([]byte, 7<<20))
	a := s.call("POST", path+"/files", object{"images": []object{{"contents": large}}})
	assert.Contains(t, string(a.body), "ErrorImageSize")
	second := must[object](s, s.call("POST", "/projects"+path[len("/projects"):len(path)-len("images")]+"tags?name=dog", nil)).id()
	a = s.call("POST", path+"/files", object{"tagIds": []string{tag, second}, "images": []object{{"contents": encoded(1)}}})
	assert.Contains(t, string(a.body), "ErrorTagLimitExceed")
}
