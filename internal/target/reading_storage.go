package target

import (
	"context"
	"encoding/base64"
	"strings"

	"github.com/cvconform/cvconform/fakes/customvision"
	"github.com/cvconform/cvconform/internal/reading"
)

// A readingStorage is the storage of a fake that follows readings where its own choice
// is another: it renames what the fake stores, and encodes what it sends. A
// reading that is not there, or that leaves the choice, changes nothing.
type readingStorage struct {
	customvision.Storage
	readings map[string]string
}

// PutBlob stores the blob under the name that the readings give it.
func (d readingStorage) PutBlob(ctx context.Context, container, name string, data []byte) error {
	return d.Storage.PutBlob(ctx, container, d.name(name), data)
}

// DeleteBlob deletes the blob of the name that the readings give it.
func (d readingStorage) DeleteBlob(ctx context.Context, container, name string) error {
	return d.Storage.DeleteBlob(ctx, container, d.name(name))
}

// SendMessage sends the message with the blob's name, and in the encoding, of the
// readings.
func (d readingStorage) SendMessage(ctx context.Context, queue, text string) error {
	if d.readings[reading.BlobName] == "tight" {
		text = strings.Replace(text, "%20-%20", "-", 1) // in modelUri
	}
	if d.readings[reading.MessageEncoding] == "base64" {
		text = base64.StdEncoding.EncodeToString([]byte(text))
	}
	return d.Storage.SendMessage(ctx, queue, text)
}

// name is a blob's name as the readings have it: the test folder's spelling, the
// backup's hyphen.
func (d readingStorage) name(own string) string {
	folder, rest, inside := strings.Cut(own, "-TestPermission/")
	if spelling := d.readings[reading.TestFolder]; inside && strings.EqualFold(folder, spelling) {
		return spelling + "-TestPermission/" + rest
	}
	if d.readings[reading.BlobName] == "tight" {
		return strings.Replace(own, " - ", "-", 1)
	}
	return own
}
