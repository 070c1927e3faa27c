package customvision_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision"
)

func (s *service) predictions(project string, query object) object {
	s.Helper()
	return requireOK[object](s, s.call("POST", "/projects/"+project+"/predictions/query", query))
}

func (o object) results() []object {
	out := []object{}
	for _, p := range o["results"].([]any) {
		out = append(out, p.(map[string]any))
	}
	return out
}

// createTested creates a project and tests its model with images at intervals of one second.
func (s *service) createTested(images int) (project, iteration string, predictionIDs []string) {
	s.Helper()
	project, iteration = s.createTrained("p", "", "")
	for n := range images {
		predictionIDs = append(predictionIDs, s.quickTest(project, n, "").id())
		<-time.After(time.Second)
	}
	return project, iteration, predictionIDs
}

// The document is that of QueryPredictionResults.json in the session records of Azure/azure-sdk-for-net. The paths
// of the images are those of DeletePrediction.json.
func TestStoredPredictions(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, iteration := s.createTrained("p", "", "")
		s.quickTest(project, 99, "store=false")
		prediction := s.quickTest(project, 3, "store=true")
		a := s.call("POST", "/projects/"+project+"/predictions/query", object{"maxCount": 0, "orderBy": "Newest"})
		got := requireOK[object](s, a)
		assert.True(
			s,
			strings.HasPrefix(string(a.body), `{"token":{"session":"1:1","continuation":null,"maxCount":0,"orderBy":"Newest",`+
				`"tags":null,"iterationId":null,"startTime":null,"endTime":null,"application":null},`+
				`"results":[{"resizedImageUri":"`),
			string(a.body),
		)
		require.Len(s, got.results(), 1)
		stored := got.results()[0]
		digits := func(id string) string { return strings.ReplaceAll(id, "-", "") }
		for member, kind := range map[string]string{"resizedImageUri": "o", "originalImageUri": "o", "thumbnailUri": "t"} {
			u, err := url.Parse(stored[member].(string))
			require.NoError(s, err)
			assert.Equal(s, "/customvisionfake/e-"+digits(project)+"/"+kind+"-"+digits(prediction.id()), u.Path)
			image := s.get(u.String())
			assert.Equal(s, http.StatusOK, image.status)
			assert.Equal(s, picture(3), image.body)
			assert.Equal(s, "image/png", image.header.Get("Content-Type"))
			delete(stored, member)
		}
		assert.Equal(s, compactID, stored["domain"])
		delete(stored, "domain")
		assert.Equal(s, prediction, stored)
		assert.Equal(s, iteration, stored["iteration"])
	})
}

func TestQueryPredictionFilters(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, iteration, predictionIDs := s.createTested(7) // cats, then dogs
		tags := s.tags(project)
		cat, dog := tags[0].id(), tags[1].id()
		newestFirst := slices.Clone(predictionIDs)
		slices.Reverse(newestFirst)
		likelyTag := func(id string) object { return object{"id": id, "minThreshold": 0.9} }
		for name, c := range map[string]struct {
			query object
			want  []string
		}{
			"everything":      {object{}, newestFirst},
			"oldest":          {object{"orderBy": "oldest", "maxCount": 2}, predictionIDs[:2]},
			"iteration":       {object{"iterationId": iteration, "maxCount": 1}, predictionIDs[6:]},
			"other iteration": {object{"iterationId": unknownID}, []string{}},
			"tag":             {object{"tags": []object{likelyTag(dog)}}, []string{predictionIDs[6], predictionIDs[5]}},
			"tag, unlikely": {
				object{"tags": []object{{"id": cat, "maxThreshold": 0.1}}}, []string{predictionIDs[6], predictionIDs[5]},
			},
			"tags are combined": {object{"tags": []object{likelyTag(dog), likelyTag(cat)}}, []string{}},
			"no tags":           {object{"tags": []object{}, "maxCount": 1}, predictionIDs[6:]},
			"from":              {object{"startTime": "2000-01-01T00:01:05Z"}, []string{predictionIDs[6], predictionIDs[5]}},
			"to":                {object{"endTime": "2000-01-01T00:01:01"}, []string{predictionIDs[1], predictionIDs[0]}},
			"between": {
				object{"startTime": "2000-01-01T02:01:02+02:00", "endTime": "2000-01-01T00:01:02.5Z"}, predictionIDs[2:3],
			},
			"no application": {object{"application": "", "maxCount": 1}, predictionIDs[6:]},
			"application":    {object{"application": "app"}, []string{}},
		} {
			assert.Equal(s, c.want, ids(s.predictions(project, c.query).results()), name)
		}
		suggested := s.predictions(project, object{"orderBy": "Suggested"}).results()
		assert.ElementsMatch(s, predictionIDs, ids(suggested))
		probabilities := []float64{}
		for _, p := range suggested {
			probabilities = append(probabilities, p.predictions()[0]["probability"].(float64))
		}
		assert.Less(s, probabilities[0], probabilities[6], "the least certain first")
		query := object{
			"tags": []object{likelyTag(dog)}, "startTime": "2000-01-01", "iterationId": strings.ToUpper(iteration),
		}
		token := s.predictions(project, query)["token"].(map[string]any)
		assert.Equal(s, []any{map[string]any{"id": dog, "minThreshold": 0.9, "maxThreshold": 1.0}}, token["tags"])
		assert.Equal(s, "2000-01-01T00:00:00Z", token["startTime"])
		assert.Equal(s, iteration, token["iterationId"])
	})
}

