package customvision_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

type tagSummary struct {
	Created, Duplicated, Exceeded []object
}

func (a *imageProject) tagImages(entries ...object) tagSummary {
	a.Helper()
	return requireOK[tagSummary](a.service, a.call("POST", a.path+"/images/tags", object{"tags": entries}))
}

// tagNames returns the names of an image's tags.
func (a *imageProject) tagNames(id string) []string {
	a.Helper()
	names := []string{}
	tags, _ := a.image(id)["tags"].([]any)
	for _, tag := range tags {
		names = append(names, tag.(map[string]any)["tagName"].(string))
	}
	return names
}

// The response and its length are those of ImageTagManipulation.json in the session records.
func TestCreateImageTagsMatchesRecording(t *testing.T) {
	a := newImageProject(t, "")
	id, tag := a.addPicture(1), a.tag("cat")
	got := a.call("POST", a.path+"/images/tags", object{"tags": []object{{"imageId": id, "tagId": tag}}})
	assert.Equal(t, http.StatusOK, got.status)
	assert.Equal(t, `{"created":[{"imageId":"`+id+`","tagId":"`+tag+`"}],"duplicated":[],"exceeded":[]}`, string(got.body))
	assert.Len(t, got.body, 141)
}

func TestCreateAndDeleteImageTags(t *testing.T) {
	a := newImageProject(t, "")
	cat, dog, i1, i2 := a.tag("cat"), a.tag("dog"), a.addPicture(1), a.addPicture(2)
	entry := func(image, tag string) object { return object{"imageId": image, "tagId": tag} }
	got := a.tagImages(entry(i1, cat), entry(i2, cat), entry(i1, cat), entry(strings.ToUpper(i1), dog))
	assert.Equal(t, tagSummary{[]object{entry(i1, cat), entry(i2, cat), entry(i1, dog)}, []object{entry(i1, cat)}, []object{}}, got)
	assert.Equal(t, []string{"dog", "cat"}, a.tagNames(i1), "the most recently added comes first")
	assert.Equal(t, []string{"cat"}, a.tagNames(i2))
	for range 2 { // removing a missing tag is not an error
		untagged := a.call("DELETE", a.path+"/images/tags?imageIds="+i1+","+i2+"&tagIds="+cat, nil)
		assert.Equal(t, http.StatusNoContent, untagged.status)
		assert.Equal(t, []string{"dog"}, a.tagNames(i1))
		assert.Empty(t, a.tagNames(i2))
	}
	assert.Equal(t, []string{i2}, a.ids("/images/untagged"))
}

func TestImageTagErrors(t *testing.T) {
	a := newImageProject(t, "")
	id, cat := a.addPicture(1), a.tag("cat")
	none := requireOK[object](a.service, a.call("POST", a.path+"/tags?name=none&type=Negative", nil)).id()
	negative := a.addPicture(2, none)
	entry := func(image, tag any) object { return object{"imageId": image, "tagId": tag} }
	tags := func(entries ...object) object { return object{"tags": entries} }
	many := make([]object, 129)
	for n := range many {
		many[n] = entry(id, cat)
	}
	a.assertRefused("POST", "/images/tags", map[string]errorCase{
		"no body":             {"", nil, 400, "BadRequest"},
		"not JSON":            {"", strings.NewReader("{"), 400, "BadRequest"},
		"null":                {"", strings.NewReader("null"), 400, "BadRequestRequiredParamIsNull"},
		"no tags":             {"", object{}, 400, "BadRequestRequiredParamIsNull"},
		"empty":               {"", tags(), 400, "BadRequestRequiredParamIsNull"},
		"wrong type":          {"", object{"tags": 1}, 400, "BadRequest"},
		"wrong type of an id": {"", tags(entry(1, cat)), 400, "BadRequest"},
		"not a GUID":          {"", tags(entry(id, "x")), 400, "BadRequestInvalidIds"},
		"unknown image":       {"", tags(entry(id, cat), entry(unknownID, cat)), 404, "NotFoundImage"},
		"unknown tag":         {"", tags(entry(id, cat), entry(id, unknownID)), 400, "BadRequestImageTags"},
		"no image":            {"", tags(object{"tagId": cat}), 404, "NotFoundImage"},
		"too many":            {"", object{"tags": many}, 400, "BadRequestExceededBatchSize"},
		"regular tag on negative image": {
			"",
			tags(entry(id, cat), entry(negative, cat)),
			400,
			"BadRequestNegativeAndRegularTagOnSameImage",
		},
		"both in one request": {"", tags(entry(id, none), entry(id, cat)), 400, "BadRequestNegativeAndRegularTagOnSameImage"},
		"too large":           {"", strings.NewReader(strings.Repeat(" ", 2<<20)), 413, "BadRequest"},
	})
	assert.Len(t, a.tagImages(many[:128]...).Duplicated, 127)
	a.assertRefused("DELETE", "/images/tags", map[string]errorCase{
		"no images":       {"?tagIds=" + cat, nil, 400, "BadRequestRequiredParamIsNull"},
		"no tags":         {"?imageIds=" + id, nil, 400, "BadRequestRequiredParamIsNull"},
		"not a GUID":      {"?imageIds=x&tagIds=" + cat, nil, 400, "BadRequestInvalidIds"},
		"tag not a GUID":  {"?imageIds=" + id + "&tagIds=x", nil, 400, "BadRequestInvalidIds"},
		"unknown image":   {"?imageIds=" + id + "," + unknownID + "&tagIds=" + cat, nil, 404, "NotFoundImage"},
		"unknown tag":     {"?imageIds=" + id + "&tagIds=" + cat + "," + unknownID, nil, 400, "BadRequestImageTags"},
		"too many images": {"?tagIds=" + cat + "&imageIds=" + unknownIDs(65), nil, 400, "BadRequestExceededBatchSize"},
		"too many tags":   {"?imageIds=" + id + "&tagIds=" + unknownIDs(21), nil, 400, "BadRequestExceededBatchSize"},
	})
	a.requireError(a.call("POST", "/projects/"+unknownID+"/images/tags", tags(entry(id, cat))), 404, "NotFoundProject")
	a.requireError(
		a.call("DELETE", "/projects/"+unknownID+"/images/tags?imageIds="+id+"&tagIds="+cat, nil),
		404,
		"NotFoundProject",
	)
}

func TestTagLimitPerImage(t *testing.T) {
	for query, limit := range map[string]int{
		"": 100, "&classificationType=Multiclass": 1, "&domainId=" + detectionID: 300,
	} {
		a := newImageProject(t, query)
		id, entries := a.addPicture(1), []object{}
		for n := range min(limit+1, 128) {
			entries = append(entries, object{"imageId": id, "tagId": a.tag(fmt.Sprint("t", n))})
		}
		got := a.tagImages(entries...)
		assert.Len(t, got.Created, min(limit, 128), query)
		if limit < 128 {
			assert.Equal(t, entries[limit:], got.Exceeded, query)
		}
	}
}
