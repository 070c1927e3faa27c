package customvision_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision"
)

// uploadUntagged uploads images without tags and returns their ids.
func (s *service) uploadUntagged(project string, first, count int) []string {
	s.Helper()
	ids := []string{}
	for n := range count {
		a := requireOK[object](s, s.post("/projects/"+project+"/images", "application/octet-stream", picture(first+n)))
		ids = append(ids, object(a["images"].([]any)[0].(map[string]any)["image"].(map[string]any)).id())
	}
	return ids
}

func (s *service) suggestions(project, iteration string, images ...string) []object {
	s.Helper()
	query := "?iterationId=" + iteration + "&imageIds=" + strings.Join(images, ",")
	return requireOK[[]object](s, s.call("POST", "/projects/"+project+"/tagsandregions/suggestions"+query, nil))
}

// entropy returns the entropy in bits, which is the recorded uncertainty.
func entropy(predictions []object) float64 {
	sum := 0.0
	for _, p := range predictions {
		x := p["probability"].(float64)
		sum -= x * math.Log2(x)
	}
	return sum
}

// The document is that of SuggestTagAndRegions.json in the session records of Azure/azure-sdk-for-net. Its id is
// that of the image.
func TestSuggestions(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, iteration := s.createTrained("p", "", "")
		images := s.uploadUntagged(project, 100, 2)
		a := s.call(
			"POST",
			"/projects/"+project+"/tagsandregions/suggestions?iterationId="+iteration+"&imageIds="+images[1],
			nil,
		)
		assert.Regexp(
			s,
			`^\[{"id":"`+images[1]+`","project":"`+project+`","iteration":"`+iteration+`","created":"2000-01-01T00:01:00Z",`+
				`"predictions":\[{"probability":0\.\d+,"tagId":"[^"]+","tagName":"[^"]+","tagType":"Regular"},{[^}]+}\],`+
				`"predictionUncertainty":[01]\.\d+}\]$`,
			string(a.body),
		)
		both := s.suggestions(project, iteration, images[1], images[0], images[1])
		assert.Equal(s, []string{images[1], images[0]}, ids(both))
		for n, suggestion := range both {
			assert.InDelta(s, entropy(suggestion.predictions()), suggestion["predictionUncertainty"], 1e-5)
			assert.Equal(s, s.quickTest(project, 101-n, "").predictions(), suggestion.predictions(), "equals the quick test")
		}
	})
}

func (s *service) suggestedImages(project, iteration string, query object) object {
	s.Helper()
	return requireOK[object](s, s.call("POST", "/projects/"+project+"/images/suggested?iterationId="+iteration, query))
}

// The token and the members are those of QuerySuggestedImages.json in the session records of
// Azure/azure-sdk-for-net.
func TestQuerySuggestedImages(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, iteration := s.createTrained("p", "", "")
		images := s.uploadUntagged(project, 100, 8)
		tags := s.tags(project)
		got := s.suggestedImages(
			project,
			iteration,
			object{"tagIds": []string{tags[0].id(), tags[1].id()}, "threshold": 0.0, "maxCount": 10},
		)
		token := got["token"].(map[string]any)
		assert.Regexp(s, `^0:\d+$`, token["session"])
		delete(token, "session")
		assert.Equal(s, map[string]any{"tagIds": []any{tags[0].id(), tags[1].id()}, "threshold": 0.0, "continuation": nil,
			"maxCount": 10.0, "sortBy": "UncertaintyAscending"}, token)
		results := got.results()
		assert.ElementsMatch(s, images, ids(results), "the images without tags")
		for _, suggestion := range results {
			assert.Equal(
				s,
				[]any{4.0, 3.0, compactID, project, iteration, "2000-01-01T00:01:00"},
				[]any{
					suggestion["width"],
					suggestion["height"],
					suggestion["domain"],
					suggestion["project"],
					suggestion["iteration"],
					suggestion["created"].(string)[:19],
				},
			)
			assert.Equal(s, s.suggestions(project, iteration, suggestion.id())[0].predictions(), suggestion.predictions())
		}
		assert.True(s, slices.IsSortedFunc(results, func(a, b object) int {
			return int(1e6 * (a["predictionUncertainty"].(float64) - b["predictionUncertainty"].(float64)))
		}))
		descending := s.suggestedImages(project, iteration, object{"sortBy": "uncertaintydescending"}).results()
		slices.Reverse(descending)
		assert.Equal(s, ids(results), ids(descending))
	})
}

