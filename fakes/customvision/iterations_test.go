package customvision_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision"
)

const resourceID = "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/a"

func iterationPath(project, iteration string) string {
	return "/projects/" + project + "/iterations/" + iteration
}

// trainAgain starts another training and waits for it, in a bubble.
func (s *service) trainAgain(project string) string {
	s.Helper()
	id := requireOK[object](s, s.call("POST", "/projects/"+project+"/train?forceTrain=True", nil)).id()
	s.waitForWork()
	return id
}

func (s *service) publish(project, iteration, query string) response {
	s.Helper()
	return s.call("POST", iterationPath(project, iteration)+"/publish?"+query, nil)
}

// publishQuery returns the query of a request that publishes under a name.
func publishQuery(name string) string {
	return url.Values{"publishName": {name}, "predictionId": {resourceID}}.Encode()
}

func TestRenameIteration(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, first := s.createTrained("p", "", "")
		second := s.trainAgain(project)
		path := iterationPath(project, first)
		before := s.iteration(project, first)
		after := requireOK[object](s, s.call("PATCH", path, object{"name": "best", "status": "New", "publishName": "x"}))
		assert.Equal(s, "2000-01-01T00:02:00Z", after["lastModified"])
		before["name"], before["lastModified"] = "best", after["lastModified"]
		assert.Equal(s, before, after, "nothing else changes")
		assert.Equal(s, after, s.iteration(project, first))
		requireOK[object](s, s.call("PATCH", path, object{"name": "best"}))
		s.requireError(s.call("PATCH", path, object{"name": "Iteration 2"}), 400, "BadRequestIterationNameNotUnique")
		for _, body := range []any{object{}, object{"name": ""}, object{"name": " "}, object{"name": nil}} {
			s.requireError(s.call("PATCH", path, body), 400, "BadRequestIterationName")
		}
		s.requireError(s.call("PATCH", path, object{"name": 1}), 400, "BadRequest")
		s.requireError(s.call("PATCH", path, nil), 400, "BadRequest")
		s.requireError(s.call("PATCH", iterationPath(project, unknownID), object{"name": "x"}), 404, "NotFoundIteration")
		assert.Equal(s, after, s.iteration(project, first))
		requireOK[object](s, s.call("PATCH", iterationPath(project, second), object{"name": "Iteration 3"}))
		assert.Equal(s, "Iteration 4", s.iteration(project, s.trainAgain(project))["name"], "names are unique")
	})
}

func TestUnknownIterations(t *testing.T) {
	s := newService(t, customvision.Options{})
	project := s.create("p", "", "").id()
	for _, c := range []string{
		"GET ", "DELETE ", "DELETE /publish", "GET /performance", "GET /performance/images",
		"GET /performance/images/count", "GET /export",
	} {
		method, rest, _ := strings.Cut(c, " ")
		s.requireError(s.call(method, iterationPath(project, unknownID)+rest, nil), 404, "NotFoundIteration")
		s.requireError(s.call(method, iterationPath(project, "x")+rest, nil), 400, "BadRequestInvalidIds")
		s.requireError(s.call(method, iterationPath(unknownID, unknownID)+rest, nil), 404, "NotFoundProject")
	}
	s.requireError(s.publish(project, unknownID, publishQuery("x")), 404, "NotFoundIteration")
}

