package customvision_test

import (
	"bytes"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision"
)

// imageProject is a project for tests of images.
type imageProject struct {
	*service
	path string // path of the project
}

// newImageProject uses a frozen clock, so that links do not change.
func newImageProject(t *testing.T, query string) *imageProject {
	s := newService(t, customvision.Options{Clock: frozenClock{}})
	return &imageProject{s, "/projects/" + requireOK[object](s, s.call("POST", "/projects?name=p"+query, nil)).id()}
}

// withT returns the project for a subtest.
func (a *imageProject) withT(t *testing.T) *imageProject {
	s := *a.service
	s.T = t
	return &imageProject{&s, a.path}
}

func (a *imageProject) tag(name string) string {
	a.Helper()
	return requireOK[object](a.service, a.call("POST", a.path+"/tags?name="+name, nil)).id()
}

// addPicture uploads a picture and returns the id of the image.
func (a *imageProject) addPicture(n int, tags ...string) string {
	a.Helper()
	return a.addImage(picture(n), tags...)
}

func (a *imageProject) addImage(data []byte, tags ...string) string {
	a.Helper()
	summary := requireOK[object](
		a.service,
		a.call("POST", a.path+"/images?tagIds="+strings.Join(tags, ","), bytes.NewReader(data)),
	)
	return object(summary["images"].([]any)[0].(map[string]any)["image"].(map[string]any)).id()
}

// ids returns the ids of the items of a list.
func (a *imageProject) ids(path string) []string {
	a.Helper()
	ids := []string{}
	for _, o := range requireOK[[]object](a.service, a.call("GET", a.path+path, nil)) {
		ids = append(ids, o.id())
	}
	return ids
}

func (a *imageProject) image(id string) object {
	a.Helper()
	return requireOK[[]object](a.service, a.call("GET", a.path+"/images/id?imageIds="+id, nil))[0]
}

// count returns the number of images in the workspace.
func (a *imageProject) count() string {
	a.Helper()
	return string(a.call("GET", a.path+"/images/count", nil).body)
}

// contents returns the documents of all images without the expiry of their links.
func (a *imageProject) contents() string {
	a.Helper()
	return regexp.MustCompile(`\?sv=[^"]*`).ReplaceAllString(string(a.call("GET", a.path+"/images", nil).body), "")
}

// assertRefused sends requests that must be refused and must change no image.
func (a *imageProject) assertRefused(method, path string, calls map[string]errorCase) {
	a.Helper()
	all := a.contents()
	for name, c := range calls {
		a.Run(name, func(t *testing.T) {
			a := a.withT(t)
			a.requireError(a.call(method, a.path+path+c.query, c.body), c.status, c.code)
			assert.Equal(t, all, a.contents())
		})
	}
}

type errorCase struct {
	query  string
	body   any
	status int
	code   string
}

// unknownIDs returns n ids that do not exist, separated by commas.
func unknownIDs(n int) string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("00000000-0000-0000-0000-%012d", i)
	}
	return strings.Join(ids, ",")
}

// newFourImages returns images without tags, with cat, with dog, and with both.
func newFourImages(t *testing.T) (a *imageProject, cat, dog string, images [4]string) {
	a = newImageProject(t, "")
	cat, dog = a.tag("cat"), a.tag("dog")
	return a, cat, dog, [4]string{a.addPicture(0), a.addPicture(1, cat), a.addPicture(2, dog), a.addPicture(3, cat, dog)}
}