// TestSuggestedImageFilters compares the results and counts of the queries with the suggestions.
func TestSuggestedImageFilters(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, iteration := s.createTrained("p", "", "")
		images := s.uploadUntagged(project, 100, 12)
		tags := s.tags(project)
		path := "/projects/" + project + "/images/suggested/count?iterationId=" + iteration
		for _, threshold := range []float64{0, 0.4, 0.6, 0.95} {
			counts := object{}
			for _, tag := range tags {
				want := []string{}
				for _, suggestion := range s.suggestions(project, iteration, images...) {
					if slices.ContainsFunc(suggestion.predictions(), func(p object) bool {
						return p["tagId"] == tag.id() && p["probability"].(float64) >= threshold
					}) {
						want = append(want, suggestion.id())
					}
				}
				query := object{"tagIds": []string{tag.id()}, "threshold": threshold}
				assert.ElementsMatch(s, want, ids(s.suggestedImages(project, iteration, query).results()))
				counts[tag.id()] = float64(len(want))
				assert.Equal(s, object{tag.id(): counts[tag.id()]}, requireOK[object](s, s.call("POST", path, query)))
			}
			assert.Equal(s, counts, requireOK[object](s, s.call("POST", path, object{"threshold": threshold})), "of all tags")
		}
	})
}

func TestSuggestedImagePages(t *testing.T) {
	for _, order := range []string{"UncertaintyAscending", "UncertaintyDescending"} {
		inBubble(t, customvision.Options{}, func(s *service) {
			project, iteration := s.createTrained("p", "", "")
			s.uploadUntagged(project, 100, 7)
			all := ids(s.suggestedImages(project, iteration, object{"sortBy": order}).results())
			query, listed, pages := object{"sortBy": order, "maxCount": 3.0}, []string{}, 0
			for query["continuation"] != nil || pages == 0 {
				pages++
				require.Less(s, pages, 9)
				page := s.suggestedImages(project, iteration, query)
				listed = append(listed, ids(page.results())...)
				query = page["token"].(map[string]any)
			}
			assert.Equal(s, 3, pages)
			assert.Equal(s, all, listed)
		})
	}
}

func TestSuggestionsWithoutUntaggedImages(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, iteration := s.createTrained("p", "", "")
		assert.Empty(s, s.suggestedImages(project, iteration, object{})["results"])
		counts := requireOK[object](
			s,
			s.call("POST", "/projects/"+project+"/images/suggested/count?iterationId="+iteration, object{}),
		)
		assert.Len(s, counts, 2)
		for _, n := range counts {
			assert.Zero(s, n)
		}
	})
}

