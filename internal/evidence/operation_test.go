package evidence_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/internal/evidence"
)

func TestWrites(t *testing.T) {
	for _, name := range []string{"PutMessage", "UpdateMessage", "PutBlob", "PutBlock", "PutBlockList", "AppendBlock", "PutPage", "CopyBlob",
		"CopyBlobFromURL", "IncrementalCopyBlob", "PutBlobFromURL", "PutBlockFromURL", "AppendBlockFromURL", "PutPageFromURL", "SnapshotBlob",
		"UndeleteBlob", "CreateQueue", "CreateContainer"} {
		assert.True(t, evidence.Operation{Name: name}.Writes(), name)
	}
	for _, name := range []string{"", "GetBlob", "GetBlobProperties", "DeleteBlob", "ListBlobs", "GetMessages", "PeekMessages", "DeleteMessage",
		"ClearMessages", "GetQueueMetadata", "GetContainerProperties", "DeleteQueue", "DeleteContainer"} {
		assert.False(t, evidence.Operation{Name: name}.Writes(), name)
	}
}

func TestSucceeded(t *testing.T) {
	for status, want := range map[int]bool{0: false, 199: false, 200: true, 201: true, 299: true, 304: false, 403: false, 500: false} {
		assert.Equal(t, want, evidence.Operation{Status: status}.Succeeded(), status)
	}
}
