package customvision_test

import (
	"encoding/base64"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision"
)

// addMarkedImages adds a tag to a detection project, and images with one region each.
func (s *service) addMarkedImages(project, name string, first, count int) (tag string) {
	s.Helper()
	tag = requireOK[object](s, s.call("POST", "/projects/"+project+"/tags?name="+name, nil)).id()
	images := []object{}
	for n := first; n < first+count; n++ {
		region := object{"tagId": tag, "left": 0.02 * float64(n%20), "top": 0.25, "width": 0.5, "height": 0.125}
		images = append(
			images,
			object{"contents": base64.StdEncoding.EncodeToString(picture(n)), "regions": []object{region}},
		)
	}
	requireOK[object](s, s.call("POST", "/projects/"+project+"/images/files", object{"images": images}))
	return tag
}

// createDetector creates a detection project and trains it, in a bubble.
func (s *service) createDetector() (project, iteration string) {
	s.Helper()
	project = requireOK[object](s, s.call("POST", "/projects?name=d&domainId="+detectionID, nil)).id()
	s.addMarkedImages(project, "fork", 0, 15)
	s.addMarkedImages(project, "knife", 20, 15)
	iteration = s.train(project)
	s.waitForWork()
	return project, iteration
}

func TestDetectionTrainingRequiresRegions(t *testing.T) {
	s := newService(t, customvision.Options{})
	project := requireOK[object](s, s.call("POST", "/projects?name=d&domainId="+detectionID, nil)).id()
	path := "/projects/" + project
	s.addMarkedImages(project, "fork", 0, 14)
	s.requireError(s.call("POST", path+"/train", nil), 400, "BadRequestDetectionTrainingValidationFailed")
	s.addMarkedImages(project, "knife", 20, 15)
	negative := requireOK[object](s, s.call("POST", path+"/tags?name=none&type=Negative", nil)).id()
	s.requireError(s.call("POST", path+"/train", nil), 400, "BadRequestDetectionTrainingNotAllowNegativeTag")
	regular := []string{}
	for _, tag := range requireOK[[]object](s, s.call("GET", path+"/tags", nil)) {
		if tag.id() != negative {
			regular = append(regular, tag.id())
		}
	}
	a := requireOK[object](s, s.call("POST", path+"/train", object{"selectedTags": regular}))
	assert.Nil(t, a["classificationType"])
}

// The members are those of ObjDetectionPrediction.json in the session records of Azure/azure-sdk-for-net.
func TestQuickTestOfDetection(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, iteration := s.createDetector()
		a := s.post("/projects/"+project+"/quicktest/image", "application/octet-stream", picture(25))
		assert.Regexp(s, `"predictions":\[{"probability":0\.9\d+,"tagId":"[^"]+","tagName":"knife",`+
			`"boundingBox":{"left":[\d.]+,"top":[\d.]+,"width":0\.5,"height":0\.125},"tagType":"Regular"}`, string(a.body))
		box := requireOK[object](s, a).predictions()[0]["boundingBox"].(map[string]any)
		assert.InDelta(s, 0.1, box["left"], 0.011)
		assert.InDelta(s, 0.25, box["top"], 0.0026)
		assert.Nil(s, s.iteration(project, iteration)["classificationType"])
		for n := range 10 {
			for _, p := range s.quickTest(project, 100+n, "").predictions() {
				b := p["boundingBox"].(map[string]any)
				assert.LessOrEqual(s, b["left"].(float64)+b["width"].(float64), 1.0)
				assert.LessOrEqual(s, b["top"].(float64)+b["height"].(float64), 1.0)
			}
		}
		images := s.uploadUntagged(project, 100, 5)
		created := s.suggestions(project, iteration, images...)
		assert.Len(s, created, 5)
		assert.Equal(s, s.quickTest(project, 100, "").predictions(), created[0].predictions())
	})
}

