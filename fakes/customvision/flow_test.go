package customvision_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision"
)

// overNetwork returns a service behind a network listener, with the system clock.
func overNetwork(t *testing.T) *service {
	s := newService(t, customvision.Options{})
	listener := httptest.NewServer(s.server)
	t.Cleanup(listener.Close)
	s.client, s.origin = listener.Client(), listener.URL
	return s
}

func TestFlowFromCreateToDownload(t *testing.T) {
	for _, version := range []string{"v3.3", "v3.4-preview", "V3.4-Preview"} {
		for _, form := range []string{"query", "body"} {
			t.Run(version+" "+form, func(t *testing.T) {
				s := overNetwork(t)
				s.version = version
				runFlow(s, createBy(s, form))
			})
		}
	}
}

func createBy(s *service, form string) object {
	s.Helper()
	query := url.Values{"name": {"p"}, "domainId": {compactID}}
	if form == "body" {
		uris := object{"notificationQueueUri": queueURI, "exportModelContainerUri": containerURI}
		return requireOK[object](s, s.call("POST", "/projects?"+query.Encode(), uris))
	}
	query.Set("notificationQueueUri", queueURI)
	query.Set("EXPORTMODELCONTAINERURI", containerURI)
	return requireOK[object](s, s.call("POST", "/projects?"+query.Encode(), nil))
}

func runFlow(s *service, created object) {
	s.Helper()
	project := created.id()
	assert.Equal(s, queueURI, created.settings()["notificationQueueUri"])
	assert.Equal(s, containerURI, created.settings()["exportModelContainerUri"])
	assert.Equal(
		s,
		`{"version":"1.0","type":"ConnectionTest","Content":{"projectId":"`+project+`"}}`,
		s.nextMessage(queueURI),
	)
	s.addTaggedImages(project, "cat", "dog")
	iteration := s.train(project)
	assert.Equal(s, `{"version":"1.0","type":"Training","Content":{"projectId":"`+project+`","iterationId":"`+iteration+
		`","trainingStatus":"TrainingCompleted"}}`, s.nextMessage(queueURI))
	exporting := s.call("POST", exportPath(project, iteration)+"?platform=CoreML", nil)
	assert.Equal(
		s,
		`{"platform":"CoreML","status":"Exporting","downloadUri":null,"flavor":null,"newerVersionAvailable":false}`,
		string(exporting.body),
	)
	name := project + " - " + iteration + ".CoreML"
	model := containerURI + "/" + strings.ReplaceAll(name, " ", "%20")
	assert.Equal(s, `{"version":"1.0","type":"Export","Content":{"projectId":"`+project+`","iterationId":"`+iteration+
		`","exportStatus":"ExportCompleted","modelUri":"`+model+`"}}`, s.nextMessage(queueURI))
	done := s.exports(project, iteration)[0]
	assert.Equal(s, "Done", done["status"])
	download := s.get(done["downloadUri"].(string))
	require.Equal(s, http.StatusOK, download.status)
	assert.Equal(
		s,
		map[string][]byte{name: download.body},
		s.storage.blobs(containerURI),
		"the container has only the backup, which equals the model",
	)
	assert.Equal(s, []string{"cvexport.manifest", "labels.txt", "model.mlmodel"}, entries(s, download.body))
}

func entries(s *service, data []byte) []string {
	s.Helper()
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	require.NoError(s, err)
	names := []string{}
	for _, file := range archive.File {
		names = append(names, file.Name)
	}
	return names
}

// lastEntry returns the model of an archive.
func lastEntry(s *service, data []byte) string {
	s.Helper()
	names := entries(s, data)
	return zipEntry(s, data, names[len(names)-1])
}

func zipEntry(s *service, data []byte, name string) string {
	s.Helper()
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	require.NoError(s, err)
	file, err := archive.Open(name)
	require.NoError(s, err)
	content, err := io.ReadAll(file)
	require.NoError(s, err)
	return string(content)
}

func TestConcurrentProjectsUseTheirOwnStorage(t *testing.T) {
	s := overNetwork(t)
	var all sync.WaitGroup
	for n := range 8 {
		queue, container := fmt.Sprintf("%s%d", queueURI, n), fmt.Sprintf("%s%d", containerURI, n)
		s.storage.add(queue, container)
		all.Go(func() {
			project := s.create("p", queue, container).id()
			assert.Contains(t, s.nextMessage(queue), project)
			s.addTaggedImages(project, "cat", "dog")
			iteration := s.train(project)
			assert.Contains(t, s.nextMessage(queue), iteration)
			for _, platform := range []string{"ONNX", "TensorFlow"} {
				requireOK[object](s, s.call("POST", exportPath(project, iteration)+"?platform="+platform, nil))
			}
			assert.Contains(t, s.nextMessage(queue), project)
			assert.Contains(t, s.nextMessage(queue), project)
			assert.Len(t, s.storage.blobs(container), 2)
			assert.Empty(t, s.storage.queue(queue))
		})
	}
	all.Wait()
}

