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

// A client is an official SDK for one version of the API.
type client struct {
	name, version string
	// uris says whether CreateProject takes the URIs of queue and container,
	// and projects show them.
	uris bool
	open func(*testing.T) walker
}

func clients() []client {
	return []client{
		{"Go SDK v68.0.0", "v3.3", false, func(*testing.T) walker { return goSDK{openV33} }},
		{"Go SDK v68.0.0", "v3.4-preview", true, func(*testing.T) walker { return goSDK{openV34Preview} }},
		{"npm package 5.2.0", "v3.4-preview", true, installNPM},
	}
}

// A walker is a client in use. What should succeed and does not ends the test.
type walker interface {
	// walk goes from a new project to its downloaded model.
	walk(*testing.T, visit) journey
	remove(*testing.T, access, uuid.UUID)
	// refusal is what the client makes of the error that GetProject meets.
	refusal(*testing.T, access, uuid.UUID) refusal
}

// An access is where the service is, and the key that it is asked with.
type access struct {
	Endpoint string `json:"endpoint"`
	Key      string `json:"key"`
}

// A visit is what a walk is given.
type visit struct {
	access
	Name        string              `json:"name"`
	Renamed     string              `json:"renamed"` // what the project is called in the end
	Description string              `json:"description"`
	Queue       string              `json:"queue"`
	Container   string              `json:"container"`
	Platform    string              `json:"platform"`
	Pictures    map[string][][]byte `json:"pictures"` // by tag
}

// A journey is what a walk has seen, as the client decoded it.
type journey struct {
	Project    project        `json:"project"` // after it was renamed
	Projects   []uuid.UUID    `json:"projects"`
	Tags       map[string]int `json:"tags"`     // images by tag
	Training   string         `json:"training"` // the status that TrainProject answers
	Iterations []iteration    `json:"iterations"`
	Exporting  string         `json:"exporting"` // the status that ExportIteration answers
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

// A refusal is an error of the service, as the client decoded it.
type refusal struct {
	Status  int    `json:"status"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

func TestClients(t *testing.T) {
	s := serve(t)
	for _, c := range clients() {
		t.Run(c.name+" for "+c.version, func(t *testing.T) {
			w := c.open(t)
			t.Run("walks from a project to its model", func(t *testing.T) { c.walks(t, s, w) })
			t.Run("understands what is refused", func(t *testing.T) { c.isRefused(t, s, w) })
		})
	}
}

func (c client) walks(t *testing.T, s service, w walker) {
	kept, wire := newStorage(t, s.connection), listen(t, s.access)
	v := visit{
		access: wire.access,
		Name:   t.Name(), Renamed: t.Name() + " (renamed)", Description: "a walk",
		Queue: kept.queue.URL(), Container: kept.container.URL(),
		Platform: "ONNX", Pictures: pictures(t, "cat", "dog"),
	}
	j := w.walk(t, v)
	c.checkJourney(t, v, j)
	kept.checkMessages(t, v, j)
	kept.checkBackup(t, v, j)
	w.remove(t, wire.access, j.Project.ID)
	checkUnknown(t, j.Project.ID, w.refusal(t, wire.access, j.Project.ID))
	wire.checkVersion(t, c.version)
}

func (c client) checkJourney(t *testing.T, v visit, j journey) {
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

func (c client) isRefused(t *testing.T, s service, w walker) {
	unknown := uuid.Must(uuid.NewV4())
	checkUnknown(t, unknown, w.refusal(t, s.access, unknown))
	assert.Equal(t, refusal{
		Status: http.StatusUnauthorized,
		Code:   "401",
		Message: "Access denied due to invalid subscription key or wrong API endpoint. " +
			"Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.",
	}, w.refusal(t, access{s.Endpoint, "another key"}, unknown))
}

func checkUnknown(t *testing.T, id uuid.UUID, r refusal) {
	assert.Equal(t, refusal{Status: http.StatusNotFound, Code: "NotFoundProject", Message: r.Message}, r)
	assert.Contains(t, r.Message, id.String())
}

// pictures are five for each tag, of which no two are the same.
func pictures(t *testing.T, tags ...string) map[string][][]byte {
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