// TestQueryPredictionPages checks that the pages end and contain each prediction once, even if predictions are
// added and deleted between requests.
func TestQueryPredictionPages(t *testing.T) {
	for _, order := range []string{"Newest", "Oldest", "Suggested"} {
		inBubble(t, customvision.Options{}, func(s *service) {
			project, _, predictionIDs := s.createTested(7)
			all := ids(s.predictions(project, object{"orderBy": order}).results())
			query, listed, pages := object{"orderBy": order, "maxCount": 3.0}, []string{}, 0
			for query["continuation"] != nil || pages == 0 {
				pages++
				require.Less(s, pages, 9)
				page := s.predictions(project, query)
				listed = append(listed, ids(page.results())...)
				query = page["token"].(map[string]any)
				assert.Equal(s, 3.0, query["maxCount"])
				assert.Equal(s, "1:7", query["session"])
				s.quickTest(project, 50+pages, "")
				if pages == 1 { // the last item of the page, to which the continuation refers
					s.call("DELETE", "/projects/"+project+"/predictions?ids="+listed[2], nil)
				}
			}
			assert.Equal(s, 3, pages)
			assert.Equal(s, all, listed)
			assert.ElementsMatch(s, predictionIDs, listed)
			assert.Len(s, s.predictions(project, object{})["results"], 9)
		})
	}
}

func TestFullPageCanBeTheLast(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, _, _ := s.createTested(3)
		page := s.predictions(project, object{"maxCount": 3})
		assert.Nil(s, page["token"].(map[string]any)["continuation"])
	})
}

func TestPredictionQueryErrors(t *testing.T) {
	s := newService(t, customvision.Options{})
	path := "/projects/" + s.create("p", "", "").id() + "/predictions/query"
	tag := func(low, high float64) object {
		return object{"id": unknownID, "minThreshold": low, "maxThreshold": high}
	}
	for name, c := range map[string]struct {
		query object
		code  string
	}{
		"session":      {object{"session": "x"}, "BadRequestPredictionInvalidQueryParameters"},
		"negative":     {object{"session": "1:-1"}, "BadRequestPredictionInvalidQueryParameters"},
		"continuation": {object{"continuation": "x"}, "BadRequestPredictionInvalidQueryParameters"},
		"not a number": {object{"continuation": "NaN:" + unknownID}, "BadRequestPredictionInvalidQueryParameters"},
		"no id":        {object{"continuation": "1:"}, "BadRequestPredictionInvalidQueryParameters"},
		"order":        {object{"orderBy": "Best"}, "BadRequestPredictionInvalidQueryParameters"},
		"time":         {object{"startTime": "yesterday"}, "BadRequestPredictionInvalidQueryParameters"},
		"times": {
			object{"startTime": "2000-01-02", "endTime": "2000-01-01"}, "BadRequestPredictionInvalidQueryParameters",
		},
		"threshold": {object{"tags": []object{tag(0.6, 0.5)}}, "BadRequestPredictionInvalidQueryParameters"},
		"below 0":   {object{"tags": []object{tag(-1, 0.5)}}, "BadRequestPredictionInvalidQueryParameters"},
		"above 1":   {object{"tags": []object{tag(0, 1.5)}}, "BadRequestPredictionInvalidQueryParameters"},
		"tag":       {object{"tags": []object{{"id": "x"}}}, "BadRequestInvalidIds"},
		"three tags": {
			object{"tags": []object{tag(0, 1), tag(0, 1), tag(0, 1)}}, "BadRequestPredictionTagsExceededCount",
		},
		"iteration":       {object{"iterationId": "x"}, "BadRequestInvalidIds"},
		"too many":        {object{"maxCount": 257}, "BadRequestPredictionResultsExceededCount"},
		"fewer than none": {object{"maxCount": -1}, "BadRequestPredictionResultsExceededCount"},
		"wrong type":      {object{"maxCount": "x"}, "BadRequest"},
	} {
		t.Run(name, func(t *testing.T) { s.requireError(s.call("POST", path, c.query), 400, c.code) })
	}
	s.requireError(s.call("POST", path, nil), 400, "BadRequest")
	s.requireError(s.call("POST", "/projects/"+unknownID+"/predictions/query", object{}), 404, "NotFoundProject")
}