func TestPublishAndUnpublish(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, iteration := s.createTrained("p", "", "")
		path := iterationPath(project, iteration) + "/publish"
		s.requireError(s.call("DELETE", path, nil), 400, "BadRequestIterationNotPublished")
		a := s.publish(project, iteration, publishQuery("Training UnitTest Iteration"))
		assert.Equal(s, "200 true", fmt.Sprint(a.status, " ", string(a.body)))
		for _, version := range []string{"v3.3", "v3.4-preview"} {
			s.version = version
			document := s.iteration(project, iteration)
			assert.Equal(s, "Training UnitTest Iteration", document["publishName"])
			assert.Equal(s, resourceID, document["originalPublishResourceId"])
			assert.Equal(s, "2000-01-01T00:01:00Z", document["lastModified"])
			assert.Equal(s, "2000-01-01T00:00:00.1Z", document["trainedAt"])
		}
		for _, more := range []string{"", "&overwrite=true"} {
			message := s.requireError(
				s.publish(project, iteration, publishQuery("y")+more),
				400,
				"BadRequestIterationIsPublished",
			)
			assert.Equal(s, "Iteration is already published as: Training UnitTest Iteration", message)
		}
		s.requireError(s.call("DELETE", iterationPath(project, iteration), nil), 400, "BadRequestIterationIsPublished")
		s.requireError(s.call("DELETE", "/projects/"+project, nil), 400, "BadRequestIterationIsPublished")
		assert.Equal(s, http.StatusNoContent, s.call("DELETE", path, nil).status)
		document := s.iteration(project, iteration)
		assert.Nil(s, document["publishName"])
		assert.Nil(s, document["originalPublishResourceId"])
		assert.Equal(s, http.StatusNoContent, s.call("DELETE", iterationPath(project, iteration), nil).status)
		assert.Equal(s, http.StatusNoContent, s.call("DELETE", "/projects/"+project, nil).status)
	})
}

func TestPublishUnderNameInUse(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, first := s.createTrained("p", "", "")
		second := s.trainAgain(project)
		requireOK[bool](s, s.publish(project, first, publishQuery("live")))
		for _, more := range []string{"", "&overwrite=false"} {
			s.requireError(s.publish(project, second, publishQuery("LIVE")+more), 400, "BadRequestInvalidPublishName")
		}
		assert.Nil(s, s.iteration(project, second)["publishName"])
		requireOK[bool](s, s.publish(project, second, publishQuery("live")+"&overwrite=TRUE"))
		assert.Nil(s, s.iteration(project, first)["publishName"])
		assert.Equal(s, "live", s.iteration(project, second)["publishName"])
		requireOK[bool](s, s.publish(project, first, publishQuery("other")))
		elsewhere, iteration := s.createTrained("q", "", "")
		requireOK[bool](s, s.publish(elsewhere, iteration, publishQuery("live")))
	})
}

func TestPublishErrors(t *testing.T) {
	inBubble(t, customvision.Options{FailTraining: []string{"bad-"}}, func(s *service) {
		project, iteration := s.createTrained("p", "", "")
		for query, code := range map[string]string{
			"":                                     "BadRequestRequiredParamIsNull",
			"predictionId=" + resourceID:           "BadRequestRequiredParamIsNull",
			"publishName=x":                        "BadRequestRequiredParamIsNull",
			publishQuery("x") + "&overwrite=1":     "BadRequest",
			publishQuery(" "):                      "BadRequestInvalidPublishName",
			publishQuery(".."):                     "BadRequestInvalidPublishName",
			publishQuery("a/b"):                    "BadRequestInvalidPublishName",
			publishQuery("a\n"):                    "BadRequestInvalidPublishName",
			publishQuery("a\xff"):                  "BadRequestInvalidPublishName",
			publishQuery(strings.Repeat("a", 257)): "BadRequestInvalidPublishName",
			"publishName=x&predictionId=x":         "BadRequestInvalidPublishTarget",
			"publishName=x&predictionId=" + strings.TrimSuffix(resourceID, "/accounts/a"): "BadRequestInvalidPublishTarget",
			"publishName=x&predictionId=" + resourceID + "/more":                          "BadRequestInvalidPublishTarget",
		} {
			s.requireError(s.publish(project, iteration, query), 400, code)
		}
		assert.Nil(s, s.iteration(project, iteration)["publishName"])
		requireOK[bool](s, s.publish(project, iteration, "publishName=x&predictionId="+strings.ToLower(resourceID)))
		running := requireOK[object](s, s.call("POST", "/projects/"+project+"/train?forceTrain=true", nil)).id()
		s.requireError(s.publish(project, running, publishQuery("y")), 400, "BadRequestIterationIsNotTrained")
		failing, failed := s.createTrained("bad-p", "", "")
		s.requireError(s.publish(failing, failed, publishQuery("y")), 400, "BadRequestIterationIsNotTrained")
	})
}

