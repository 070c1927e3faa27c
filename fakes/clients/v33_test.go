package clients_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/Azure/azure-sdk-for-go/services/cognitiveservices/v3.3/customvision/training"
	"github.com/gofrs/uuid"
	"github.com/stretchr/testify/require"
)

// v33 is the Go SDK for v3.3.
type v33 struct {
	t   *testing.T
	sdk training.BaseClient
}

func openV33(t *testing.T, a access) api {
	sdk := training.New(a.Endpoint)
	sdk.Authorizer = authorize(a.Key)
	return v33{t, sdk}
}

func (c v33) domains() []domain {
	list, err := c.sdk.GetDomains(c.t.Context())
	require.NoError(c.t, err)
	return each(list.Value, func(d training.Domain) domain {
		return domain{value(d.ID), string(d.Type), value(d.Exportable)}
	})
}

// createProject creates the project with the SDK and then sets its storage URIs by a plain UpdateProject request. The
// API description of v3.3, and so every SDK generated from it, has no storage URIs in CreateProject and in the
// settings of a project.
func (c v33) createProject(v workflowInput, d domain) uuid.UUID {
	p, err := c.sdk.CreateProject(c.t.Context(), v.Name, v.Description, &d.id,
		string(training.Multiclass), []string{v.Platform})
	require.NoError(c.t, err)
	c.setStorageURIs(v, value(p.ID))
	return value(p.ID)
}

func (c v33) setStorageURIs(v workflowInput, project uuid.UUID) {
	settings := map[string]string{"exportModelContainerUri": v.Container, "notificationQueueUri": v.Queue}
	body, err := json.Marshal(map[string]any{"name": v.Name, "description": v.Description, "settings": settings})
	require.NoError(c.t, err)
	uri := v.Endpoint + "/customvision/v3.3/Training/projects/" + project.String()
	request, err := http.NewRequestWithContext(c.t.Context(), http.MethodPatch, uri, bytes.NewReader(body))
	require.NoError(c.t, err)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Training-Key", v.Key)
	response, err := http.DefaultClient.Do(request)
	require.NoError(c.t, err)
	require.Equal(c.t, http.StatusOK, response.StatusCode, "%s", readAll(c.t, response.Body))
}

func (c v33) project(id uuid.UUID) project {
	p, err := c.sdk.GetProject(c.t.Context(), id)
	require.NoError(c.t, err)
	return project{ID: value(p.ID), Name: value(p.Name), Description: value(p.Description)}
}

func (c v33) projects() []uuid.UUID {
	list, err := c.sdk.GetProjects(c.t.Context())
	require.NoError(c.t, err)
	return each(list.Value, func(p training.Project) uuid.UUID { return value(p.ID) })
}

func (c v33) rename(id uuid.UUID, name string) {
	p, err := c.sdk.GetProject(c.t.Context(), id)
	require.NoError(c.t, err)
	p.Name = &name
	_, err = c.sdk.UpdateProject(c.t.Context(), id, p)
	require.NoError(c.t, err)
}

func (c v33) deleteProject(id uuid.UUID) {
	_, err := c.sdk.DeleteProject(c.t.Context(), id)
	require.NoError(c.t, err)
}

func (c v33) createTag(project uuid.UUID, name string) uuid.UUID {
	tag, err := c.sdk.CreateTag(c.t.Context(), project, name, "", "")
	require.NoError(c.t, err)
	return value(tag.ID)
}

func (c v33) tags(project uuid.UUID) map[string]int {
	list, err := c.sdk.GetTags(c.t.Context(), project, nil)
	require.NoError(c.t, err)
	images := map[string]int{}
	for _, tag := range value(list.Value) {
		images[value(tag.Name)] = int(value(tag.ImageCount))
	}
	return images
}

func (c v33) uploadFiles(project, tag uuid.UUID, images [][]byte) bool {
	entries := each(&images, func(p []byte) training.ImageFileCreateEntry {
		return training.ImageFileCreateEntry{Contents: &p}
	})
	batch := training.ImageFileCreateBatch{Images: &entries, TagIds: &[]uuid.UUID{tag}}
	summary, err := c.sdk.CreateImagesFromFiles(c.t.Context(), project, batch)
	require.NoError(c.t, err)
	return value(summary.IsBatchSuccessful)
}

func (c v33) uploadData(project, tag uuid.UUID, image []byte) bool {
	body := io.NopCloser(bytes.NewReader(image))
	summary, err := c.sdk.CreateImagesFromData(c.t.Context(), project, body, []uuid.UUID{tag})
	require.NoError(c.t, err)
	return value(summary.IsBatchSuccessful)
}

func (c v33) train(project uuid.UUID) iteration {
	i, err := c.sdk.TrainProject(c.t.Context(), project, "", nil, nil, "", nil)
	require.NoError(c.t, err)
	return c.readIteration(i)
}

func (c v33) iteration(project, id uuid.UUID) iteration {
	i, err := c.sdk.GetIteration(c.t.Context(), project, id)
	require.NoError(c.t, err)
	return c.readIteration(i)
}

func (c v33) iterations(project uuid.UUID) []iteration {
	list, err := c.sdk.GetIterations(c.t.Context(), project)
	require.NoError(c.t, err)
	return each(list.Value, c.readIteration)
}

func (v33) readIteration(i training.Iteration) iteration {
	return iteration{value(i.ID), value(i.Status), value(i.Exportable)}
}

func (c v33) export(project, iteration uuid.UUID, platform string) export {
	e, err := c.sdk.ExportIteration(c.t.Context(), project, iteration, platform, "")
	require.NoError(c.t, err)
	return c.readExport(e)
}

func (c v33) exports(project, iteration uuid.UUID) []export {
	list, err := c.sdk.GetExports(c.t.Context(), project, iteration)
	require.NoError(c.t, err)
	return each(list.Value, c.readExport)
}

func (v33) readExport(e training.Export) export {
	return export{string(e.Platform), string(e.Status), value(e.DownloadURI)}
}

func (c v33) getProjectError(project uuid.UUID) error {
	_, err := c.sdk.GetProject(c.t.Context(), project)
	require.Error(c.t, err)
	return err
}