func TestDeletePredictions(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, _, predictionIDs := s.createTested(3)
		path := "/projects/" + project + "/predictions"
		image := s.predictions(project, object{}).results()[2]["originalImageUri"].(string)
		s.requireError(s.call("DELETE", path, nil), 400, "BadRequestPredictionIdsMissing")
		s.requireError(s.call("DELETE", path+"?ids="+predictionIDs[0]+",x", nil), 400, "BadRequestInvalidIds")
		s.requireError(
			s.call("DELETE", path+"?ids="+strings.Repeat(predictionIDs[0]+",", 65), nil),
			400,
			"BadRequestPredictionIdsExceededCount",
		)
		assert.Len(s, s.predictions(project, object{})["results"], 3)
		a := s.call("DELETE", path+"?ids="+predictionIDs[0]+","+unknownID+"&ids="+predictionIDs[1], nil)
		assert.Equal(s, "204 ", fmt.Sprint(a.status, " ", string(a.body)))
		assert.Equal(s, predictionIDs[2:], ids(s.predictions(project, object{}).results()))
		s.requireBlobError(s.get(image), 404, "BlobNotFound")
	})
}

func TestDeleteIterationKeepsPredictions(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, iteration, predictionIDs := s.createTested(1)
		assert.Equal(s, http.StatusNoContent, s.call("DELETE", iterationPath(project, iteration), nil).status)
		assert.Equal(s, predictionIDs, ids(s.predictions(project, object{"iterationId": iteration}).results()))
	})
}

// The document is that of CreateImagesFromPredictions.json in the session records of Azure/azure-sdk-for-net:
// sourceUrl is the id of the prediction.
func TestImagesFromPredictions(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, _ := s.createTrained("p", "", "")
		tags := s.tags(project)
		fresh, known := s.quickTest(project, 99, "").id(), s.quickTest(project, 1, "").id()
		path := "/projects/" + project + "/images/predictions"
		summary := requireOK[object](
			s,
			s.call("POST", path, object{"images": []object{{"id": fresh, "tagIds": []string{tags[0].id()}}}}),
		)
		assert.Equal(s, true, summary["isBatchSuccessful"])
		a := s.call(
			"POST",
			path,
			object{"tagIds": []string{tags[1].id()}, "images": []object{{"id": known}, {"id": unknownID}, {"id": fresh}}},
		)
		require.Equal(s, http.StatusMultiStatus, a.status)
		states := []string{}
		for _, image := range decode[object](s, a.body)["images"].([]any) {
			i := image.(map[string]any)
			states = append(states, fmt.Sprint(i["sourceUrl"], " ", i["status"]))
		}
		assert.Equal(s, []string{known + " OKDuplicate", unknownID + " ErrorSource", fresh + " OKDuplicate"}, states)
		images := "/projects/" + project + "/images/count?tagIds="
		assert.Equal(s, "6", string(s.call("GET", images+tags[0].id(), nil).body))
		assert.Len(s, s.predictions(project, object{})["results"], 2, "predictions are kept")
		for _, c := range []struct {
			body any
			code string
		}{
			{object{}, "BadRequestImageBatch"},
			{object{"images": slices.Repeat([]object{{"id": fresh}}, 65)}, "BadRequestExceededBatchSize"},
			{object{"images": []object{{"id": "x"}}}, "BadRequestInvalidIds"},
			{object{"images": []object{{"id": fresh, "tagIds": []string{"x"}}}}, "BadRequestInvalidIds"},
			{object{"tagIds": []string{"x"}, "images": []object{{"id": fresh}}}, "BadRequestInvalidIds"},
			{object{"tagIds": []string{unknownID}, "images": []object{{"id": fresh}}}, "BadRequestImageTags"},
			{object{"images": "x"}, "BadRequest"},
		} {
			s.requireError(s.call("POST", path, c.body), 400, c.code)
		}
		s.requireError(
			s.call("POST", "/projects/"+unknownID+"/images/predictions", object{"images": []object{{"id": fresh}}}),
			404,
			"NotFoundProject",
		)
	})
}
