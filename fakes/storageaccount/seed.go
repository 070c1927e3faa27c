package storageaccount

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/cvconform/cvconform/fakes/customvision/azurestorage"
)

// A Write is one thing that the service under test did to the account.
type Write struct {
	At        time.Time
	Operation string // "PutBlob", "DeleteBlob" or "SendMessage"
	Resource  string // container or queue
	Object    string // blob; "" for a message
	Text      string // of a message
	ID        string // of a message
	ETag      string // of a blob, without quotes
	Length    int64  // of a blob or a message, bytes
	SHA256    string // of a blob, lower-case hex
}

// Written is what the service under test did and succeeded in, in order.
func (a *Account) Written() []Write {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.written)
}

// PutBlob implements customvision.Storage.
func (a *Account) PutBlob(ctx context.Context, container, name string, data []byte) error {
	sum := sha256.Sum256(data)
	w := Write{Operation: "PutBlob", Object: name, Length: int64(len(data)), SHA256: hex.EncodeToString(sum[:])}
	return a.apply(ctx, "blob", container, w, func(w *Write) error {
		b, err := a.putBlob(w.Resource, name, "", data)
		if err == nil {
			w.ETag = strings.Trim(b.etag, `"`)
		}
		return err
	})
}

// DeleteBlob implements customvision.Storage.
func (a *Account) DeleteBlob(ctx context.Context, container, name string) error {
	return a.apply(ctx, "blob", container, Write{Operation: "DeleteBlob", Object: name}, func(w *Write) error {
		return a.deleteBlob(w.Resource, name)
	})
}

// SendMessage implements customvision.Storage.
func (a *Account) SendMessage(ctx context.Context, queue, text string) error {
	w := Write{Operation: "SendMessage", Text: text, Length: int64(len(text))}
	return a.apply(ctx, "queue", queue, w, func(w *Write) error {
		m, err := a.sendMessage(w.Resource, text, messageLife, 0)
		if err == nil {
			w.ID = m.id
		}
		return err
	})
}

// apply does what the service under test asks for, and records it.
func (a *Account) apply(ctx context.Context, service, uri string, w Write, do func(*Write) error) (err error) {
	if w.Resource, err = a.resource(service, uri); err != nil {
		return err
	}
	if err := sleep(ctx, a.options.ServiceLatency); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := do(&w); err != nil {
		return err
	}
	w.At = now()
	a.written = append(a.written, w)
	return nil
}

// resource is the container or queue of this account that a URI names.
func (a *Account) resource(service, uri string) (string, error) {
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
