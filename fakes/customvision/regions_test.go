package customvision_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
)

type regionSummary struct {
	Created, Duplicated, Exceeded []object
}

func (a *imageProject) createRegions(status int, entries ...object) regionSummary {
	a.Helper()
	got := a.call("POST", a.path+"/images/regions", object{"regions": entries})
	assert.Equal(a, status, got.status, "%s", got.body)
	return decode[regionSummary](a.service, got.body)
}

// newBox returns a region of an image. Its position and size are in eighths.
func newBox(image, tag string, left, top, width, height float64) object {
	return object{
		"imageId": image,
		"tagId":   tag,
		"left":    left / 8,
		"top":     top / 8,
		"width":   width / 8,
		"height":  height / 8,
	}
}

// regions returns the regions of an image as text.
func (a *imageProject) regions(id string) []string {
	a.Helper()
	list := []string{}
	regions, _ := a.image(id)["regions"].([]any)
	for _, r := range regions {
		r := r.(map[string]any)
		list = append(list, fmt.Sprint(r["tagName"], " ", r["left"], " ", r["top"], " ", r["width"], " ", r["height"]))
	}
	return list
}

func (a *imageProject) regionIDs(image string) []string {
	a.Helper()
	ids := []string{}
	for _, r := range a.image(image)["regions"].([]any) {
		ids = append(ids, r.(map[string]any)["regionId"].(string))
	}
	return ids
}

// The request, and the response without ids, name and time, are those of RegionManipulation.json in the session
// records.
func TestRegionMatchesRecording(t *testing.T) {
	a := newImageProject(t, "&domainId="+detectionID)
	id, tag := a.addPicture(1), a.tag("cat")
	got := a.call("POST", a.path+"/images/regions", object{"regions": []object{
		{"imageId": id, "tagId": tag, "left": 0.3807391, "top": 0.164848924, "width": 0.276588678, "height": 0.6538571}}})
	assert.Equal(t, http.StatusOK, got.status)
	const guid, at = `"[0-9a-f-]{36}"`, `"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?"`
	assert.Regexp(t, `^{"created":\[{"imageId":"`+id+`","regionId":`+guid+`,"tagName":null,"created":`+at+`,"tagId":"`+tag+
		`","left":0\.3807391,"top":0\.164848924,"width":0\.276588678,"height":0\.6538571}\],`+
		`"duplicated":\[\],"exceeded":\[\]}$`, string(got.body))
	image := string(a.call("GET", a.path+"/images", nil).body)
	assert.Regexp(t, `,"tags":\[{"tagId":"`+tag+`","tagName":"cat","created":`+at+`}\],"regions":\[{"regionId":`+guid+
		`,"tagName":"cat","created":`+at+`,"tagId":"`+tag+
		`","left":0\.3807391,"top":0\.164848924,"width":0\.276588678,"height":0\.6538571}\]}\]$`, image)
	full := a.call("POST", a.path+"/images/regions", object{"regions": []object{newBox(id, tag, 0, 0, 8, 8)}})
	assert.Contains(t, string(full.body), `"left":0.0,"top":0.0,"width":1.0,"height":1.0`)
}

func TestCreateAndDeleteRegions(t *testing.T) {
	a := newImageProject(t, "&domainId="+detectionID)
	cat, dog, id := a.tag("cat"), a.tag("dog"), a.addPicture(1)
	first, second := newBox(id, cat, 0, 1, 2, 4), newBox(id, cat, 1, 1, 2, 4)
	assert.Len(t, a.createRegions(200, first).Created, 1)
	got := a.createRegions(207, first, second, newBox(id, dog, 0, 1, 2, 4), second)
	assert.Len(t, got.Created, 2)
	assert.Equal(t, []object{first, second}, got.Duplicated)
	assert.Empty(t, got.Exceeded)
	assert.Equal(
		t,
		[]string{"dog 0 0.125 0.25 0.5", "cat 0.125 0.125 0.25 0.5", "cat 0 0.125 0.25 0.5"},
		a.regions(id),
		"the most recently added comes first",
	)
	assert.Equal(t, []string{"dog", "cat"}, a.tagNames(id), "a region adds its tag")
	ids := a.regionIDs(id)
	assert.Equal(t, http.StatusNoContent, a.call("DELETE", a.path+"/images/regions?regionIds="+ids[1], nil).status)
	assert.Equal(t, []string{"dog", "cat"}, a.tagNames(id), "cat still has a region")
	assert.Equal(t, http.StatusNoContent, a.call("DELETE", a.path+"/images/regions?regionIds="+ids[2], nil).status)
	assert.Equal(t, []string{"dog"}, a.tagNames(id), "deleting the last region removes its tag")
	assert.Equal(t, http.StatusNoContent, a.call("DELETE", a.path+"/images/tags?imageIds="+id+"&tagIds="+dog, nil).status)
	assert.Empty(t, a.regions(id), "removing a tag deletes its regions")
	assert.Len(t, a.createRegions(200, first, newBox(id, dog, 0, 0, 1, 1)).Created, 2)
	assert.Equal(t, http.StatusNoContent, a.call("DELETE", a.path+"/tags/"+cat, nil).status)
	assert.Equal(t, []string{"dog 0 0 0.125 0.125"}, a.regions(id))
}