func TestDeleteRunningTraining(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project := s.startTraining(queueURI)
		s.nextMessage(queueURI)
		running := requireOK[[]object](s, s.call("GET", "/projects/"+project+"/iterations", nil))[0].id()
		assert.Equal(s, http.StatusNoContent, s.call("DELETE", iterationPath(project, running), nil).status)
		s.waitForWork()
		assert.Empty(s, s.storage.queue(queueURI))
		next := s.train(project)
		assert.Contains(s, s.nextMessage(queueURI), next)
	})
}

func TestIterationLimit(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, first := s.createTrained("p", "", "")
		for range 19 {
			s.trainAgain(project)
		}
		path := "/projects/" + project
		s.requireError(s.call("POST", path+"/train?forceTrain=true", nil), 400, "BadRequestExceedIterationPerProjectLimit")
		require.Len(s, requireOK[[]object](s, s.call("GET", path+"/iterations", nil)), 20)
		assert.Equal(s, http.StatusNoContent, s.call("DELETE", iterationPath(project, first), nil).status)
		assert.Equal(s, "Iteration 21", s.iteration(project, s.trainAgain(project))["name"])
	})
}

func TestTrainingOnSelectedTags(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project := s.create("p", "", "").id()
		path := "/projects/" + project + "/train"
		s.addTaggedImages(project, "cat", "dog", "fox")
		ids := map[string]string{}
		for _, tag := range s.tags(project) {
			ids[tag["name"].(string)] = tag.id()
		}
		two := []string{ids["fox"], strings.ToUpper(ids["cat"]), ids["fox"]}
		s.requireError(
			s.call("POST", path, object{"selectedTags": []string{ids["cat"]}}),
			400,
			"BadRequestMultiLabelClassificationTrainingValidationFailed",
		)
		s.requireError(
			s.call("POST", path, object{"selectedTags": []string{unknownID}}),
			400,
			"BadRequestTrainingValidationFailed",
		)
		s.requireError(s.call("POST", path, object{"selectedTags": []string{"x"}}), 400, "BadRequestInvalidIds")
		iteration := requireOK[object](s, s.call("POST", path, object{"selectedTags": two})).id()
		s.waitForWork()
		requireOK[object](s, s.call("POST", exportPath(project, iteration)+"?platform=ONNX", nil))
		s.waitForWork()
		model := s.get(s.exports(project, iteration)[0]["downloadUri"].(string)).body
		assert.Equal(s, "cat\nfox\n", zipEntry(s, model, "labels.txt"))
		s.requireError(
			s.call("POST", path, object{"selectedTags": []string{ids["cat"], ids["fox"]}}),
			400,
			"BadRequestTrainingNotNeeded",
		)
		requireOK[object](s, s.call("POST", path, object{"selectedTags": []string{ids["dog"], ids["fox"]}}))
		s.waitForWork()
		requireOK[object](s, s.call("POST", path, object{"selectedTags": []string{}}))
		s.waitForWork()
		s.requireError(s.call("POST", path, strings.NewReader("null")), 400, "BadRequestTrainingNotNeeded")
	})
}

