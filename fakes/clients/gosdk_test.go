package clients_test

import (
	"errors"
	"io"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/go-autorest/autorest"
	"github.com/Azure/go-autorest/autorest/azure"
	"github.com/gofrs/uuid"
	"github.com/stretchr/testify/require"
)

// goSDK is the Go SDK for one version of the API.
type goSDK struct {
	open func(*testing.T, access) api
}

// api contains the operations of the Go SDK that the workflow uses. The SDK declares equal types for each version of
// the API. An error ends the test.
type api interface {
	domains() []domain
	// createProject also sets the storage URIs of the project.
	createProject(workflowInput, domain) uuid.UUID
	project(uuid.UUID) project
	projects() []uuid.UUID
	// rename updates the project that GetProject returns with another name. The SDK omits the storage URIs, which must
	// not change.
	rename(id uuid.UUID, name string)
	deleteProject(uuid.UUID)
	createTag(project uuid.UUID, name string) uuid.UUID
	tags(project uuid.UUID) map[string]int
	// uploadFiles uploads a batch, and uploadData an image as a form. They report whether the service accepted all
	// images.
	uploadFiles(project, tag uuid.UUID, images [][]byte) bool
	uploadData(project, tag uuid.UUID, image []byte) bool
	train(project uuid.UUID) iteration
	iteration(project, id uuid.UUID) iteration
	iterations(project uuid.UUID) []iteration
	export(project, iteration uuid.UUID, platform string) export
	exports(project, iteration uuid.UUID) []export
	// getProjectError returns the error of GetProject.
	getProjectError(project uuid.UUID) error
}

type domain struct {
	id         uuid.UUID
	kind       string
	exportable bool
}

func (g goSDK) runWorkflow(t *testing.T, v workflowInput) workflowResult {
	sdk := g.open(t, v.access)
	id := sdk.createProject(v, exportableDomain(t, sdk.domains()))
	sdk.rename(id, v.Renamed)
	j := workflowResult{Project: sdk.project(id), Projects: sdk.projects()}
	upload(t, sdk, id, v.Images)
	j.Tags = sdk.tags(id)
	started := sdk.train(id)
	j.Training = started.Status
	waitUntil(t, "the training", func() bool { return sdk.iteration(id, started.ID).Status != "Training" })
	j.Iterations = sdk.iterations(id)
	j.Exporting = sdk.export(id, started.ID, v.Platform).Status
	waitUntil(t, "the export", func() bool {
		j.Exports = sdk.exports(id, started.ID)
		return len(j.Exports) > 0 && j.Exports[0].Status != "Exporting"
	})
	j.Model = download(t, j.Exports[0].DownloadURI)
	return j
}

// exportableDomain returns a classification domain whose models can be exported.
func exportableDomain(t *testing.T, domains []domain) domain {
	for _, d := range domains {
		if d.exportable && d.kind == "Classification" {
			return d
		}
	}
	require.FailNow(t, "there is no exportable domain", "%v", domains)
	return domain{}
}

// upload uploads the first image of a tag as a form, and the others in a batch.
func upload(t *testing.T, sdk api, id uuid.UUID, images map[string][][]byte) {
	for name, tagged := range images {
		tag := sdk.createTag(id, name)
		require.True(t, sdk.uploadData(id, tag, tagged[0]), name)
		require.True(t, sdk.uploadFiles(id, tag, tagged[1:]), name)
	}
}

// download downloads a model with the client of Azure Storage, which needs nothing but its link.
func download(t *testing.T, uri string) []byte {
	client, err := blob.NewClientWithNoCredential(uri, nil)
	require.NoError(t, err)
	response, err := client.DownloadStream(t.Context(), nil)
	require.NoError(t, err)
	return readAll(t, response.Body)
}

func (g goSDK) deleteProject(t *testing.T, a access, id uuid.UUID) { g.open(t, a).deleteProject(id) }

// projectError converts the error of the SDK, whose type both versions share.
func (g goSDK) projectError(t *testing.T, a access, id uuid.UUID) apiError {
	err := g.open(t, a).getProjectError(id)
	detailed, ok := errors.AsType[autorest.DetailedError](err)
	require.True(t, ok, "%#v", err)
	service, ok := errors.AsType[*azure.RequestError](err)
	require.True(t, ok, "%#v", err)
	return apiError{detailed.StatusCode.(int), service.ServiceError.Code, service.ServiceError.Message}
}

// authorize returns an authorizer for the header Training-Key. The SDK's authorizer for Cognitive Services supports
// only another header.
func authorize(key string) autorest.Authorizer {
	return autorest.NewAPIKeyAuthorizerWithHeaders(map[string]any{"Training-Key": key})
}

// value returns the value of a pointer, or the zero value for nil.
func value[T any](p *T) T {
	if p == nil {
		return *new(T)
	}
	return *p
}

// each converts the elements of a list.
func each[S, O any](list *[]S, convert func(S) O) []O {
	out := []O{}
	for _, s := range value(list) {
		out = append(out, convert(s))
	}
	return out
}

func readAll(t *testing.T, body io.ReadCloser) []byte {
	defer body.Close()
	data, err := io.ReadAll(body)
	require.NoError(t, err)
	return data
}
