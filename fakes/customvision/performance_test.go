package customvision_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision"
)

// The document and its length are those of GetIterationPerformance.json in the session records of
// Azure/azure-sdk-for-net.
func TestPerformanceMatchesRecording(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project := s.create("p", "", "").id()
		s.addTaggedImages(project, "Tag1", "Tag2")
		iteration := s.train(project)
		s.waitForWork()
		tags := s.tags(project)
		a := s.call("GET", iterationPath(project, iteration)+"/performance?threshold=0.9", nil)
		figures := `"precision":1.0,"precisionStdDeviation":0.0,"recall":1.0,"recallStdDeviation":0.0,"averagePrecision":1.0`
		assert.Equal(s, `{"perTagPerformance":[{"id":"`+tags[0].id()+`","name":"Tag1",`+figures+`},{"id":"`+tags[1].id()+
			`","name":"Tag2",`+figures+`}],`+figures+`}`, string(a.body))
		assert.Len(s, a.body, 458)
	})
}

// performances returns the images of an iteration with the predictions of its model.
func (s *service) performances(project, iteration, query string) []object {
	s.Helper()
	return requireOK[[]object](s, s.call("GET", iterationPath(project, iteration)+"/performance/images?"+query, nil))
}

func (o object) predictions() []object {
	out := []object{}
	for _, p := range o["predictions"].([]any) {
		out = append(out, p.(map[string]any))
	}
	return out
}

func TestPerformanceAgreesWithPredictions(t *testing.T) {
	for _, kind := range []string{"Multiclass", "Multilabel"} {
		inBubble(t, customvision.Options{}, func(s *service) {
			project := requireOK[object](s, s.call("POST", "/projects?name=p&classificationType="+kind, nil)).id()
			s.addTaggedImages(project, "cat", "dog", "fox")
			iteration := s.train(project)
			s.waitForWork()
			for _, threshold := range []float64{0, 0.02, 0.95, 0.97, 1} {
				right, wrong := 0.0, 0.0
				for _, image := range s.performances(project, iteration, "") {
					for _, p := range image.predictions() {
						switch own := image["tags"].([]any)[0].(map[string]any)["tagId"]; {
						case p["probability"].(float64) < threshold:
						case p["tagId"] == own:
							right++
						default:
							wrong++
						}
					}
				}
				path := fmt.Sprintf("%s/performance?threshold=%g", iterationPath(project, iteration), threshold)
				got := requireOK[object](s, s.call("GET", path, nil))
				assert.InDelta(s, right/15, got["recall"], 1e-6)
				assert.InDelta(s, right/max(1, right+wrong), got["precision"], 1e-6)
				assert.Len(s, got["perTagPerformance"], 3)
			}
		})
	}
}

func TestImagePerformances(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, iteration := s.createTrained("p", "", "")
		tags := s.tags(project)
		all := s.performances(project, iteration, "")
		require.Len(s, all, 10)
		newest := all[0].predictions()
		assert.Equal(s, tags[1].id(), newest[0]["tagId"], "the most probable first")
		assert.Equal(s, "dog", newest[0]["tagName"])
		assert.Equal(s, "Regular", newest[0]["tagType"])
		assert.NotContains(s, newest[0], "boundingBox", "recorded: absent in a classification")
		assert.GreaterOrEqual(s, newest[0]["probability"], 0.93)
		assert.Equal(s, []any{4.0, 3.0}, []any{all[0]["width"], all[0]["height"]})
		oldest := s.performances(project, iteration, "orderBy=oldest&take=3&skip=1")
		assert.Equal(s, []object{all[8], all[7], all[6]}, oldest)
		assert.Empty(s, s.performances(project, iteration, "take=0"))
		assert.Empty(s, s.performances(project, iteration, "skip=99"))
		dogs := s.performances(project, iteration, "tagIds="+tags[1].id())
		assert.Equal(s, all[:5], dogs)
		count := iterationPath(project, iteration) + "/performance/images/count"
		assert.Equal(s, "10", string(s.call("GET", count, nil).body))
		assert.Equal(s, "5", string(s.call("GET", count+"?tagIds="+tags[0].id(), nil).body))
		assert.Equal(s, "10", string(s.call("GET", count+"?tagIds="+tags[0].id()+","+tags[1].id(), nil).body))
		assert.Equal(s, "0", string(s.call("GET", count+"?tagIds="+unknownID, nil).body))
	})
}

// TestPerformanceUsesTrainingImages checks that later changes of the workspace have no effect.
func TestPerformanceUsesTrainingImages(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, iteration := s.createTrained("p", "", "")
		path := iterationPath(project, iteration) + "/performance"
		before := s.call("GET", path+"?threshold=0.96", nil)
		tag := requireOK[object](s, s.call("POST", "/projects/"+project+"/tags?name=owl", nil)).id()
		s.upload(project, tag, 100, 5)
		assert.Equal(s, string(before.body), string(s.call("GET", path+"?threshold=0.96", nil).body))
		assert.Equal(s, "10", string(s.call("GET", path+"/images/count", nil).body))
	})
}

func TestPerformanceErrors(t *testing.T) {
	inBubble(t, customvision.Options{FailTraining: []string{"bad-"}}, func(s *service) {
		project, iteration := s.createTrained("p", "", "")
		for query, code := range map[string]string{
			"?threshold=x":           "BadRequest",
			"?threshold=NaN":         "BadRequest",
			"?threshold=1.01":        "BadRequest",
			"?threshold=-0.1":        "BadRequest",
			"?overlapThreshold=2":    "BadRequest",
			"/images?take=257":       "BadRequest",
			"/images?take=-1":        "BadRequest",
			"/images?take=x":         "BadRequest",
			"/images?skip=-1":        "BadRequest",
			"/images?orderBy=Best":   "BadRequest",
			"/images?tagIds=x":       "BadRequestInvalidIds",
			"/images/count?tagIds=x": "BadRequestInvalidIds",
		} {
			s.requireError(s.call("GET", iterationPath(project, iteration)+"/performance"+query, nil), 400, code)
		}
		running := requireOK[object](s, s.call("POST", "/projects/"+project+"/train?forceTrain=true", nil)).id()
		for _, path := range []string{"", "/images", "/images/count"} {
			s.requireError(
				s.call("GET", iterationPath(project, running)+"/performance"+path, nil),
				404,
				"NotFoundIterationPerformance",
			)
		}
		failing, failed := s.createTrained("bad-p", "", "")
		s.requireError(s.call("GET", iterationPath(failing, failed)+"/performance", nil), 404, "NotFoundIterationPerformance")
	})
}
