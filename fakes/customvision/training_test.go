package customvision_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision"
)

func TestTrainingRequiresImages(t *testing.T) {
	for name, c := range map[string]struct {
		query, code string
		images      []int // number of images of each tag
	}{
		"no tags":            {"", "BadRequestMultiLabelClassificationTrainingValidationFailed", nil},
		"one tag":            {"", "BadRequestMultiLabelClassificationTrainingValidationFailed", []int{9}},
		"four images of one": {"", "BadRequestMultiLabelClassificationTrainingValidationFailed", []int{5, 4}},
		"multiclass": {
			"&classificationType=Multiclass", "BadRequestMultiClassClassificationTrainingValidationFailed", []int{5},
		},
		"detection from tags": {"&domainId=" + detectionID, "BadRequestDetectionTrainingValidationFailed", []int{15}},
		"enough":              {"", "", []int{5, 5}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t, customvision.Options{})
			project := requireOK[object](s, s.call("POST", "/projects?name=p"+c.query, nil)).id()
			for n, count := range c.images {
				tag := requireOK[object](s, s.call("POST", "/projects/"+project+"/tags?name="+string(rune('a'+n)), nil))
				s.upload(project, tag.id(), n*100, count)
			}
			a := s.call("POST", "/projects/"+project+"/train", nil)
			if c.code == "" {
				requireOK[object](s, a)
				return
			}
			assert.Equal(t, "Not enough images per tag for training", s.requireError(a, 400, c.code))
		})
	}
}

func TestIterationStatus(t *testing.T) {
	inBubble(t, customvision.Options{TrainingDuration: 90 * time.Second}, func(s *service) {
		s.version = "v3.4-preview"
		project := s.create("p", "", "").id()
		s.addTaggedImages(project, "cat", "dog")
		<-time.After(1500 * time.Millisecond)
		a := s.call("POST", "/projects/"+project+"/train?trainingType=Advanced&reservedBudgetInHours=2", nil)
		id := requireOK[object](s, a).id()
		assert.Equal(s, `{"id":"`+id+`","name":"Iteration 1","status":"Training","created":"2000-01-01T00:00:00Z",`+
			`"lastModified":"2000-01-01T00:00:01.5Z","projectId":"`+project+
			`","exportable":false,"exportableTo":null,"domainId":null,`+
			`"classificationType":null,"trainingType":"Advanced","reservedBudgetInHours":2,"trainingTimeInMinutes":0,`+
			`"publishName":null,`+
			`"originalPublishResourceId":null,"customBaseModelInfo":null,"trainingErrorDetails":null}`, string(a.body))
		s.waitForWork()
		assert.Equal(s, "Training", s.iteration(project, id)["status"])
		s.waitForWork()
		done := s.call("GET", "/projects/"+project+"/iterations/"+id, nil)
		assert.Equal(s, `{"id":"`+id+`","name":"Iteration 1","status":"Completed","created":"2000-01-01T00:00:00Z",`+
			`"lastModified":"2000-01-01T00:01:31.5Z","trainedAt":"2000-01-01T00:01:31.5Z","projectId":"`+project+
			`","exportable":true,`+
			`"exportableTo":null,"domainId":"`+compactID+`","classificationType":"Multilabel","trainingType":"Advanced",`+
			`"reservedBudgetInHours":2,"trainingTimeInMinutes":2,"publishName":null,"originalPublishResourceId":null,`+
			`"customBaseModelInfo":null,"trainingErrorDetails":null}`, string(done.body))
		s.version = "v3.3"
		old := s.iteration(project, id)
		assert.NotContains(s, old, "trainingErrorDetails")
		assert.Equal(s, []any{"CoreML", "DockerFile", "ONNX", "TensorFlow", "VAIDK"}, old["exportableTo"])
	})
}

func TestRepeatedTraining(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project := s.create("p", queueURI, "").id()
		path := "/projects/" + project + "/train"
		s.addTaggedImages(project, "cat", "dog")
		first := s.train(project)
		s.requireError(s.call("POST", path+"?forceTrain=true", nil), 400, "BadRequestTrainingAlreadyInProgress")
		s.waitForWork()
		assert.Equal(
			s,
			"Nothing changed since last training",
			s.requireError(s.call("POST", path, nil), 400, "BadRequestTrainingNotNeeded"),
		)
		second := requireOK[object](s, s.call("POST", path+"?forceTrain=true", nil))
		assert.Equal(s, "Iteration 2", second["name"])
		s.waitForWork()
		third := s.train(s.changeProject(project))
		s.waitForWork()
		s.nextMessage(queueURI)
		for _, id := range []string{first, second.id(), third} {
			assert.Contains(s, s.nextMessage(queueURI), id)
		}
		assert.Len(s, requireOK[[]object](s, s.call("GET", "/projects/"+project+"/iterations", nil)), 3)
		assert.Equal(s, http.StatusNoContent, s.call("DELETE", "/projects/"+project+"/iterations/"+first, nil).status)
		s.requireError(s.call("GET", "/projects/"+project+"/iterations/"+first, nil), 404, "NotFoundIteration")
	})
}

