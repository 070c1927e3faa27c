package customvision_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/fakes/customvision"
)

func TestTags(t *testing.T) {
	s := newService(t, customvision.Options{})
	path := "/projects/" + s.create("p", "", "").id() + "/tags"
	tag := requireOK[object](s, s.call("POST", path+"?name=cat&description=d", nil))
	assert.Equal(t, object{"id": tag.id(), "name": "cat", "description": "d", "type": "Regular", "imageCount": 0.0}, tag)
	requireOK[object](s, s.call("POST", path+"?name=none&type=negative", nil))
	s.requireError(s.call("POST", path, nil), 400, "BadRequestTagName")
	s.requireError(s.call("POST", path+"?name=cat", nil), 400, "BadRequestTagNameNotUnique")
	s.requireError(s.call("POST", path+"?name=x&type=x", nil), 400, "BadRequestTagType")
	s.requireError(s.call("POST", path+"?name=x&type=Negative", nil), 400, "BadRequestMultipleNegativeTag")
	assert.Equal(t, tag, requireOK[object](s, s.call("GET", path+"/"+tag.id(), nil)))
	assert.Len(t, requireOK[[]object](s, s.call("GET", path, nil)), 2)
	assert.Equal(t, http.StatusNoContent, s.call("DELETE", path+"/"+tag.id(), nil).status)
	s.requireError(s.call("GET", path+"/"+tag.id(), nil), 404, "NotFoundTag")
}

// The lengths are those of CreateUpdateDeleteTag.json and CreateImagesFromFiles.json: 132 and 135 with a
// description, 116 without.
func TestTagMatchesRecording(t *testing.T) {
	s := newService(t, customvision.Options{})
	path := "/projects/" + s.create("p", "", "").id() + "/tags"
	plain := s.call("POST", path+"?name=Test%20Tag%201&description=", nil)
	assert.Equal(
		t,
		`{"id":"`+requireOK[object](s, plain).id()+
			`","name":"Test Tag 1","description":null,"type":"Regular","imageCount":0}`,
		string(plain.body),
	)
	assert.Len(t, plain.body, 116)
	described := s.call("POST", path+"?name=Test%20Tag%202&description=This%20is%20a%20test%20tag", nil)
	assert.Len(t, described.body, 132)
	updated := s.call(
		"PATCH",
		path+"/"+requireOK[object](s, described).id(),
		object{"name": "New Tag Name", "description": "Updated Description"},
	)
	assert.Len(t, updated.body, 135)
}

// The order is that of the ids in TagRetrieval.json: #1, #2, #3 and #0 of four tags that were created in order. It is
// the order of the type uniqueidentifier of SQL Server.
func TestTagsAreListedByID(t *testing.T) {
	s := newService(t, customvision.Options{})
	project := s.create("p", "", "").id()
	want := []string{}
	for n := range 30 {
		path := fmt.Sprintf("/projects/%s/tags?name=%d", project, n)
		want = append(want, requireOK[object](s, s.call("POST", path, nil)).id())
	}
	lastGroup := func(id string) string { return id[strings.LastIndex(id, "-")+1:] }
	slices.SortFunc(want, func(a, b string) int { return strings.Compare(lastGroup(a), lastGroup(b)) })
	assert.Equal(t, want, ids(requireOK[[]object](s, s.call("GET", "/projects/"+project+"/tags", nil))))
}

func TestTagTypes(t *testing.T) {
	a := newImageProject(t, "")
	tags := a.path + "/tags"
	for _, kind := range []string{"Negative", "GeneralProduct"} {
		requireOK[object](a.service, a.call("POST", tags+"?name=only-"+kind+"&type="+kind, nil))
		a.requireError(a.call("POST", tags+"?name=second&type="+kind, nil), 400, "BadRequestMultiple"+kind+"Tag")
	}
	for range 2 {
		requireOK[object](
			a.service,
			a.call("POST", tags+"?type=regular&name="+strings.Repeat("r", 3+len(a.ids("/tags"))), nil),
		)
	}
	assert.Len(t, a.ids("/tags"), 4, "refused tags were not created")
}