func TestRegionErrors(t *testing.T) {
	a := newImageProject(t, "&domainId="+detectionID)
	id, cat := a.addPicture(1), a.tag("cat")
	none := requireOK[object](a.service, a.call("POST", a.path+"/tags?name=none&type=Negative", nil)).id()
	good := newBox(id, cat, 0, 0, 1, 1)
	regions := func(entries ...object) object { return object{"regions": append([]object{good}, entries...)} }
	without := func(member string) object {
		entry := newBox(id, cat, 0, 0, 2, 2)
		delete(entry, member)
		return regions(entry)
	}
	many := make([]object, 65)
	for n := range many {
		many[n] = newBox(id, cat, 0, 0, 1, 1+float64(n)/65)
	}
	a.assertRefused("POST", "/images/regions", map[string]errorCase{
		"no body":            {"", nil, 400, "BadRequest"},
		"no regions":         {"", object{}, 400, "BadRequestRequiredParamIsNull"},
		"wrong type":         {"", object{"regions": []string{"x"}}, 400, "BadRequest"},
		"not a number":       {"", object{"regions": []object{{"left": "0"}}}, 400, "BadRequest"},
		"not a GUID":         {"", object{"regions": []object{{"imageId": "x"}}}, 400, "BadRequestInvalidIds"},
		"unknown image":      {"", regions(newBox(unknownID, cat, 0, 0, 1, 1)), 404, "NotFoundImage"},
		"unknown tag":        {"", regions(newBox(id, unknownID, 0, 0, 1, 1)), 400, "BadRequestImageTags"},
		"negative":           {"", regions(newBox(id, none, 0, 0, 1, 1)), 400, "BadRequestNegativeAndRegularTagOnSameImage"},
		"left of the image":  {"", regions(newBox(id, cat, -1, 0, 1, 1)), 400, "BadRequestImageRegions"},
		"above the image":    {"", regions(newBox(id, cat, 0, -1, 1, 1)), 400, "BadRequestImageRegions"},
		"right of the image": {"", regions(newBox(id, cat, 4, 0, 5, 1)), 400, "BadRequestImageRegions"},
		"below the image":    {"", regions(newBox(id, cat, 0, 4, 1, 5)), 400, "BadRequestImageRegions"},
		"no width":           {"", regions(newBox(id, cat, 0, 0, 0, 1)), 400, "BadRequestImageRegions"},
		"no height":          {"", regions(newBox(id, cat, 0, 0, 1, 0)), 400, "BadRequestImageRegions"},
		"left missing":       {"", without("left"), 400, "BadRequestImageRegions"},
		"top missing":        {"", without("top"), 400, "BadRequestImageRegions"},
		"width missing":      {"", without("width"), 400, "BadRequestImageRegions"},
		"height missing":     {"", without("height"), 400, "BadRequestImageRegions"},
		"too many":           {"", object{"regions": many}, 400, "BadRequestExceededBatchSize"},
	})
	assert.Len(t, a.createRegions(200, many[:64]...).Created, 64)
	a.assertRefused("DELETE", "/images/regions", map[string]errorCase{
		"none":           {"", nil, 400, "BadRequestRequiredParamIsNull"},
		"not a GUID":     {"?regionIds=x", nil, 400, "BadRequestInvalidIds"},
		"one unknown id": {"?regionIds=" + a.regionIDs(id)[0] + "," + unknownID, nil, 400, "BadRequestImageRegions"},
		"too many":       {"?regionIds=" + unknownIDs(65), nil, 400, "BadRequestExceededBatchSize"},
	})
	a.requireError(a.call("POST", "/projects/"+unknownID+"/images/regions", regions()), 404, "NotFoundProject")
	a.requireError(
		a.call("DELETE", "/projects/"+unknownID+"/images/regions?regionIds="+unknownID, nil),
		404,
		"NotFoundProject",
	)
}

// Fractions are rounded to float32 before they are added, so that the sum of a valid position and size does not
// exceed 1.
func TestRegionsAtTheEdge(t *testing.T) {
	a := newImageProject(t, "&domainId="+detectionID)
	id, cat := a.addPicture(1), a.tag("cat")
	edge := object{"imageId": id, "tagId": cat, "left": 0.1, "top": 0.7, "width": 0.90000001, "height": 0.3}
	assert.Len(t, a.createRegions(200, edge, newBox(id, cat, 0, 0, 8, 8)).Created, 2)
}

func TestRegionsRequireDetectionProject(t *testing.T) {
	a := newImageProject(t, "")
	id, cat := a.addPicture(1), a.tag("cat")
	a.assertRefused("POST", "/images/regions", map[string]errorCase{
		"classification": {"", object{"regions": []object{newBox(id, cat, 0, 0, 1, 1)}}, 400, "BadRequestImageRegions"},
	})
	a.assertRefused("POST", "/images/files", map[string]errorCase{
		"upload": {
			"",
			object{"images": []object{{"contents": encodedPicture(2), "regions": []object{newBox(id, cat, 0, 0, 1, 1)}}}},
			400,
			"BadRequestImageRegions",
		},
	})
}

func TestRegionLimitPerImage(t *testing.T) {
	a := newImageProject(t, "&domainId="+detectionID)
	id, cat, n := a.addPicture(1), a.tag("cat"), 0
	next := func(count int) []object {
		entries := []object{}
		for range count {
			n++
			entries = append(entries, newBox(id, cat, 0, 0, 1, float64(n)/100))
		}
		return entries
	}
	for range 5 {
		a.createRegions(200, next(59)...)
	}
	last := next(6) // 5*59 + 5 = 300
	got := a.createRegions(207, last...)
	assert.Len(t, got.Created, 5)
	assert.Len(t, got.Exceeded, 1)
	assert.Len(t, a.regionIDs(id), 300)
}