func TestTrainingParameterErrors(t *testing.T) {
	s := newService(t, customvision.Options{})
	path := "/projects/" + s.create("p", "", "").id() + "/train"
	s.requireError(s.call("POST", path+"?trainingType=x", nil), 400, "BadRequestTrainingValidationFailed")
	s.requireError(s.call("POST", path+"?reservedBudgetInHours=x", nil), 400, "BadRequest")
	s.requireError(
		s.call("POST", path+"?trainingType=Advanced", nil),
		400,
		"BadRequestReservedBudgetInHoursNotEnoughForAdvancedTraining",
	)
}

func TestExportErrors(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, iteration := s.createTrained("p", "", "")
		path := exportPath(project, iteration)
		for query, code := range map[string]string{
			"":                                   "BadRequestRequiredParamIsNull",
			"?platform=x":                        "BadRequestExportValidationFailed",
			"?platform=IVS":                      "BadRequestExportValidationFailed",
			"?platform=CoreML&flavor=Linux":      "BadRequestExportValidationFailed",
			"?platform=DockerFile&flavor=ONNX12": "BadRequestExportValidationFailed",
		} {
			s.requireError(s.call("POST", path+query, nil), 400, code)
		}
		s.requireError(s.call("POST", exportPath(project, unknownID)+"?platform=ONNX", nil), 404, "NotFoundIteration")
		requireOK[object](s, s.call("POST", path+"?platform=ONNX", nil))
		for range 2 { // during the export and afterwards
			message := s.requireError(s.call("POST", path+"?platform=onnx", nil), 400, "BadRequestExportAlreadyInProgress")
			assert.Equal(s, iteration+" is already queued for export", message)
			s.waitForWork()
		}
		s.train(s.changeProject(project))
		running := requireOK[[]object](s, s.call("GET", "/projects/"+project+"/iterations", nil))[1].id()
		s.requireError(
			s.call("POST", exportPath(project, running)+"?platform=ONNX", nil),
			400,
			"BadRequestIterationIsNotTrained",
		)
	})
}

// changeProject changes an input of the training.
func (s *service) changeProject(project string) string {
	requireOK[object](s, s.call("POST", "/projects/"+project+"/tags?name=new", nil))
	return project
}

func TestExportsAreDistinct(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		s.version = "v3.4-preview"
		project, iteration := s.createTrained("p", "", containerURI)
		queries := []string{
			"CoreML",
			"TensorFlow",
			"TensorFlow&flavor=TensorFlowLite",
			"ONNX",
			"ONNX&flavor=ONNX12",
			"DockerFile&flavor=Linux",
			"VAIDK",
			"OpenVino",
		}
		for _, query := range queries {
			requireOK[object](s, s.call("POST", exportPath(project, iteration)+"?platform="+query, nil))
		}
		s.waitForWork()
		models, weights := map[string]bool{}, map[string]bool{}
		for _, e := range s.exports(project, iteration) {
			model := s.get(e["downloadUri"].(string)).body
			if e["platform"] == "DockerFile" {
				want := []string{"cvexport.manifest", "Dockerfile", "app/app.py", "app/labels.txt", "app/model.pb"}
				assert.Equal(s, want, entries(s, model))
				assert.Contains(s, zipEntry(s, model, "Dockerfile"), "COPY app /app")
			}
			models[string(model)], weights[lastEntry(s, model)] = true, true
		}
		assert.Len(s, models, len(queries))
		assert.Len(s, weights, len(queries), "the models differ, not only the manifests")
		backups := s.storage.blobs(containerURI)
		assert.Len(s, backups, len(queries))
		assert.Contains(s, backups, project+" - "+iteration+".ONNX.ONNX12")
		for name, data := range backups {
			assert.True(s, models[string(data)], name)
		}
	})
}

func TestDownloadLinks(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, iteration := s.createTrained("p", queueURI, "")
		requireOK[object](s, s.call("POST", exportPath(project, iteration)+"?platform=ONNX", nil))
		content := decode[map[string]any](s, []byte(s.nextMessage(queueURI)))["Content"].(map[string]any)
		link := content["modelUri"].(string)
		assert.Regexp(
			s,
			`^http://vision\.test/customvisionfake/m-[0-9a-f]{32}/[0-9a-f]{32}\.ONNX\.zip\?sv=2017-04-17&sr=b&sig=[^&]+&se=[^&]+&sp=r$`,
			link,
		)
		u, err := url.Parse(link)
		require.NoError(s, err)
		good := s.get(link)
		assert.Equal(s, http.StatusOK, good.status)
		for _, name := range []string{"sig", "se"} {
			query := u.Query()
			query.Del(name)
			s.requireBlobError(s.get(s.origin+u.Path+"?"+query.Encode()), 403, "AuthenticationFailed")
			query.Set(name, "2099-01-01T00:00:00Z")
			s.requireBlobError(s.get(s.origin+u.Path+"?"+query.Encode()), 403, "AuthenticationFailed")
		}
		s.requireBlobError(s.get(s.origin+u.Path+"x?"+u.RawQuery), 403, "AuthenticationFailed")
		<-time.After(24 * time.Hour)
		s.requireBlobError(s.get(link), 403, "AuthenticationFailed")
		fresh := s.exports(project, iteration)[0]["downloadUri"].(string)
		assert.Equal(s, good.body, s.get(fresh).body, "the same model")
		assert.Equal(s, http.StatusNoContent, s.call("DELETE", "/projects/"+project, nil).status)
		s.requireBlobError(s.get(fresh), 404, "BlobNotFound")
	})
}