func TestListAndCountImages(t *testing.T) {
	a, cat, dog, images := newFourImages(t)
	i0, i1, i2, i3 := images[0], images[1], images[2], images[3]
	for id, metadata := range map[string]object{i0: {"by": "ann"}, i1: {"by": "ann", "at": "sea"}, i2: {"by": "bob"}} {
		requireOK[object](a.service, a.call("POST", a.path+"/images/metadata?imageIds="+id, metadata))
	}
	for query, want := range map[string][]string{
		"":                                         {i3, i2, i1, i0},
		"?orderBy=Newest":                          {i3, i2, i1, i0},
		"?orderBy=oldest":                          {i0, i1, i2, i3},
		"?take=2":                                  {i3, i2},
		"?take=2&skip=1":                           {i2, i1},
		"?TAKE=1&SKIP=1&orderby=Oldest":            {i1},
		"?take=0":                                  {},
		"?skip=4":                                  {},
		"?skip=2147483647":                         {},
		"?take=256":                                {i3, i2, i1, i0},
		"?taggingStatus=All":                       {i3, i2, i1, i0},
		"?taggingStatus=tagged":                    {i3, i2, i1},
		"?taggingStatus=Untagged":                  {i0},
		"?tagIds=" + cat:                           {i3, i1},
		"?tagIds=" + cat + "," + dog:               {i3, i2, i1},
		"?tagIds=" + cat + "&tagIds=" + dog:        {i3, i2, i1},
		"?tagIds=" + strings.ToUpper(cat):          {i3, i1},
		"?tagIds=" + unknownID:                     {},
		"?taggingStatus=Untagged&tagIds=" + cat:    {},
		"?$filter=metadata%3Dby%20eq%20'ann'":      {i1, i0},
		"?%24filter=by%20eq%20'ann'":               {i1, i0},
		"?$filter=by+ne+'ann'":                     {i3, i2},
		"?$filter=by+eq+'ann'+and+at+ne+'sea'":     {i0},
		"?$filter=at+eq+'sea'+or+by+eq+'bob'":      {i2, i1},
		"?$filter=by+eq+'bob'&tagIds=" + cat:       {},
		"?$filter=by+eq+'ann'&tagIds=" + cat:       {i1},
		"?$filter=by+ne+'x'&orderBy=Oldest&skip=1": {i1, i2, i3},
		"?$filter=":                                {i3, i2, i1, i0},
	} {
		assert.Equal(t, want, a.ids("/images"+query), query)
		if !strings.Contains(strings.ToLower(query), "take") && !strings.Contains(query, "skip") {
			assert.Equal(t, fmt.Sprint(len(want)), string(a.call("GET", a.path+"/images/count"+query, nil).body), query)
		}
	}
}

func TestListImagesByTagAndID(t *testing.T) {
	a, cat, dog, images := newFourImages(t)
	i0, i1, i2, i3 := images[0], images[1], images[2], images[3]
	for path, want := range map[string][]string{
		"/images/tagged":                        {i3, i2, i1},
		"/images/tagged?tagIds=" + cat:          {i3, i1},
		"/images/tagged?orderBy=Oldest&take=2":  {i1, i2},
		"/images/tagged?skip=2":                 {i1},
		"/images/untagged":                      {i0},
		"/images/untagged?skip=1":               {},
		"/images/untagged?take=0":               {},
		"/images/untagged?orderBy=Newest":       {i0},
		"/images/id?imageIds=" + i1 + "," + i3:  {i1, i3},
		"/images/id?imageIds=" + i3 + "," + i1:  {i3, i1},
		"/images/id?imageIds=" + i1 + "," + i1:  {i1},
		"/images/id?imageIds=" + i2 + "," + cat: {i2},
		"/images/id":                            {},
	} {
		assert.Equal(t, want, a.ids(path), path)
	}
	for path, want := range map[string]string{
		"/images/tagged/count":                               "3",
		"/images/tagged/count?tagIds=" + dog:                 "2",
		"/images/tagged/count?tagIds=" + unknownIDs(30):      "0",
		"/images/count?tagIds=" + cat + "," + unknownIDs(30): "2",
		"/images/untagged/count":                             "1",
		"/images/untagged/count?tagIds=" + dog + "&take=0":   "1",
	} {
		assert.Equal(t, want, string(a.call("GET", a.path+path, nil).body), path)
	}
}