// TestOrderOfCompletion records the status of the work during each storage operation.
func TestOrderOfCompletion(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project := s.create("p", queueURI, containerURI).id()
		s.addTaggedImages(project, "cat", "dog")
		steps := []string{}
		s.storage.before = func(operation string) {
			iteration := requireOK[[]object](s, s.call("GET", "/projects/"+project+"/iterations", nil))[0]
			status := iteration["status"]
			if exports := s.exports(project, iteration.id()); len(exports) > 0 {
				status = exports[0]["status"]
			}
			steps = append(steps, fmt.Sprintf("%s while %s", strings.Fields(operation)[0], status))
		}
		iteration := s.train(project)
		s.waitForWork()
		s.call("POST", exportPath(project, iteration)+"?platform=ONNX", nil)
		s.waitForWork()
		assert.Equal(t, []string{"send while Completed", "put while Exporting", "send while Done"}, steps)
	})
}

func TestFailurePrefixes(t *testing.T) {
	options := customvision.Options{FailTraining: []string{"bad-"}, FailExport: []string{"lost-"}}
	inBubble(t, options, func(s *service) {
		s.version = "v3.4-preview"
		project := s.create("bad-p", queueURI, "").id()
		s.nextMessage(queueURI)
		s.addTaggedImages(project, "cat", "dog")
		iteration := s.train(project)
		assert.Contains(s, s.nextMessage(queueURI), `"trainingStatus":"TrainingFailed"`)
		failed := s.iteration(project, iteration)
		assert.Equal(s, "Failed", failed["status"])
		assert.NotEmpty(s, failed["trainingErrorDetails"])
		assert.NotContains(s, failed, "trainedAt")
		s.requireError(
			s.call("POST", exportPath(project, iteration)+"?platform=ONNX", nil),
			400,
			"BadRequestIterationIsNotTrained",
		)
		s.train(project) // a failed training may be repeated without changes
	})
	inBubble(t, options, func(s *service) {
		project, iteration := s.createTrained("lost-p", queueURI, containerURI)
		s.call("POST", exportPath(project, iteration)+"?platform=ONNX", nil)
		assert.Contains(s, s.nextMessage(queueURI), `"exportStatus":"ExportFailed","modelUri":null}`)
		failed := s.exports(project, iteration)[0]
		assert.Equal(s, "Failed", failed["status"])
		assert.Nil(s, failed["downloadUri"])
		assert.Empty(s, s.storage.blobs(containerURI))
		requireOK[object](s, s.call("POST", exportPath(project, iteration)+"?platform=ONNX", nil))
	})
}

func TestExportFailsWithoutBackup(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, iteration := s.createTrained("p", queueURI, containerURI)
		delete(s.storage.containers, containerURI)
		s.call("POST", exportPath(project, iteration)+"?platform=ONNX", nil)
		assert.Contains(s, s.nextMessage(queueURI), `"ExportFailed"`)
		assert.Equal(s, "Failed", s.exports(project, iteration)[0]["status"])
	})
}

func TestUnsentMessageIsDropped(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project := s.create("p", queueURI, "").id()
		delete(s.storage.queues, queueURI)
		s.addTaggedImages(project, "cat", "dog")
		iteration := s.train(project)
		s.waitForWork()
		assert.Equal(s, "Completed", s.iteration(project, iteration)["status"])
	})
}

func TestDeleteProjectCancelsWork(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project := s.create("p", queueURI, "").id()
		s.nextMessage(queueURI)
		s.addTaggedImages(project, "cat", "dog")
		s.train(project)
		assert.Equal(s, http.StatusNoContent, s.call("DELETE", "/projects/"+project, nil).status)
		s.waitForWork()
		assert.Empty(s, s.storage.queue(queueURI))
	})
}

func TestCompletionUsesCurrentURIs(t *testing.T) {
	const otherQueue, otherContainer = queueURI + "2", containerURI + "2"
	inBubble(t, customvision.Options{}, func(s *service) {
		s.storage.add(otherQueue, otherContainer)
		project, iteration := s.createTrained("p", queueURI, containerURI)
		s.call("POST", exportPath(project, iteration)+"?platform=ONNX", nil)
		requireOK[object](s, s.call("PATCH", "/projects/"+project,
			object{"settings": object{"notificationQueueUri": otherQueue, "exportModelContainerUri": otherContainer}}))
		assert.Contains(s, s.nextMessage(otherQueue), "ConnectionTest")
		assert.Contains(s, s.nextMessage(otherQueue), otherContainer+"/")
		assert.Empty(s, s.storage.queue(queueURI))
		assert.Empty(s, s.storage.blobs(containerURI))
	})
}

func TestExportWithoutStorageIntegration(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, iteration := s.createTrained("p", "", "")
		s.call("POST", exportPath(project, iteration)+"?platform=ONNX", nil)
		s.waitForWork()
		assert.Equal(s, "Done", s.exports(project, iteration)[0]["status"])
		assert.Empty(s, s.storage.operations())
	})
}

func TestCloseCancelsPendingWork(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project := s.create("p", queueURI, "").id()
		s.nextMessage(queueURI)
		s.addTaggedImages(project, "cat", "dog")
		s.train(project)
		require.NoError(s, s.server.Close(s.Context()))
		s.waitForWork()
		assert.Empty(s, s.storage.queue(queueURI))
	})
}
