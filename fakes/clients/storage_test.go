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

// storage is the queue and the container of a project.
type storage struct {
	queue     *azqueue.QueueClient
	container *container.Client
}

func newStorage(t *testing.T, connection string) storage {
	name := "clients-" + strings.ToLower(rand.Text())
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

// checkMessages checks that the queue contains the three documented messages and no others. It compares them as JSON
// with the exact names of the members.
func (s storage) checkMessages(t *testing.T, v workflowInput, j workflowResult) {
	id, iteration := j.Project.ID, j.Iterations[0].ID
	backup := s.container.NewBlobClient(backupName(v, j)).URL()
	want := []string{
		fmt.Sprintf(`{"version":"1.0","type":"ConnectionTest","Content":{"projectId":%q}}`, id),
		fmt.Sprintf(`{"version":"1.0","type":"Training","Content":{"projectId":%q,"iterationId":%q,`+
			`"trainingStatus":"TrainingCompleted"}}`, id, iteration),
		fmt.Sprintf(`{"version":"1.0","type":"Export","Content":{"projectId":%q,"iterationId":%q,`+
			`"exportStatus":"ExportCompleted","modelUri":%q}}`, id, iteration, backup),
	}
	var got []string
	waitUntil(t, "the messages", func() bool {
		got = s.messages(t)
		return len(got) >= len(want)
	})
	require.Len(t, got, len(want), "%q", got)
	for i := range want {
		assert.JSONEq(t, want[i], got[i])
	}
}

// messages returns the messages in the queue without removing them.
func (s storage) messages(t *testing.T) []string {
	limit := int32(32)
	response, err := s.queue.PeekMessages(t.Context(), &azqueue.PeekMessagesOptions{NumberOfMessages: &limit})
	require.NoError(t, err)
	var texts []string
	for _, m := range response.Messages {
		texts = append(texts, value(m.MessageText))
	}
	return texts
}

// checkBackup checks that the container contains the backup only. The test blob of the connection check must be
// deleted.
func (s storage) checkBackup(t *testing.T, v workflowInput, j workflowResult) {
	blobs := map[string][]byte{}
	for pages := s.container.NewListBlobsFlatPager(nil); pages.More(); {
		page, err := pages.NextPage(t.Context())
		require.NoError(t, err)
		for _, b := range page.Segment.BlobItems {
			blobs[value(b.Name)] = s.blob(t, value(b.Name))
		}
	}
	assert.Equal(t, map[string][]byte{backupName(v, j): j.Model}, blobs, "the backup is the model at downloadUri")
}

func (s storage) blob(t *testing.T, name string) []byte {
	response, err := s.container.NewBlobClient(name).DownloadStream(t.Context(), nil)
	require.NoError(t, err)
	return readAll(t, response.Body)
}

// backupName returns the documented name, {projectId} - {iterationId}.{platformType}.
func backupName(v workflowInput, j workflowResult) string {
	return fmt.Sprintf("%s - %s.%s", j.Project.ID, j.Iterations[0].ID, v.Platform)
}
