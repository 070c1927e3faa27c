package customvision_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision"
	"github.com/cvconform/cvconform/fakes/customvision/journal"
)

// operations lists the operations of the official descriptions. They are the same in both versions.
func operations() []string {
	return []string{
		"CreateImageRegions", "CreateImageTags", "CreateImagesFromData", "CreateImagesFromFiles",
		"CreateImagesFromPredictions",
		"CreateImagesFromUrls", "CreateProject", "CreateTag", "DeleteImageRegions", "DeleteImageTags", "DeleteImages",
		"DeleteIteration",
		"DeletePrediction", "DeleteProject", "DeleteTag", "ExportIteration", "ExportProject", "GetArtifact", "GetDomain",
		"GetDomains",
		"GetExports", "GetImageCount", "GetImagePerformanceCount", "GetImagePerformances", "GetImageRegionProposals",
		"GetImages",
		"GetImagesByIds", "GetIteration", "GetIterationPerformance", "GetIterations", "GetProject", "GetProjects", "GetTag",
		"GetTaggedImageCount", "GetTaggedImages", "GetTags", "GetUntaggedImageCount", "GetUntaggedImages", "ImportProject",
		"PublishIteration", "QueryPredictions", "QuerySuggestedImageCount", "QuerySuggestedImages", "QuickTestImage",
		"QuickTestImageUrl",
		"SuggestTagsAndRegions", "TrainProject", "UnpublishIteration", "UpdateImageMetadata", "UpdateIteration",
		"UpdateProject", "UpdateTag",
	}
}

// TestEveryOperation checks that every operation can be called with success. As in all tests of this package, the
// responses are compared with the descriptions.
func TestEveryOperation(t *testing.T) {
	pictures := httptest.NewServer(
		http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(picture(500)) }),
	)
	t.Cleanup(pictures.Close)
	for _, version := range []string{"v3.3", "v3.4-preview"} {
		t.Run(version, func(t *testing.T) {
			s := newService(t, customvision.Options{})
			s.version = version
			w := operationTour{s, pictures.URL + "/cat.png"}
			w.run()
			reached := []string{}
			for _, e := range s.server.Journal().Entries(journal.Filter{Kind: journal.API}) {
				assert.Less(t, e.Status, 300, "%s %s: %s", e.Operation, e.URL, e.Response)
				reached = append(reached, e.Operation)
			}
			slices.Sort(reached)
			assert.Equal(t, operations(), slices.Compact(reached))
		})
	}
}

func TestOperationsMatchDescriptions(t *testing.T) {
	all, err := openAPI()
	require.NoError(t, err)
	if all == nil {
		t.Skip("needs CVCONFORM_OPENAPI_DIR: the folder with training-v3.3.json and training-v3.4-preview.json")
	}
	for version, d := range all {
		described := []string{}
		for _, o := range d.operations {
			described = append(described, o.id)
		}
		slices.Sort(described)
		assert.Equal(t, operations(), described, version)
	}
}

// operationTour calls every operation at least once.
type operationTour struct {
	*service
	pictureURL string
}

func (w operationTour) run() {
	w.Helper()
	requireOK[[]object](w.service, w.call("GET", "/domains", nil))
	requireOK[object](w.service, w.call("GET", "/domains/"+compactID, nil))
	project := w.create("p", "", "").id()
	requireOK[[]object](w.service, w.call("GET", "/projects", nil))
	requireOK[object](w.service, w.call("GET", "/projects/"+project, nil))
	requireOK[object](w.service, w.call("PATCH", "/projects/"+project, object{"description": "d"}))
	path := "/projects/" + project
	cat := requireOK[object](w.service, w.call("POST", path+"/tags?name=cat", nil)).id()
	w.addTaggedImages(project, "dog")
	w.tags(path, cat)
	image := w.uploads(path, cat)
	w.images(path, cat, image)
	iteration := w.trainIteration(project)
	w.models(path, iteration, cat, image)
	w.predictions(path, iteration, cat)
	w.regions()
	w.copyProject(path)
	w.deleteAll(path, iteration, cat, image)
}

func (w operationTour) tags(path, cat string) {
	w.Helper()
	requireOK[[]object](w.service, w.call("GET", path+"/tags", nil))
	requireOK[object](w.service, w.call("GET", path+"/tags/"+cat, nil))
	requireOK[object](
		w.service,
		w.call("PATCH", path+"/tags/"+cat, object{"name": "puss", "description": "", "type": "Regular"}),
	)
}

// uploads returns the id of an image without tags.
func (w operationTour) uploads(path, cat string) string {
	w.Helper()
	w.upload(path[len("/projects/"):], cat, 200, 5)
	disposition := map[string][]byte{`form-data; name="imageData"; filename="a.png"`: picture(300)}
	contentType, body := newForm(w.T, disposition)
	requireOK[object](w.service, w.post(path+"/images?tagIds="+cat, contentType, body))
	requireOK[object](
		w.service,
		w.call("POST", path+"/images/urls", object{"images": []object{{"url": w.pictureURL, "tagIds": []string{cat}}}}),
	)
	return w.uploadUntagged(path[len("/projects/"):], 400, 3)[0]
}