func TestDefaultPageSize(t *testing.T) {
	a := newImageProject(t, "")
	all := []string{}
	for n := range 60 {
		all = append(all, a.addPicture(n))
	}
	slices.Reverse(all)
	for _, list := range []string{"/images", "/images/untagged"} {
		assert.Equal(t, all[:50], a.ids(list))
		assert.Equal(t, all[50:], a.ids(list+"?skip=50"))
		assert.Equal(t, all, a.ids(list+"?take=60"))
	}
}

func TestListImagesErrors(t *testing.T) {
	a := newImageProject(t, "")
	paged := []string{"/images", "/images/tagged", "/images/untagged"}
	filtered := []string{"/images", "/images/count"}
	for query, c := range map[string]struct {
		code  string
		paths []string
	}{
		"take=abc":                  {"BadRequest", paged},
		"take=-1":                   {"BadRequest", paged},
		"take=1.5":                  {"BadRequest", paged},
		"take=257":                  {"BadRequest", paged},
		"skip=abc":                  {"BadRequest", paged},
		"skip=-1":                   {"BadRequest", paged},
		"skip=2147483648":           {"BadRequest", paged},
		"skip=99999999999999999999": {"BadRequest", paged},
		"orderBy=x":                 {"BadRequest", paged},
		"taggingStatus=x":           {"BadRequest", filtered},
		"$filter=x":                 {"BadRequest", filtered},
		"$filter=metadata%3Dkey1":   {"BadRequest", filtered},
		"tagIds=x": {
			"BadRequestInvalidIds", []string{"/images", "/images/count", "/images/tagged", "/images/tagged/count"},
		},
		"tagIds=" + unknownIDs(21):    {"BadRequestExceededBatchSize", []string{"/images", "/images/tagged"}},
		"imageIds=x":                  {"BadRequestInvalidIds", []string{"/images/id"}},
		"imageIds=" + unknownIDs(257): {"BadRequestExceededBatchSize", []string{"/images/id"}},
		"iterationId=x": {
			"BadRequestInvalidIds",
			append(paged, "/images/count", "/images/tagged/count", "/images/untagged/count", "/images/id"),
		},
		"take=%zz": {"BadRequest", paged},
	} {
		for _, path := range c.paths {
			message := a.requireError(a.call("GET", a.path+path+"?"+query, nil), 400, c.code)
			assert.NotContains(t, message, "%!", "the message is not truncated")
		}
	}
	for _, path := range append(paged, "/images/count", "/images/tagged/count", "/images/untagged/count", "/images/id") {
		a.requireError(a.call("GET", a.path+path+"?iterationId="+unknownID, nil), 404, "NotFoundIteration")
		a.requireError(a.call("GET", "/projects/"+unknownID+path, nil), 404, "NotFoundProject")
	}
	for _, full := range []string{"/images?take=256&tagIds=" + unknownIDs(20), "/images/id?imageIds=" + unknownIDs(256)} {
		assert.Empty(t, a.ids(full), "the limit itself is valid")
	}
}

// The order of members, absent members, times and addresses are those of ImageTagManipulation.json in the session
// records.
func TestImageMatchesRecording(t *testing.T) {
	for _, version := range []string{"v3.3", "v3.4-preview"} {
		s := newService(t, customvision.Options{Clock: frozenClock{}})
		s.version = version
		a := &imageProject{s, "/projects/" + s.create("p", "", "").id()}
		id := a.addPicture(1)
		digits := strings.ReplaceAll(id, "-", "")
		link := func(kind string) string {
			return `"http://vision\.test/customvisionfake/i-` + strings.ReplaceAll(
				a.path[len("/projects/"):],
				"-",
				"",
			) + "/" + kind + "-" + digits +
				`\?sv=2017-04-17&sr=b&sig=[^&"]+&se=2020-11-07T16%3A37%3A26Z&sp=r"`
		}
		plain := `{"id":"` + id + `","created":"2020-11-06T16:37:26\.266","width":4,"height":3,"resizedImageUri":` + link(
			"i",
		) +
			`,"thumbnailUri":` + link(
			"t",
		) + `,"originalImageUri":` + link(
			"i",
		)
		assert.Regexp(t, `^\[`+plain+`}\]$`, string(a.call("GET", a.path+"/images", nil).body))
		cat := a.tag("cat")
		requireOK[object](s, a.call("POST", a.path+"/images/tags", object{"tags": []object{{"imageId": id, "tagId": cat}}}))
		requireOK[object](s, a.call("POST", a.path+"/images/metadata?imageIds="+id, object{"b": "2", "a": "1"}))
		assert.Regexp(t, `^\[`+plain+`,"tags":\[{"tagId":"`+cat+`","tagName":"cat","created":"2020-11-06T16:37:26\.266"}\]`+
			`,"metadata":{"a":"1","b":"2"}}\]$`, string(a.call("GET", a.path+"/images/id?imageIds="+id, nil).body))
	}
}

