package clients_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/Azure/azure-sdk-for-go/services/preview/cognitiveservices/v3.4-preview/customvision/training"
	"github.com/gofrs/uuid"
	"github.com/stretchr/testify/require"
)

// v34Preview is the Go SDK for v3.4-preview.
type v34Preview struct {
	t   *testing.T
	sdk training.BaseClient
}

func openV34Preview(t *testing.T, a access) api {
	sdk := training.New(a.Endpoint)
	sdk.Authorizer = authorize(a.Key)
	return v34Preview{t, sdk}
}

func (c v34Preview) domains() []domain {
	list, err := c.sdk.GetDomains(c.t.Context())
	require.NoError(c.t, err)
	return each(list.Value, func(d training.Domain) domain {
		return domain{value(d.ID), string(d.Type), value(d.Exportable)}
	})
}

func (c v34Preview) createProject(v workflowInput, d domain) uuid.UUID {
	options := &training.CreateProjectOptions{ExportModelContainerURI: &v.Container, NotificationQueueURI: &v.Queue}
	p, err := c.sdk.CreateProject(c.t.Context(), v.Name, v.Description, &d.id,
		string(training.Multiclass), []string{v.Platform}, options)
	require.NoError(c.t, err)
	return value(p.ID)
}

func (c v34Preview) project(id uuid.UUID) project {
	p, err := c.sdk.GetProject(c.t.Context(), id)
	require.NoError(c.t, err)
	s := value(p.Settings)
	return project{value(p.ID), value(p.Name), value(p.Description),
		value(s.NotificationQueueURI), value(s.ExportModelContainerURI)}
}

func (c v34Preview) projects() []uuid.UUID {
	list, err := c.sdk.GetProjects(c.t.Context())
	require.NoError(c.t, err)
	return each(list.Value, func(p training.Project) uuid.UUID { return value(p.ID) })
}

func (c v34Preview) rename(id uuid.UUID, name string) {
	p, err := c.sdk.GetProject(c.t.Context(), id)
	require.NoError(c.t, err)
	p.Name = &name
	_, err = c.sdk.UpdateProject(c.t.Context(), id, p)
	require.NoError(c.t, err)
}

func (c v34Preview) deleteProject(id uuid.UUID) {
	_, err := c.sdk.DeleteProject(c.t.Context(), id)
	require.NoError(c.t, err)
}

func (c v34Preview) createTag(project uuid.UUID, name string) uuid.UUID {
	tag, err := c.sdk.CreateTag(c.t.Context(), project, name, "", "")
	require.NoError(c.t, err)
	return value(tag.ID)
}

func (c v34Preview) tags(project uuid.UUID) map[string]int {
	list, err := c.sdk.GetTags(c.t.Context(), project, nil)
	require.NoError(c.t, err)
	images := map[string]int{}
	for _, tag := range value(list.Value) {
		images[value(tag.Name)] = int(value(tag.ImageCount))
	}
	return images
}

func (c v34Preview) uploadFiles(project, tag uuid.UUID, images [][]byte) bool {
	entries := each(&images, func(p []byte) training.ImageFileCreateEntry {
		return training.ImageFileCreateEntry{Contents: &p}
	})
	batch := training.ImageFileCreateBatch{Images: &entries, TagIds: &[]uuid.UUID{tag}}
	summary, err := c.sdk.CreateImagesFromFiles(c.t.Context(), project, batch)
	require.NoError(c.t, err)
	return value(summary.IsBatchSuccessful)
}

func (c v34Preview) uploadData(project, tag uuid.UUID, image []byte) bool {
	body := io.NopCloser(bytes.NewReader(image))
	summary, err := c.sdk.CreateImagesFromData(c.t.Context(), project, body, []uuid.UUID{tag})
	require.NoError(c.t, err)
	return value(summary.IsBatchSuccessful)
}

func (c v34Preview) train(project uuid.UUID) iteration {
	i, err := c.sdk.TrainProject(c.t.Context(), project, "", nil, nil, "", nil)
	require.NoError(c.t, err)
	return c.readIteration(i)
}

func (c v34Preview) iteration(project, id uuid.UUID) iteration {
	i, err := c.sdk.GetIteration(c.t.Context(), project, id)
	require.NoError(c.t, err)
	return c.readIteration(i)
}

func (c v34Preview) iterations(project uuid.UUID) []iteration {
	list, err := c.sdk.GetIterations(c.t.Context(), project)
	require.NoError(c.t, err)
	return each(list.Value, c.readIteration)
}

func (v34Preview) readIteration(i training.Iteration) iteration {
	return iteration{value(i.ID), value(i.Status), value(i.Exportable)}
}

func (c v34Preview) export(project, iteration uuid.UUID, platform string) export {
	e, err := c.sdk.ExportIteration(c.t.Context(), project, iteration, platform, "")
	require.NoError(c.t, err)
	return c.readExport(e)
}

func (c v34Preview) exports(project, iteration uuid.UUID) []export {
	list, err := c.sdk.GetExports(c.t.Context(), project, iteration)
	require.NoError(c.t, err)
	return each(list.Value, c.readExport)
}

func (v34Preview) readExport(e training.Export) export {
	return export{string(e.Platform), string(e.Status), value(e.DownloadURI)}
}

func (c v34Preview) getProjectError(project uuid.UUID) error {
	_, err := c.sdk.GetProject(c.t.Context(), project)
	require.Error(c.t, err)
	return err
}