func (w operationTour) images(path, cat, image string) {
	w.Helper()
	requireOK[object](w.service, w.call("POST", path+"/images/metadata?imageIds="+image, object{"k": "v"}))
	filtered := path + "/images?$filter=" + url.QueryEscape("k eq 'v'")
	assert.Len(w, requireOK[[]object](w.service, w.call("GET", filtered, nil)), 1)
	requireOK[int](w.service, w.call("GET", path+"/images/count", nil))
	for _, kind := range []string{"tagged", "untagged"} {
		requireOK[[]object](w.service, w.call("GET", path+"/images/"+kind, nil))
		requireOK[int](w.service, w.call("GET", path+"/images/"+kind+"/count", nil))
	}
	requireOK[[]object](w.service, w.call("GET", path+"/images/id?imageIds="+image, nil))
	requireOK[object](
		w.service,
		w.call("POST", path+"/images/tags", object{"tags": []object{{"imageId": image, "tagId": cat}}}),
	)
	assert.Equal(w, 204, w.call("DELETE", path+"/images/tags?imageIds="+image+"&tagIds="+cat, nil).status)
	requireOK[object](w.service, w.call("POST", path+"/images/"+image+"/regionproposals", nil))
}

func (w operationTour) trainIteration(project string) string {
	w.Helper()
	iteration := w.train(project)
	require.NoError(w, w.server.Advance(w.Context(), customvision.DefaultTrainingDuration))
	requireOK[[]object](w.service, w.call("GET", "/projects/"+project+"/iterations", nil))
	requireOK[object](w.service, w.call("PATCH", "/projects/"+project+"/iterations/"+iteration, object{"name": "first"}))
	assert.Equal(w, "Completed", w.iteration(project, iteration)["status"])
	return iteration
}

func (w operationTour) models(path, iteration, cat, image string) {
	w.Helper()
	at := path + "/iterations/" + iteration
	requireOK[object](w.service, w.call("POST", at+"/export?platform=ONNX", nil))
	require.NoError(w, w.server.Advance(w.Context(), customvision.DefaultExportDuration))
	link, err := url.Parse(requireOK[[]object](w.service, w.call("GET", at+"/export", nil))[0]["downloadUri"].(string))
	require.NoError(w, err)
	assert.Equal(w, 200, w.call("GET", path+"/artifacts?path="+url.QueryEscape(link.Path), nil).status)
	requireOK[object](w.service, w.call("GET", at+"/performance?threshold=0.5&overlapThreshold=0.3", nil))
	requireOK[[]object](w.service, w.call("GET", at+"/performance/images", nil))
	requireOK[int](w.service, w.call("GET", at+"/performance/images/count", nil))
	resource := "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/a"
	requireOK[bool](w.service, w.call("POST", at+"/publish?publishName=m&predictionId="+url.QueryEscape(resource), nil))
	assert.Equal(w, 204, w.call("DELETE", at+"/publish", nil).status)
	requireOK[[]object](
		w.service,
		w.call("POST", path+"/tagsandregions/suggestions?iterationId="+iteration+"&imageIds="+image, nil),
	)
	query := object{"tagIds": []string{cat}, "threshold": 0.1, "maxCount": 10, "sortBy": "UncertaintyAscending"}
	requireOK[object](w.service, w.call("POST", path+"/images/suggested?iterationId="+iteration, query))
	requireOK[object](
		w.service,
		w.call(
			"POST",
			path+"/images/suggested/count?iterationId="+iteration,
			object{"tagIds": []string{cat}, "threshold": 0.1},
		),
	)
}

func (w operationTour) predictions(path, iteration, cat string) {
	w.Helper()
	requireOK[object](
		w.service,
		w.post(path+"/quicktest/image?iterationId="+iteration, "application/octet-stream", picture(600)),
	)
	requireOK[object](w.service, w.call("POST", path+"/quicktest/url?iterationId="+iteration, object{"url": w.pictureURL}))
	created := requireOK[object](
		w.service,
		w.call("POST", path+"/predictions/query", object{"orderBy": "Oldest"}),
	).results()
	require.Len(w, created, 2)
	requireOK[object](
		w.service,
		w.call(
			"POST",
			path+"/images/predictions",
			object{"images": []object{{"id": created[0].id(), "tagIds": []string{cat}}}},
		),
	)
	assert.Equal(w, 204, w.call("DELETE", path+"/predictions?ids="+created[1].id(), nil).status)
}

// regions uses an object detection project.
func (w operationTour) regions() {
	w.Helper()
	path := "/projects/" + requireOK[object](w.service, w.call("POST", "/projects?name=d&domainId="+detectionID, nil)).id()
	fork := requireOK[object](w.service, w.call("POST", path+"/tags?name=fork", nil)).id()
	image := w.uploadUntagged(path[len("/projects/"):], 700, 1)[0]
	box := object{"imageId": image, "tagId": fork, "left": 0.1, "top": 0.1, "width": 0.5, "height": 0.5}
	created := requireOK[object](w.service, w.call("POST", path+"/images/regions", object{"regions": []object{box}}))
	region := created["created"].([]any)[0].(map[string]any)["regionId"].(string)
	assert.Equal(w, 204, w.call("DELETE", path+"/images/regions?regionIds="+region, nil).status)
}

func (w operationTour) copyProject(path string) {
	w.Helper()
	token := requireOK[object](w.service, w.call("GET", path+"/export", nil))["token"].(string)
	copied := requireOK[object](w.service, w.call("POST", "/projects/import?token="+url.QueryEscape(token), nil))
	assert.Equal(w, "Importing", copied["status"])
	require.NoError(w, w.server.Advance(w.Context(), customvision.DefaultImportDuration))
	assert.Equal(w, "Succeeded", requireOK[object](w.service, w.call("GET", "/projects/"+copied.id(), nil))["status"])
}

func (w operationTour) deleteAll(path, iteration, cat, image string) {
	w.Helper()
	for _, deleted := range []string{"/images?imageIds=" + image, "/tags/" + cat, "/iterations/" + iteration, ""} {
		assert.Equal(w, 204, w.call("DELETE", path+deleted, nil).status, deleted)
	}
}
