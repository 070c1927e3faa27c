package customvision_test

import (
	"encoding/base64"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision"
)

// marked gives a detection project a tag with images that have a region each.
func (s *service) marked(project, name string, first, count int) (tag string) {
	s.Helper()
	tag = must[object](s, s.call("POST", "/projects/"+project+"/tags?name="+name, nil)).id()
	images := []object{}
	for n := first; n < first+count; n++ {
		region := object{"tagId": tag, "left": 0.02 * float64(n%20), "top": 0.25, "width": 0.5, "height": 0.125}
		images = append(
			images,
			object{"contents": base64.StdEncoding.EncodeToString(picture(n)), "regions": []object{region}},
		)
	}
	must[object](s, s.call("POST", "/projects/"+project+"/images/files", object{"images": images}))
	return tag
}

// detector makes a detection project and trains it, in a bubble.
func (s *service) detector() (project, iteration string) {
	s.Helper()
	project = must[object](s, s.call("POST", "/projects?name=d&domainId="+detectionID, nil)).id()
	s.marked(project, "fork", 0, 15)
	s.marked(project, "knife", 20, 15)
	iteration = s.train(project)
	s.settle()
	return project, iteration
}

func TestDetectionIsTrainedFromRegions(t *testing.T) {
	s := newService(t, customvision.Options{})
	project := must[object](s, s.call("POST", "/projects?name=d&domainId="+detectionID, nil)).id()
	path := "/projects/" + project
	s.marked(project, "fork", 0, 14)
	s.refused(s.call("POST", path+"/train", nil), 400, "BadRequestDetectionTrainingValidationFailed")
	s.marked(project, "knife", 20, 15)
	negative := must[object](s, s.call("POST", path+"/tags?name=none&type=Negative", nil)).id()
	s.refused(s.call("POST", path+"/train", nil), 400, "BadRequestDetectionTrainingNotAllowNegativeTag")
	regular := []string{}
	for _, tag := range must[[]object](s, s.call("GET", path+"/tags", nil)) {
		if tag.id() != negative {
			regular = append(regular, tag.id())
		}
	}
	a := must[object](s, s.call("POST", path+"/train", object{"selectedTags": regular}))
	assert.Nil(t, a["classificationType"])
}

// The members are those of ObjDetectionPrediction.json in the session records of
// Azure/azure-sdk-for-net.
func TestDetection(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, iteration := s.detector()
		a := s.post("/projects/"+project+"/quicktest/image", "application/octet-stream", picture(25))
		assert.Regexp(s, `"predictions":\[{"probability":0\.9\d+,"tagId":"[^"]+","tagName":"knife",`+
			`"boundingBox":{"left":[\d.]+,"top":[\d.]+,"width":0\.5,"height":0\.125},"tagType":"Regular"}`, string(a.body))
		box := must[object](s, a).predictions()[0]["boundingBox"].(map[string]any)
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
		images := s.untagged(project, 100, 5)
		made := s.suggestions(project, iteration, images...)
		assert.Len(s, made, 5)
		assert.Equal(s, s.quickTest(project, 100, "").predictions(), made[0].predictions())
	})
}

func TestPerformanceOfDetection(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, iteration := s.detector()
		path := iterationPath(project, iteration) + "/performance?threshold=0.9&overlapThreshold="
		loose := must[object](s, s.call("GET", path+"0.9", nil))
		assert.Equal(s, []any{1.0, 1.0, 1.0}, []any{loose["precision"], loose["recall"], loose["averagePrecision"]})
		strict := must[object](s, s.call("GET", path+"0.97", nil))
		assert.Less(s, strict["precision"], 1.0)
		assert.Greater(s, strict["recall"], 0.0)
		image := s.performances(project, iteration, "take=1")[0]
		require.Len(s, image["regions"], 1)
		assert.Equal(s, 0.125, image["regions"].([]any)[0].(map[string]any)["height"])
		assert.Contains(s, image.predictions()[0], "boundingBox")
		assert.Equal(s, "30", string(s.call("GET", iterationPath(project, iteration)+"/performance/images/count", nil).body))
	})
}

// An image whose other tags were not selected keeps the regions that were.
func TestDetectionOfSelectedTags(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, _ := s.detector()
		tags := must[[]object](s, s.call("GET", "/projects/"+project+"/tags", nil))
		knife := tags[slices.IndexFunc(tags, func(t object) bool { return t["name"] == "knife" })].id()
		iteration := must[object](
			s,
			s.call("POST", "/projects/"+project+"/train", object{"selectedTags": []string{knife}}),
		).id()
		s.settle()
		assert.Equal(s, "15", string(s.call("GET", "/projects/"+project+"/images/count?iterationId="+iteration, nil).body))
		assert.Len(s, must[[]object](s, s.call("GET", "/projects/"+project+"/tags?iterationId="+iteration, nil)), 1)
		for _, p := range s.quickTest(project, 3, "").predictions() {
			assert.Equal(s, knife, p["tagId"])
		}
	})
}

func TestDetectionIsCopied(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, _ := s.detector()
		export := s.exported(project)
		assert.Equal(s, []any{30.0, 4.0, 60.0}, []any{export["imageCount"], export["tagCount"], export["regionCount"]})
		copied := s.imported(export["token"].(string), "").id()
		s.settle()
		ids := func(project string) (ids []string) {
			for _, i := range must[[]object](s, s.call("GET", "/projects/"+project+"/images", nil)) {
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

// Images that were predicted get regions, and metadata.
func TestRegionsOfPredictions(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, _ := s.detector()
		tag := must[[]object](s, s.call("GET", "/projects/"+project+"/tags", nil))[0].id()
		id := s.quickTest(project, 99, "").id()
		region := object{"tagId": tag, "left": 0.5, "top": 0.5, "width": 0.25, "height": 0.25}
		made := must[object](s, s.call("POST", "/projects/"+project+"/images/predictions",
			object{"images": []object{{"id": id, "regions": []object{region}}}, "metadata": object{"from": "camera"}}))
		image := made["images"].([]any)[0].(map[string]any)["image"].(map[string]any)
		assert.Len(s, image["regions"], 1)
		assert.Equal(s, map[string]any{"from": "camera"}, image["metadata"])
	})
}
