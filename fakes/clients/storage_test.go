package clients_test

import (
	"crypto/rand"
	"fmt"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A storage is a queue and a container that a project is tied to.
type storage struct {
	queue     *azqueue.QueueClient
	container *container.Client
}

func newStorage(t *testing.T, connection string) storage {
	name := "walk-" + strings.ToLower(rand.Text())
	queues, err := azqueue.NewServiceClientFromConnectionString(connection, nil)
	require.NoError(t, err)
	blobs, err := azblob.NewClientFromConnectionString(connection, nil)
	require.NoError(t, err)
	s := storage{queues.NewQueueClient(name), blobs.ServiceClient().NewContainerClient(name)}
	_, err = s.queue.Create(t.Context(), nil)
	require.NoError(t, err)
	_, err = s.container.Create(t.Context(), nil)
	require.NoError(t, err)
	return s
}

// checkMessages wants the three messages of the guide and no other. Texts are
// compared as JSON, because the spelling of the members is part of it.
func (s storage) checkMessages(t *testing.T, v visit, j journey) {
	id, iteration := j.Project.ID, j.Iterations[0].ID
	backup := s.container.NewBlobClient(backupName(v, j)).URL()
	want := []string{
		fmt.Sprintf(`{"version":"1.0","type":"ConnectionTest","Content":{"projectId":%q}}`, id),
		fmt.Sprintf(
			`{"version":"1.0","type":"Training","Content":{"projectId":%q,"iterationId":%q,"trainingStatus":"TrainingCompleted"}}`,
			id,
			iteration,
		),
		fmt.Sprintf(
			`{"version":"1.0","type":"Export","Content":{"projectId":%q,"iterationId":%q,"exportStatus":"ExportCompleted","modelUri":%q}}`,
			id,
			iteration,
			backup,
		),
	}
	var got []string
	until(t, "the messages", func() bool {
		got = s.messages(t)
		return len(got) >= len(want)
	})
	require.Len(t, got, len(want), "%q", got)
	for i := range want {
		assert.JSONEq(t, want[i], got[i])
	}
}

// messages are what the queue holds; they stay there.
func (s storage) messages(t *testing.T) []string {
	most := int32(32)
	response, err := s.queue.PeekMessages(t.Context(), &azqueue.PeekMessagesOptions{NumberOfMessages: &most})
	require.NoError(t, err)
	var texts []string
	for _, m := range response.Messages {
		texts = append(texts, value(m.MessageText))
	}
	return texts
}

// checkBackup wants the backup alone in the container: what the connection
// check wrote is gone.
func (s storage) checkBackup(t *testing.T, v visit, j journey) {
	blobs := map[string][]byte{}
	for pages := s.container.NewListBlobsFlatPager(nil); pages.More(); {
		page, err := pages.NextPage(t.Context())
		require.NoError(t, err)
		for _, b := range page.Segment.BlobItems {
			blobs[value(b.Name)] = s.blob(t, value(b.Name))
		}
	}
	assert.Equal(t, map[string][]byte{backupName(v, j): j.Model}, blobs, "the backup is the model of downloadUri")
}

func (s storage) blob(t *testing.T, name string) []byte {
	response, err := s.container.NewBlobClient(name).DownloadStream(t.Context(), nil)
	require.NoError(t, err)
	return readAll(t, response.Body)
}

// backupName is the guide's pattern, {projectId} - {iterationId}.{platformType}.
func backupName(v visit, j journey) string {
	return fmt.Sprintf("%s - %s.%s", j.Project.ID, j.Iterations[0].ID, v.Platform)
}
