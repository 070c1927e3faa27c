package clients_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"testing"

	"github.com/gofrs/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// client is an official SDK for one version of the API.
type client struct {
	name, version string
	// uris reports whether the SDK supports the storage URIs in CreateProject and in projects.
	uris bool
	open func(*testing.T) officialClient
}

func clients() []client {
	return []client{
		{"Go SDK v68.0.0", "v3.3", false, func(*testing.T) officialClient { return goSDK{openV33} }},
		{"Go SDK v68.0.0", "v3.4-preview", true, func(*testing.T) officialClient { return goSDK{openV34Preview} }},
		{"npm package 5.2.0", "v3.4-preview", true, installNPM},
	}
}

// officialClient is a client in use. An unexpected error ends the test.
type officialClient interface {
	// runWorkflow creates a project, trains and exports it, and downloads the model.
	runWorkflow(*testing.T, workflowInput) workflowResult
	deleteProject(*testing.T, access, uuid.UUID)
	// projectError returns the error of GetProject as the client decodes it.
	projectError(*testing.T, access, uuid.UUID) apiError
}

// access is the endpoint of the service and its training key.
type access struct {
	Endpoint string `json:"endpoint"`
	Key      string `json:"key"`
}

// workflowInput is the input of a workflow.
type workflowInput struct {
	access
	Name        string              `json:"name"`
	Renamed     string              `json:"renamed"` // the new name of the project
	Description string              `json:"description"`
	Queue       string              `json:"queue"`
	Container   string              `json:"container"`
	Platform    string              `json:"platform"`
	Images      map[string][][]byte `json:"images"` // by tag
}

// workflowResult contains the responses to a workflow as the client decoded them.
type workflowResult struct {
	Project    project        `json:"project"` // after the change of its name
	Projects   []uuid.UUID    `json:"projects"`
	Tags       map[string]int `json:"tags"`     // images by tag
	Training   string         `json:"training"` // the status in the response to TrainProject
	Iterations []iteration    `json:"iterations"`
	Exporting  string         `json:"exporting"` // the status in the response to ExportIteration
	Exports    []export       `json:"exports"`
	Model      []byte         `json:"model"`
}

type project struct {
	ID          uuid.UUID `json:"id"`
	Name        string    `json:"name"`
	Description string    `json:"description"`
	Queue       string    `json:"queue"`
	Container   string    `json:"container"`
}

type iteration struct {
	ID         uuid.UUID `json:"id"`
	Status     string    `json:"status"`
	Exportable bool      `json:"exportable"`
}

type export struct {
	Platform    string `json:"platform"`
	Status      string `json:"status"`
	DownloadURI string `json:"downloadUri"`
}

// apiError is an error of the service as the client decoded it.
type apiError struct {
	Status  int    `json:"status"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

func TestClients(t *testing.T) {
	s := serve(t)
	t.Run("Go quickstart for v3.0", func(t *testing.T) { testQuickstart(t, s) })
	for _, c := range clients() {
		t.Run(c.name+" for "+c.version, func(t *testing.T) {
			w := c.open(t)
			t.Run("workflow", func(t *testing.T) { c.testWorkflow(t, s, w) })
			t.Run("errors", func(t *testing.T) { c.testErrors(t, s, w) })
		})
	}
}

func (c client) testWorkflow(t *testing.T, s service, w officialClient) {
	storage, proxy := newStorage(t, s.connection), startProxy(t, s.access)
	v := workflowInput{
		access: proxy.access,
		Name:   t.Name(), Renamed: t.Name() + " (renamed)", Description: "a workflow",
		Queue: storage.queue.URL(), Container: storage.container.URL(),
		Platform: "ONNX", Images: newImages(t, "cat", "dog"),
	}
	j := w.runWorkflow(t, v)
	c.checkResult(t, v, j)
	storage.checkMessages(t, v, j)
	storage.checkBackup(t, v, j)
	w.deleteProject(t, proxy.access, j.Project.ID)
	checkUnknown(t, j.Project.ID, w.projectError(t, proxy.access, j.Project.ID))
	proxy.checkVersion(t, c.version)
}

func (c client) checkResult(t *testing.T, v workflowInput, j workflowResult) {
	want := project{ID: j.Project.ID, Name: v.Renamed, Description: v.Description}
	if c.uris {
		want.Queue, want.Container = v.Queue, v.Container
	}
	assert.Equal(t, want, j.Project)
	assert.Contains(t, j.Projects, j.Project.ID)
	assert.Equal(t, map[string]int{"cat": 5, "dog": 5}, j.Tags)
	assert.Equal(t, "Training", j.Training)
	assert.Equal(t, "Exporting", j.Exporting)
	require.Len(t, j.Iterations, 1)
	assert.Equal(t, iteration{ID: j.Iterations[0].ID, Status: "Completed", Exportable: true}, j.Iterations[0])
	require.Len(t, j.Exports, 1)
	assert.Equal(t, export{Platform: v.Platform, Status: "Done", DownloadURI: j.Exports[0].DownloadURI}, j.Exports[0])
	assert.NotEmpty(t, j.Model)
}

func (c client) testErrors(t *testing.T, s service, w officialClient) {
	unknown := uuid.Must(uuid.NewV4())
	checkUnknown(t, unknown, w.projectError(t, s.access, unknown))
	assert.Equal(t, apiError{
		Status: http.StatusUnauthorized,
		Code:   "401",
		Message: "Access denied due to invalid subscription key or wrong API endpoint. " +
			"Make sure to provide a valid key for an active subscription and use a correct regional API endpoint " +
			"for your resource.",
	}, w.projectError(t, access{s.Endpoint, "another key"}, unknown))
}

func checkUnknown(t *testing.T, id uuid.UUID, r apiError) {
	assert.Equal(t, apiError{Status: http.StatusNotFound, Code: "NotFoundProject", Message: r.Message}, r)
	assert.Contains(t, r.Message, id.String())
}

// newImages returns five different images for each tag.
func newImages(t *testing.T, tags ...string) map[string][][]byte {
	all := map[string][][]byte{}
	for n, tag := range tags {
		for m := range 5 {
			i := image.NewGray(image.Rect(0, 0, 4, 3))
			i.SetGray(n, 0, color.Gray{Y: uint8(100 + m)})
			var b bytes.Buffer
			require.NoError(t, png.Encode(&b, i))
			all[tag] = append(all[tag], b.Bytes())
		}
	}
	return all
}