func TestSuggestionErrors(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, iteration := s.createTrained("p", "", "")
		image := s.uploadUntagged(project, 100, 1)[0]
		running := requireOK[object](s, s.call("POST", "/projects/"+project+"/train?forceTrain=true", nil)).id()
		suggest, query, count := "/tagsandregions/suggestions", "/images/suggested", "/images/suggested/count"
		this := "?iterationId=" + iteration
		for _, c := range []struct {
			path   string
			body   any
			status int
			code   string
		}{
			{suggest + "?imageIds=" + image, nil, 400, "BadRequestRequiredParamIsNull"},
			{suggest + this, nil, 400, "BadRequestRequiredParamIsNull"},
			{suggest + this + "&imageIds=x", nil, 400, "BadRequestInvalidIds"},
			{suggest + this + "&imageIds=" + unknownID, nil, 404, "NotFoundImage"},
			{suggest + "?iterationId=x&imageIds=" + image, nil, 400, "BadRequestInvalidIds"},
			{suggest + "?iterationId=" + unknownID + "&imageIds=" + image, nil, 404, "NotFoundIteration"},
			{suggest + "?iterationId=" + running + "&imageIds=" + image, nil, 400, "BadRequestIterationIsNotTrained"},
			{query, object{}, 400, "BadRequestRequiredParamIsNull"},
			{query + "?iterationId=" + running, object{}, 400, "BadRequestIterationIsNotTrained"},
			{query + this, nil, 400, "BadRequest"},
			{query + this, object{"threshold": "x"}, 400, "BadRequest"},
			{query + this, object{"threshold": 1.5}, 400, "BadRequestPredictionInvalidQueryParameters"},
			{query + this, object{"sortBy": "x"}, 400, "BadRequestPredictionInvalidQueryParameters"},
			{query + this, object{"session": "1:1"}, 400, "BadRequestPredictionInvalidQueryParameters"},
			{query + this, object{"continuation": "x"}, 400, "BadRequestPredictionInvalidQueryParameters"},
			{query + this, object{"maxCount": 257}, 400, "BadRequestPredictionResultsExceededCount"},
			{query + this, object{"tagIds": []string{"x"}}, 400, "BadRequestInvalidIds"},
			{query + this, object{"tagIds": []string{unknownID}}, 404, "NotFoundTag"},
			{count, object{}, 400, "BadRequestRequiredParamIsNull"},
			{count + this, object{"threshold": -1}, 400, "BadRequestPredictionInvalidQueryParameters"},
			{count + this, object{"tagIds": []string{unknownID}}, 404, "NotFoundTag"},
			{count + this, strings.NewReader("["), 400, "BadRequest"},
			{"/images/x/regionproposals", nil, 400, "BadRequestInvalidIds"},
			{"/images/" + unknownID + "/regionproposals", nil, 404, "NotFoundImage"},
		} {
			s.requireError(s.call("POST", "/projects/"+project+c.path, c.body), c.status, c.code)
		}
		s.requireError(s.call("POST", "/projects/"+unknownID+query+this, object{}), 404, "NotFoundProject")
		many := slices.Repeat([]string{image}, 65)
		s.requireError(
			s.call("POST", "/projects/"+project+suggest+this+"&imageIds="+strings.Join(many, ","), nil),
			400,
			"BadRequestExceededBatchSize",
		)
	})
}

// If a parameter occurs in two spellings, the result is reproducible.
func TestRepeatedParameterSpellings(t *testing.T) {
	s := newService(t, customvision.Options{})
	path := "/projects/" + s.create("p", "", "").id() + "/train?forceTrain=x&ForceTrain=false"
	for range 20 {
		s.requireError(s.call("POST", path, nil), 400, "BadRequestMultiLabelClassificationTrainingValidationFailed")
	}
}

func TestRegionProposals(t *testing.T) {
	for _, domain := range []string{compactID, detectionID} {
		s := newService(t, customvision.Options{})
		project := requireOK[object](s, s.call("POST", "/projects?name=p&domainId="+domain, nil)).id()
		listed := map[string]bool{}
		for _, image := range s.uploadUntagged(project, 100, 4) {
			path := "/projects/" + project + "/images/" + image + "/regionproposals"
			a := s.call("POST", path, nil)
			got := requireOK[object](s, a)
			assert.Equal(t, a.body, s.call("POST", path, nil).body)
			assert.Equal(t, []any{project, image}, []any{got["projectId"], got["imageId"]})
			if domain == compactID {
				assert.Empty(t, got["proposals"], "no regions in a classification")
				continue
			}
			assert.NotEmpty(t, got["proposals"])
			assert.False(t, listed[fmt.Sprint(got["proposals"])])
			listed[fmt.Sprint(got["proposals"])] = true
			first := got["proposals"].([]any)[0].(map[string]any)
			assert.Greater(t, first["confidence"], 0.0)
			assert.Len(t, first["boundingBox"], 4)
		}
	}
}