func TestPerformanceOfDetection(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, iteration := s.createDetector()
		path := iterationPath(project, iteration) + "/performance?threshold=0.9&overlapThreshold="
		loose := requireOK[object](s, s.call("GET", path+"0.9", nil))
		assert.Equal(s, []any{1.0, 1.0, 1.0}, []any{loose["precision"], loose["recall"], loose["averagePrecision"]})
		strict := requireOK[object](s, s.call("GET", path+"0.97", nil))
		assert.Less(s, strict["precision"], 1.0)
		assert.Greater(s, strict["recall"], 0.0)
		image := s.performances(project, iteration, "take=1")[0]
		require.Len(s, image["regions"], 1)
		assert.Equal(s, 0.125, image["regions"].([]any)[0].(map[string]any)["height"])
		assert.Contains(s, image.predictions()[0], "boundingBox")
		assert.Equal(s, "30", string(s.call("GET", iterationPath(project, iteration)+"/performance/images/count", nil).body))
	})
}

// An image keeps its regions with selected tags.
func TestDetectionTrainingOnSelectedTags(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, _ := s.createDetector()
		tags := s.tags(project)
		knife := tags[slices.IndexFunc(tags, func(t object) bool { return t["name"] == "knife" })].id()
		iteration := requireOK[object](
			s,
			s.call("POST", "/projects/"+project+"/train", object{"selectedTags": []string{knife}}),
		).id()
		s.waitForWork()
		assert.Equal(s, "15", string(s.call("GET", "/projects/"+project+"/images/count?iterationId="+iteration, nil).body))
		assert.Len(s, requireOK[[]object](s, s.call("GET", "/projects/"+project+"/tags?iterationId="+iteration, nil)), 1)
		for _, p := range s.quickTest(project, 3, "").predictions() {
			assert.Equal(s, knife, p["tagId"])
		}
	})
}

func TestImportOfDetectionProject(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, _ := s.createDetector()
		export := s.exportProject(project)
		assert.Equal(s, []any{30.0, 4.0, 60.0}, []any{export["imageCount"], export["tagCount"], export["regionCount"]})
		copied := s.importProject(export["token"].(string), "").id()
		s.waitForWork()
		ids := func(project string) (ids []string) {
			for _, i := range requireOK[[]object](s, s.call("GET", "/projects/"+project+"/images", nil)) {
				region := i["regions"].([]any)[0].(map[string]any)
				ids = append(ids, region["regionId"].(string), region["tagId"].(string), region["tagName"].(string))
			}
			return ids
		}
		one, other := ids(project), ids(copied)
		require.Len(s, other, 90)
		for n := 0; n < 90; n += 3 {
			assert.NotEqual(s, one[n], other[n])
			assert.NotEqual(s, one[n+1], other[n+1])
			assert.Equal(s, one[n+2], other[n+2])
		}
		one, other = []string{}, []string{}
		for _, p := range s.quickTest(project, 21, "").predictions() {
			one = append(one, p["tagName"].(string))
		}
		for _, p := range s.quickTest(copied, 21, "").predictions() {
			other = append(other, p["tagName"].(string))
		}
		assert.Equal(s, one, other)
	})
}

// TestRegionsOfPredictions checks that images from predictions get regions and metadata.
func TestRegionsOfPredictions(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, _ := s.createDetector()
		tag := s.tags(project)[0].id()
		id := s.quickTest(project, 99, "").id()
		region := object{"tagId": tag, "left": 0.5, "top": 0.5, "width": 0.25, "height": 0.25}
		created := requireOK[object](s, s.call("POST", "/projects/"+project+"/images/predictions",
			object{"images": []object{{"id": id, "regions": []object{region}}}, "metadata": object{"from": "camera"}}))
		image := created["images"].([]any)[0].(map[string]any)["image"].(map[string]any)
		assert.Len(s, image["regions"], 1)
		assert.Equal(s, map[string]any{"from": "camera"}, image["metadata"])
	})
}
