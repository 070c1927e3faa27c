package customvision_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

type metadataSummary struct {
	IsBatchSuccessful bool
	Images            []object
}

func (a *imageProject) updateMetadata(status int, images string, metadata object) metadataSummary {
	a.Helper()
	got := a.call("POST", a.path+"/images/metadata?imageIds="+images, metadata)
	assert.Equal(a, status, got.status, "%s", got.body)
	return decode[metadataSummary](a.service, got.body)
}

// The request, the response and its length are those of UpdateImageMetadata.json in the session records.
func TestMetadataMatchesRecording(t *testing.T) {
	a := newImageProject(t, "")
	id := a.addPicture(1)
	got := a.call("POST", a.path+"/images/metadata?imageIds="+id, object{"type": "unit test", "value": "30"})
	assert.Equal(t, http.StatusOK, got.status)
	assert.Equal(
		t,
		`{"isBatchSuccessful":true,"images":[{"imageId":"`+id+
			`","status":"OK","metadata":{"type":"unit test","value":"30"}}]}`,
		string(got.body),
	)
	assert.Len(t, got.body, 147)
}

func TestMetadataOfSeveralImages(t *testing.T) {
	a := newImageProject(t, "")
	i1, i2 := a.addPicture(1), a.addPicture(2)
	a.updateMetadata(200, i1, object{"by": "ann", "at": "sea"})
	got := a.updateMetadata(207, strings.Join([]string{i1, unknownID, i2, i1}, ","), object{"by": "bob", "größe": ""})
	assert.False(t, got.IsBatchSuccessful)
	assert.Equal(t, []object{
		{"imageId": i1, "status": "OK", "metadata": map[string]any{"at": "sea", "by": "bob", "größe": ""}},
		{"imageId": unknownID, "status": "ErrorImageNotFound", "metadata": nil},
		{"imageId": i2, "status": "OK", "metadata": map[string]any{"by": "bob", "größe": ""}},
	}, got.Images, "keys are added, values replaced")
	assert.Equal(t, map[string]any{"at": "sea", "by": "bob", "größe": ""}, a.image(i1)["metadata"])
	assert.Len(t, a.updateMetadata(200, i1, object{}).Images, 1, "no change")
}

// metadataPairs returns n pairs of metadata.
func metadataPairs(n int) object {
	metadata := object{}
	for i := range n {
		metadata[fmt.Sprint("key", i)] = "v"
	}
	return metadata
}

func TestMetadataLimits(t *testing.T) {
	for version, limits := range map[string]struct{ pairs, key, value int }{
		"v3.3": {50, 256, 512}, "v3.4-preview": {10, 128, 256},
	} {
		t.Run(version, func(t *testing.T) {
			a := newImageProject(t, "")
			a.version = version
			id, long := a.addPicture(1), strings.Repeat("ü", 1000)
			a.assertRefused("POST", "/images/metadata?imageIds="+id, map[string]errorCase{
				"key too long":   {"", object{long[:2*(limits.key+1)]: "v"}, 400, "BadRequestImageMetadataKey"},
				"empty key":      {"", object{"": "v"}, 400, "BadRequestImageMetadataKey"},
				"value too long": {"", object{"k": long[:2*(limits.value+1)]}, 400, "BadRequestImageMetadataValue"},
				"null value":     {"", object{"k": nil}, 400, "BadRequestImageMetadataValue"},
			})
			a.updateMetadata(200, id, object{long[:2*limits.key]: long[:2*limits.value]})
			a.updateMetadata(200, id, metadataPairs(limits.pairs-1))
			assert.Equal(t, "ErrorLimitExceed", a.updateMetadata(207, id, object{"one": "more"}).Images[0]["status"])
			assert.Equal(t, "OK", a.updateMetadata(200, id, object{"key0": "changed"}).Images[0]["status"])
			assert.Len(t, a.image(id)["metadata"], limits.pairs)
			assert.Equal(
				t,
				"ErrorLimitExceed",
				a.updateMetadata(207, a.addPicture(2), metadataPairs(limits.pairs+1)).Images[0]["status"],
			)

			upload := func(metadata object) object {
				return object{"images": []object{{"contents": encodedPicture(3)}}, "metadata": metadata}
			}
			a.assertRefused("POST", "/images/files", map[string]errorCase{
				"uploaded with too many":   {"", upload(metadataPairs(limits.pairs + 1)), 400, "BadRequestExceededBatchSize"},
				"uploaded with a long key": {"", upload(object{long[:2*(limits.key+1)]: "v"}), 400, "BadRequestImageMetadataKey"},
				"uploaded with null":       {"", upload(object{"k": nil}), 400, "BadRequestImageMetadataValue"},
			})
			requireOK[object](a.service, a.call("POST", a.path+"/images/files", upload(metadataPairs(limits.pairs))))
		})
	}
}

func TestMetadataErrors(t *testing.T) {
	a := newImageProject(t, "")
	id := a.addPicture(1)
	a.assertRefused("POST", "/images/metadata", map[string]errorCase{
		"no images":   {"", object{"k": "v"}, 400, "BadRequestRequiredParamIsNull"},
		"not a GUID":  {"?imageIds=x", object{"k": "v"}, 400, "BadRequestInvalidIds"},
		"too many":    {"?imageIds=" + unknownIDs(65), object{"k": "v"}, 400, "BadRequestExceededBatchSize"},
		"no body":     {"?imageIds=" + id, nil, 400, "BadRequest"},
		"null":        {"?imageIds=" + id, strings.NewReader("null"), 400, "BadRequestRequiredParamIsNull"},
		"a list":      {"?imageIds=" + id, []string{"k"}, 400, "BadRequest"},
		"a number":    {"?imageIds=" + id, object{"a": "v", "k": 1}, 400, "BadRequest"},
		"more than 1": {"?imageIds=" + id, strings.NewReader(`{"k":"v"}{"k":"w"}`), 400, "BadRequest"},
	})
	a.updateMetadata(207, unknownIDs(64), object{"k": "v"})
	a.requireError(
		a.call("POST", "/projects/"+unknownID+"/images/metadata?imageIds="+id, object{"k": "v"}),
		404,
		"NotFoundProject",
	)
}