func TestProjectThumbnail(t *testing.T) {
	a := newImageProject(t, "")
	project := func() object { return requireOK[object](a.service, a.call("GET", a.path, nil)) }
	assert.Nil(t, project()["thumbnailUri"])
	first := a.addPicture(1)
	a.addPicture(2)
	uri := project()["thumbnailUri"].(string)
	assert.Contains(t, uri, "/t-"+strings.ReplaceAll(first, "-", "")+"?")
	assert.Equal(t, http.StatusOK, a.get(uri).status)
	listed := requireOK[[]object](a.service, a.call("GET", "/projects", nil))[0]
	assert.Contains(t, listed["thumbnailUri"], "/t-"+strings.ReplaceAll(first, "-", "")+"?")
	updated := requireOK[object](a.service, a.call("PATCH", a.path, object{"description": "d"}))
	assert.NotNil(t, updated["thumbnailUri"])
	assert.Equal(t, http.StatusAccepted, a.call("DELETE", a.path+"/images?allImages=true", nil).status)
	assert.Nil(t, project()["thumbnailUri"])
}

func TestDeleteImages(t *testing.T) {
	a := newImageProject(t, "")
	cat := a.tag("cat")
	i0, i1, i2 := a.addPicture(0, cat), a.addPicture(1, cat), a.addPicture(2)
	deleted := a.call("DELETE", a.path+"/images?imageIds="+i0+","+i0, nil)
	assert.Equal(t, http.StatusNoContent, deleted.status)
	assert.Empty(t, deleted.body)
	assert.Equal(t, []string{i2, i1}, a.ids("/images"))
	assert.Equal(t, 1.0, requireOK[object](a.service, a.call("GET", a.path+"/tags/"+cat, nil))["imageCount"])
	a.assertRefused("DELETE", "/images", map[string]errorCase{
		"no members":                     {"", nil, 400, "BadRequestRequiredParamIsNull"},
		"allImages is false":             {"?allImages=false", nil, 400, "BadRequestRequiredParamIsNull"},
		"allIterations only":             {"?allIterations=true", nil, 400, "BadRequestRequiredParamIsNull"},
		"both":                           {"?allImages=true&imageIds=" + i1, nil, 400, "BadRequest"},
		"not a flag":                     {"?allImages=yes", nil, 400, "BadRequest"},
		"not a flag, iterations":         {"?allIterations=1&imageIds=" + i1, nil, 400, "BadRequest"},
		"not a GUID":                     {"?imageIds=" + i1 + ",x", nil, 400, "BadRequestInvalidIds"},
		"one unknown id":                 {"?imageIds=" + i1 + "," + unknownID, nil, 404, "NotFoundImage"},
		"one unknown id, all iterations": {"?allIterations=true&imageIds=" + i1 + "," + unknownID, nil, 404, "NotFoundImage"},
		"deleted image":                  {"?imageIds=" + i0, nil, 404, "NotFoundImage"},
		"too many":                       {"?imageIds=" + unknownIDs(257), nil, 400, "BadRequestExceededBatchSize"},
	})
	assert.Equal(
		t,
		http.StatusNoContent,
		a.call("DELETE", a.path+"/images?allImages=false&allIterations=False&imageIds="+i1, nil).status,
	)
	message := a.requireError(a.call("DELETE", a.path+"/images?allImages=yes", nil), 400, "BadRequest")
	assert.Equal(t, `allImages is "yes", not true or false.`, message)
	all := a.call("DELETE", a.path+"/images?allImages=TRUE", nil)
	assert.Equal(t, http.StatusAccepted, all.status)
	assert.Empty(t, all.body)
	assert.Empty(t, all.header.Get("Content-Type"))
	assert.Equal(t, "0", a.count())
}

