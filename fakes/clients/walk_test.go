package clients_test

import (
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/Azure/go-autorest/autorest"
	"github.com/Azure/go-autorest/autorest/azure"
	"github.com/gofrs/uuid"
	"github.com/stretchr/testify/require"
)

// A goSDK is the Go SDK for one version of the API.
type goSDK struct {
	open func(*testing.T, access) api
}

// An api is what the walk asks of the Go SDK, which has the same types for each
// version under other names. An error ends the test.
type api interface {
	domains() []domain
	// createProject also ties the project to the queue and container of the visit.
	createProject(visit, domain) uuid.UUID
	project(uuid.UUID) project
	projects() []uuid.UUID
	// rename sends back the project that GetProject gives, but for its name. The
	// SDK leaves the URIs out of it; they have to stay in force.
	rename(id uuid.UUID, name string)
	deleteProject(uuid.UUID)
	createTag(project uuid.UUID, name string) uuid.UUID
	tags(project uuid.UUID) map[string]int
	// uploadFiles sends one batch, uploadData one image as a form; they say
	// whether all were taken.
	uploadFiles(project, tag uuid.UUID, pictures [][]byte) bool
	uploadData(project, tag uuid.UUID, picture []byte) bool
	train(project uuid.UUID) iteration
	iteration(project, id uuid.UUID) iteration
	iterations(project uuid.UUID) []iteration
	export(project, iteration uuid.UUID, platform string) export
	exports(project, iteration uuid.UUID) []export
	// refused is the error of GetProject.
	refused(project uuid.UUID) error
}

type domain struct {
	id         uuid.UUID
	kind       string
	exportable bool
}

func (g goSDK) walk(t *testing.T, v visit) journey {
	sdk := g.open(t, v.access)
	id := sdk.createProject(v, exportable(t, sdk.domains()))
	sdk.rename(id, v.Renamed)
	j := journey{Project: sdk.project(id), Projects: sdk.projects()}
	upload(t, sdk, id, v.Pictures)
	j.Tags = sdk.tags(id)
	started := sdk.train(id)
	j.Training = started.Status
	until(t, "the training", func() bool { return sdk.iteration(id, started.ID).Status != "Training" })
	j.Iterations = sdk.iterations(id)
	j.Exporting = sdk.export(id, started.ID, v.Platform).Status
	until(t, "the export", func() bool {
		j.Exports = sdk.exports(id, started.ID)
		return len(j.Exports) > 0 && j.Exports[0].Status != "Exporting"
	})
	j.Model = download(t, j.Exports[0].DownloadURI)
	return j
}

// exportable finds a domain as the SDK's users do: one whose models can be exported.
func exportable(t *testing.T, domains []domain) domain {
	for _, d := range domains {
		if d.exportable && d.kind == "Classification" {
			return d
		}
	}
	require.FailNow(t, "there is no exportable domain", "%v", domains)
	return domain{}
}

// upload sends the first picture of a tag as a form, and the others in a batch.
func upload(t *testing.T, sdk api, id uuid.UUID, pictures map[string][][]byte) {
	for name, those := range pictures {
		tag := sdk.createTag(id, name)
		require.True(t, sdk.uploadData(id, tag, those[0]), name)
		require.True(t, sdk.uploadFiles(id, tag, those[1:]), name)
	}
}

// download gets a model as anybody can who has its link: without a key.
func download(t *testing.T, uri string) []byte {
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, uri, nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode)
	return readAll(t, response.Body)
}

func (g goSDK) remove(t *testing.T, a access, id uuid.UUID) { g.open(t, a).deleteProject(id) }

// refusal reads the typed error of the runtime that both versions share.
func (g goSDK) refusal(t *testing.T, a access, id uuid.UUID) refusal {
	err := g.open(t, a).refused(id)
	detailed, ok := errors.AsType[autorest.DetailedError](err)
	require.True(t, ok, "%#v", err)
	service, ok := errors.AsType[*azure.RequestError](err)
	require.True(t, ok, "%#v", err)
	return refusal{detailed.StatusCode.(int), service.ServiceError.Code, service.ServiceError.Message}
}

// authorize sends the key as the service wants it; the SDK's authorizer for
// Cognitive Services knows another header only.
func authorize(key string) autorest.Authorizer {
	return autorest.NewAPIKeyAuthorizerWithHeaders(map[string]any{"Training-Key": key})
}

// value is what the SDK's pointer points at, if it does.
func value[T any](p *T) T {
	if p == nil {
		return *new(T)
	}
	return *p
}

func each[S, O any](list *[]S, read func(S) O) []O {
	out := []O{}
	for _, s := range value(list) {
		out = append(out, read(s))
	}
	return out
}

func readAll(t *testing.T, body io.ReadCloser) []byte {
	defer body.Close()
	data, err := io.ReadAll(body)
	require.NoError(t, err)
	return data
}