func TestUpdateTag(t *testing.T) {
	a := newImageProject(t, "")
	cat, other := a.tag("cat"), a.tag("other")
	a.addPicture(1, cat)
	path := a.path + "/tags/" + cat
	want := object{"id": cat, "name": "cat", "description": "d", "type": "Regular", "imageCount": 1.0}
	assert.Equal(
		t,
		want,
		requireOK[object](a.service, a.call("PATCH", path, object{"description": "d"})),
		"other members are kept",
	)
	want["type"], want["description"] = "Negative", nil
	document := object{"id": unknownID, "name": " cat ", "description": "", "type": "negative", "imageCount": 99}
	assert.Equal(t, want, requireOK[object](a.service, a.call("PATCH", path, document)), "id and imageCount are read-only")
	assert.Equal(
		t,
		want,
		requireOK[object](a.service, a.call("PATCH", path, object{"name": nil, "type": nil})),
		"null changes nothing",
	)
	for name, c := range map[string]struct {
		path   string
		body   any
		status int
		code   string
	}{
		"no name":         {path, object{"name": " "}, 400, "BadRequestTagName"},
		"name taken":      {path, object{"name": "other"}, 400, "BadRequestTagNameNotUnique"},
		"unknown type":    {path, object{"type": "x"}, 400, "BadRequestTagType"},
		"second negative": {a.path + "/tags/" + other, object{"type": "Negative"}, 400, "BadRequestMultipleNegativeTag"},
		"wrong type":      {path, object{"name": 1}, 400, "BadRequest"},
		"no body":         {path, nil, 400, "BadRequest"},
		"unknown tag":     {a.path + "/tags/" + unknownID, object{"name": "x"}, 404, "NotFoundTag"},
		"not a GUID":      {a.path + "/tags/x", object{"name": "x"}, 400, "BadRequestInvalidIds"},
	} {
		t.Run(name, func(t *testing.T) {
			a.withT(t).requireError(a.call("PATCH", c.path, c.body), c.status, c.code)
			assert.Equal(t, want, requireOK[object](a.service, a.call("GET", path, nil)))
		})
	}
}

// A tag cannot become negative if one of its images has another tag.
func TestTagOfSharedImagesCannotBecomeNegative(t *testing.T) {
	a := newImageProject(t, "")
	cat := a.tag("cat")
	a.addPicture(1, cat, a.tag("dog"))
	a.requireError(
		a.call("PATCH", a.path+"/tags/"+cat, object{"type": "Negative"}),
		400,
		"BadRequestNegativeAndRegularTagOnSameImage",
	)
	assert.Equal(t, "Regular", requireOK[object](a.service, a.call("GET", a.path+"/tags/"+cat, nil))["type"])
}

// An iteration has the tags that it was trained with.
func TestIterationTags(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, iteration := s.createTrained("p", "", "")
		path := "/projects/" + project + "/tags"
		cat := s.tags(project)[0].id()
		requireOK[object](s, s.call("PATCH", path+"/"+cat, object{"name": "lion"}))
		s.upload(project, cat, 50, 3)
		query := "?iterationId=" + iteration
		assert.Equal(s, object{"id": cat, "name": "cat", "description": nil, "type": "Regular", "imageCount": 5.0},
			requireOK[object](s, s.call("GET", path+"/"+cat+query, nil)))
		assert.Equal(s, 8.0, requireOK[object](s, s.call("GET", path+"/"+cat, nil))["imageCount"])
		assert.Equal(s, 8.0, s.tagsByName(path)[1]["imageCount"])
		assert.Equal(s, 5.0, s.tagsByName(path + query)[0]["imageCount"])
		assert.Equal(s, http.StatusNoContent, s.call("DELETE", path+"/"+cat, nil).status)
		assert.Len(s, requireOK[[]object](s, s.call("GET", path, nil)), 1)
		assert.Len(s, requireOK[[]object](s, s.call("GET", path+query, nil)), 2)
		s.requireError(s.call("GET", path+"/"+cat, nil), 404, "NotFoundTag")
		s.requireError(s.call("GET", path+"/"+unknownID+query, nil), 404, "NotFoundTag")
		for _, p := range []string{path, path + "/" + cat} {
			s.requireError(s.call("GET", p+"?iterationId="+unknownID, nil), 404, "NotFoundIteration")
			s.requireError(s.call("GET", p+"?iterationId=x", nil), 400, "BadRequestInvalidIds")
		}
	})
}

// A change of a tag requires another training, unless only the description changes.
func TestTagChangeRequiresTraining(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, _ := s.createTrained("p", "", "")
		path := "/projects/" + project
		cat := path + "/tags/" + s.tags(project)[0].id()
		requireOK[object](s, s.call("PATCH", cat, object{"description": "d"}))
		s.requireError(s.call("POST", path+"/train", nil), 400, "BadRequestTrainingNotNeeded")
		requireOK[object](s, s.call("PATCH", cat, object{"name": "lion"}))
		s.train(project)
	})
}