func TestTrainingOnBaseModel(t *testing.T) {
	inBubble(t, customvision.Options{FailTraining: []string{"bad-"}}, func(s *service) {
		s.version = "v3.4-preview"
		project, base := s.createTrained("p", "", "")
		path := "/projects/" + project + "/train"
		info := object{"projectId": project, "iterationId": base}
		a := requireOK[object](s, s.call("POST", path, object{"customBaseModelInfo": info}))
		assert.Equal(s, map[string]any(info), a["customBaseModelInfo"], "present from the start (recorded)")
		s.waitForWork()
		assert.Equal(s, map[string]any(info), s.iteration(project, a.id())["customBaseModelInfo"])
		s.requireError(s.call("POST", path, object{"customBaseModelInfo": info}), 400, "BadRequestTrainingNotNeeded")
		failing, failed := s.createTrained("bad-p", "", "")
		detection := requireOK[object](s, s.call("POST", "/projects?name=d&domainId="+detectionID, nil)).id()
		for _, c := range []struct {
			path, project, iteration string
			status                   int
			code                     string
		}{
			{path, unknownID, base, 404, "NotFoundProject"},
			{path, project, unknownID, 404, "NotFoundIteration"},
			{path, project, "x", 400, "BadRequestInvalidIds"},
			{path, "", base, 400, "BadRequestInvalidIds"},
			{path, failing, failed, 400, "BadRequestCustomBaseModelIterationStatusNotCompleted"},
			{"/projects/" + detection + "/train", project, base, 400, "BadRequestCustomBaseModelDomainNotCompatible"},
		} {
			body := object{"customBaseModelInfo": object{"projectId": c.project, "iterationId": c.iteration}}
			s.requireError(s.call("POST", c.path+"?forceTrain=true", body), c.status, c.code)
		}
		assert.Len(s, requireOK[[]object](s, s.call("GET", "/projects/"+project+"/iterations", nil)), 2)
	})
}

// The description of v3.3 has no base models.
func TestV33IgnoresBaseModel(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, _ := s.createTrained("p", "", "")
		path := "/projects/" + project + "/train"
		body := object{"customBaseModelInfo": object{"projectId": unknownID, "iterationId": unknownID}}
		s.requireError(s.call("POST", path, body), 400, "BadRequestTrainingNotNeeded")
		assert.NotContains(s, requireOK[object](s, s.call("POST", path+"?forceTrain=true", body)), "customBaseModelInfo")
	})
}

func TestTrainingParameters(t *testing.T) {
	s := newService(t, customvision.Options{})
	project := s.create("p", "", "").id()
	path := "/projects/" + project + "/train"
	s.addTaggedImages(project, "cat", "dog")
	for query, code := range map[string]string{
		"forceTrain=yes":                     "BadRequest",
		"reservedBudgetInHours=-1":           "BadRequest",
		"reservedBudgetInHours=1.5":          "BadRequest",
		"reservedBudgetInHours=2147483648":   "BadRequest",
		"notificationEmailAddress=me":        "BadRequestInvalidEmailAddress",
		"notificationEmailAddress=a@b,c@d":   "BadRequestInvalidEmailAddress",
		"notificationEmailAddress=A+<a@b.c>": "BadRequestInvalidEmailAddress",
	} {
		s.requireError(s.call("POST", path+"?"+query, nil), 400, code)
	}
	for _, body := range []string{
		"{", "[]", `{"selectedTags":"x"}`, `{"selectedTags":[1]}`, `{"customBaseModelInfo":[]}`, "{}{}",
	} {
		s.requireError(s.call("POST", path, strings.NewReader(body)), 400, "BadRequest")
	}
	assert.Equal(t, "[]", string(s.call("GET", "/projects/"+project+"/iterations", nil).body))
	a := requireOK[object](
		s,
		s.call("POST", path+"?trainingType=advanced&reservedBudgetInHours=1&notificationEmailAddress=me@example.com", nil),
	)
	assert.Equal(t, "Advanced", a["trainingType"])
	assert.Nil(t, a["exportableTo"], "null during the training (recorded for v3.1)")
}

func TestExportPlatformsPerVersion(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, iteration := s.createTrained("p", "", "")
		path := exportPath(project, iteration) + "?platform=OpenVino"
		s.requireError(s.call("POST", path, nil), 400, "BadRequestExportValidationFailed")
		s.version = "v3.4-preview"
		requireOK[object](s, s.call("POST", path, nil))
		assert.Len(s, s.exports(project, iteration), 1)
		assert.Nil(s, s.iteration(project, iteration)["exportableTo"])
		s.version = "v3.3"
		assert.Empty(s, s.exports(project, iteration))
	})
}
