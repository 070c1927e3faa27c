package target

import (
	"context"
	"strings"

	"github.com/cvconform/cvconform/fakes/customvision"
	"github.com/cvconform/cvconform/internal/reading"
)

// A readingStorage is the storage of a fake that follows the reading of the names of backups: it renames the blobs. A
// reading that is missing, or allows any choice, changes nothing.
type readingStorage struct {
	customvision.Storage
	readings map[string]string
}

// PutBlob stores the blob under the name according to the readings.
func (s readingStorage) PutBlob(ctx context.Context, container, name string, data []byte) error {
	return s.Storage.PutBlob(ctx, container, s.name(name), data)
}

// DeleteBlob deletes the blob with the name according to the readings.
func (s readingStorage) DeleteBlob(ctx context.Context, container, name string) error {
	return s.Storage.DeleteBlob(ctx, container, s.name(name))
}

// SendMessage sends the message with the blob's name according to the readings.
func (s readingStorage) SendMessage(ctx context.Context, queue, text string) error {
	if s.readings[reading.BlobName] == "tight" {
		text = strings.Replace(text, "%20-%20", "-", 1) // in modelUri
	}
	return s.Storage.SendMessage(ctx, queue, text)
}

// name returns a blob's name according to the reading that defines the hyphen in the name of a backup.
func (s readingStorage) name(original string) string {
	if s.readings[reading.BlobName] == "tight" {
		return strings.Replace(original, " - ", "-", 1)
	}
	return original
}
