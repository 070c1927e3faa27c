package storageaccount

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/cvconform/cvconform/fakes/customvision/azurestorage"
)

// Writes returns the writes through the methods of customvision.Storage, in order.
func (a *Account) Writes() []Write {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.writes)
}

// PutBlob implements customvision.Storage. The URI of the container may begin with http or https.
func (a *Account) PutBlob(ctx context.Context, container, name string, data []byte) error {
	sum := sha256.Sum256(data)
	w := Write{Operation: "PutBlob", Object: name, Length: int64(len(data)), SHA256: hex.EncodeToString(sum[:])}
	return a.write(ctx, "blob", container, w, func(w *Write) error {
		b, err := a.store.putBlob(w.Resource, name, "", data)
		if err == nil {
			w.ETag = strings.Trim(b.etag, `"`)
		}
		return err
	})
}

// DeleteBlob implements customvision.Storage.
func (a *Account) DeleteBlob(ctx context.Context, container, name string) error {
	return a.write(ctx, "blob", container, Write{Operation: "DeleteBlob", Object: name}, func(w *Write) error {
		return a.store.deleteBlob(w.Resource, name)
	})
}

// SendMessage implements customvision.Storage.
func (a *Account) SendMessage(ctx context.Context, queue, text string) error {
	w := Write{Operation: "SendMessage", Text: text, Length: int64(len(text))}
	return a.write(ctx, "queue", queue, w, func(w *Write) error {
		m, err := a.store.sendMessage(w.Resource, text, defaultMessageLifetime, 0)
		if err == nil {
			w.ID = m.id
		}
		return err
	})
}

// write performs a write with the account's lock held and records it if it succeeds.
func (a *Account) write(
	ctx context.Context, service, uri string, w Write, perform func(*Write) error,
) (err error) {
	if w.Resource, err = a.resourceName(service, uri); err != nil {
		return err
	}
	if err := sleep(ctx, a.options.ServiceLatency); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := perform(&w); err != nil {
		return err
	}
	w.At = now()
	a.writes = append(a.writes, w)
	return nil
}

// resourceName returns the name of the container or queue that a URI of this account identifies.
func (a *Account) resourceName(service, uri string) (string, error) {
	if err := azurestorage.CheckURI(uri, service); err != nil {
		return "", err
	}
	u, err := url.Parse(uri)
	if err != nil {
		return "", err
	}
	if own := map[string]string{"blob": a.BlobHost(), "queue": a.QueueHost()}[service]; u.Hostname() != own {
		return "", fmt.Errorf("storage was not reached: no such host %s", u.Hostname())
	}
	return strings.Trim(u.Path, "/"), nil
}