// TestIterationKeepsDeletedImages checks that the training images of an iteration are only deleted with
// allIterations.
func TestIterationKeepsDeletedImages(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, iteration := s.createTrained("p", "", "")
		a := &imageProject{s, "/projects/" + project}
		query := "iterationId=" + iteration
		before := requireOK[[]object](s, a.call("GET", a.path+"/images?"+query, nil))
		require.Len(s, before, 10)
		first, second := before[0], before[1]
		requireOK[object](s, a.call("POST", a.path+"/images/metadata?imageIds="+first.id(), object{"later": "1"}))
		assert.Equal(s, http.StatusNoContent, a.call("DELETE", a.path+"/images?imageIds="+first.id(), nil).status)
		assert.Equal(s, "9", a.count())
		assert.Equal(s, before, requireOK[[]object](s, a.call("GET", a.path+"/images?"+query, nil)), "including links")
		assert.Equal(s, http.StatusOK, a.get(first["originalImageUri"].(string)).status)
		assert.Equal(s, http.StatusOK, a.get(first["thumbnailUri"].(string)).status)
		for path, want := range map[string]string{
			"/images/count?" + query: "10", "/images/tagged/count?" + query: "10", "/images/untagged/count?" + query: "0",
			"/images/count?$filter=later+eq+'1'&" + query: "0",
		} {
			assert.Equal(s, want, string(a.call("GET", a.path+path, nil).body), path)
		}
		assert.Len(s, a.ids("/images/tagged?"+query), 10)
		assert.Empty(s, a.ids("/images/untagged?"+query))
		assert.Equal(s, []string{first.id()}, a.ids("/images/id?imageIds="+first.id()+"&"+query))
		everywhere := a.path + "/images?allIterations=true&imageIds=" + first.id() + "," + second.id()
		assert.Equal(s, http.StatusAccepted, a.call("DELETE", everywhere, nil).status)
		assert.Len(s, a.ids("/images?"+query), 8)
		s.requireBlobError(a.get(first["originalImageUri"].(string)), 404, "BlobNotFound")
		s.requireBlobError(a.get(second["thumbnailUri"].(string)), 404, "BlobNotFound")
		assert.Equal(s, http.StatusAccepted, a.call("DELETE", a.path+"/images?allImages=true&allIterations=true", nil).status)
		assert.Empty(s, a.ids("/images?"+query))
		assert.Equal(s, "0", a.count())
	})
}

// TestConcurrentReadsAndWrites lets the race detector find responses that share mutable data.
func TestConcurrentReadsAndWrites(t *testing.T) {
	a := newImageProject(t, "&domainId="+detectionID)
	id, cat := a.addPicture(1), a.tag("cat")
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			a.updateMetadata(200, id, object{"k": fmt.Sprint(n)})
			a.createRegions(200, newBox(id, cat, 0, 0, 1, float64(n+1)))
			a.addPicture(100 + n)
			assert.Equal(t, http.StatusOK, a.get(a.image(id)["thumbnailUri"].(string)).status)
			assert.Equal(
				t,
				http.StatusNoContent,
				a.call("DELETE", a.path+"/images/tags?imageIds="+id+"&tagIds="+cat, nil).status,
			)
		})
	}
	all.Wait()
	assert.Equal(t, "9", a.count())
}
