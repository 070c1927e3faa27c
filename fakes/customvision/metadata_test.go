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

func (a *album) describe(status int, images string, metadata object) metadataSummary {
	a.Helper()
	got := a.call("POST", a.path+"/images/metadata?imageIds="+images, metadata)
	assert.Equal(a, status, got.status, "%s", got.body)
	return decode[metadataSummary](a.service, got.body)
}

// Call, answer and its length are those of UpdateImageMetadata.json in the
// session records.
func TestMetadataIsAsRecorded(t *testing.T) {
	a := newAlbum(t, "")
	id := a.add(1)
	got := a.call("POST", a.path+"/images/metadata?imageIds="+id, object{"type": "unit test", "value": "30"})
	assert.Equal(t, http.StatusOK, got.status)
	assert.Equal(
		t,
		`{"isBatchSuccessful":true,"images":[{"imageId":"`+id+`","status":"OK","metadata":{"type":"unit test","value":"30"}}]}`,
		string(got.body),
	)
	assert.Len(t, got.body, 147)
}

func TestMetadataOfSeveralImages(t *testing.T) {
	a := newAlbum(t, "")
	i1, i2 := a.add(1), a.add(2)
	a.describe(200, i1, object{"by": "ann", "at": "sea"})
	got := a.describe(207, strings.Join([]string{i1, unknownID, i2, i1}, ","), object{"by": "bob", "größe": ""})
	assert.False(t, got.IsBatchSuccessful)
	assert.Equal(t, []object{
		{"imageId": i1, "status": "OK", "metadata": map[string]any{"at": "sea", "by": "bob", "größe": ""}},
		{"imageId": unknownID, "status": "ErrorImageNotFound", "metadata": nil},
		{"imageId": i2, "status": "OK", "metadata": map[string]any{"by": "bob", "größe": ""}},
	}, got.Images, "keys are added, values replaced")
	assert.Equal(t, map[string]any{"at": "sea", "by": "bob", "größe": ""}, a.image(i1)["metadata"])
	assert.Len(t, a.describe(200, i1, object{}).Images, 1, "nothing to add")
}

// pairs are so many pairs of metadata.
func pairs(n int) object {
	metadata := object{}
	for i := range n {
		metadata[fmt.Sprint("key", i)] = "v"
	}
	return metadata
}

func TestLimitsOfMetadata(t *testing.T) {
	for version, most := range map[string]struct{ pairs, key, value int }{"v3.3": {50, 256, 512}, "v3.4-preview": {10, 128, 256}} {
		t.Run(version, func(t *testing.T) {
			a := newAlbum(t, "")
			a.version = version
			id, long := a.add(1), strings.Repeat("ü", 1000)
			a.refuses("POST", "/images/metadata?imageIds="+id, map[string]refusal{
				"key too long":   {"", object{long[:2*(most.key+1)]: "v"}, 400, "BadRequestImageMetadataKey"},
				"empty key":      {"", object{"": "v"}, 400, "BadRequestImageMetadataKey"},
				"value too long": {"", object{"k": long[:2*(most.value+1)]}, 400, "BadRequestImageMetadataValue"},
				"null value":     {"", object{"k": nil}, 400, "BadRequestImageMetadataValue"},
			})
			a.describe(200, id, object{long[:2*most.key]: long[:2*most.value]})
			a.describe(200, id, pairs(most.pairs-1))
			assert.Equal(t, "ErrorLimitExceed", a.describe(207, id, object{"one": "more"}).Images[0]["status"])
			assert.Equal(t, "OK", a.describe(200, id, object{"key0": "changed"}).Images[0]["status"])
			assert.Len(t, a.image(id)["metadata"], most.pairs)
			assert.Equal(t, "ErrorLimitExceed", a.describe(207, a.add(2), pairs(most.pairs+1)).Images[0]["status"])

			upload := func(metadata object) object {
				return object{"images": []object{{"contents": encoded(3)}}, "metadata": metadata}
			}
			a.refuses("POST", "/images/files", map[string]refusal{
				"uploaded with too many":   {"", upload(pairs(most.pairs + 1)), 400, "BadRequestExceededBatchSize"},
				"uploaded with a long key": {"", upload(object{long[:2*(most.key+1)]: "v"}), 400, "BadRequestImageMetadataKey"},
				"uploaded with null":       {"", upload(object{"k": nil}), 400, "BadRequestImageMetadataValue"},
			})
			must[object](a.service, a.call("POST", a.path+"/images/files", upload(pairs(most.pairs))))
		})
	}
}

func TestMetadataErrors(t *testing.T) {
	a := newAlbum(t, "")
	id := a.add(1)
	a.refuses("POST", "/images/metadata", map[string]refusal{
		"no images":   {"", object{"k": "v"}, 400, "BadRequestRequiredParamIsNull"},
		"not a GUID":  {"?imageIds=x", object{"k": "v"}, 400, "BadRequestInvalidIds"},
		"too many":    {"?imageIds=" + manyIDs(65), object{"k": "v"}, 400, "BadRequestExceededBatchSize"},
		"no body":     {"?imageIds=" + id, nil, 400, "BadRequest"},
		"null":        {"?imageIds=" + id, strings.NewReader("null"), 400, "BadRequestRequiredParamIsNull"},
		"a list":      {"?imageIds=" + id, []string{"k"}, 400, "BadRequest"},
		"a number":    {"?imageIds=" + id, object{"a": "v", "k": 1}, 400, "BadRequest"},
		"more than 1": {"?imageIds=" + id, strings.NewReader(`{"k":"v"}{"k":"w"}`), 400, "BadRequest"},
	})
	a.describe(207, manyIDs(64), object{"k": "v"})
	a.refused(
		a.call("POST", "/projects/"+unknownID+"/images/metadata?imageIds="+id, object{"k": "v"}),
		404,
		"NotFoundProject",
	)
}
