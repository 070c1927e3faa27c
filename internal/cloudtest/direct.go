package cloudtest

import (
	"context"
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
}

// Written is what the service under test did and succeeded in, in order.
func (a *Account) Written() []Write {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.written)
}

// PutBlob implements customvision.Storage.
func (a *Account) PutBlob(ctx context.Context, container, name string, data []byte) error {
	return a.directly(ctx, "blob", container, Write{Operation: "PutBlob", Object: name}, func(resource string) error {
		_, err := a.putBlob(resource, name, "", data)
		return err
	})
}

// DeleteBlob implements customvision.Storage.
func (a *Account) DeleteBlob(ctx context.Context, container, name string) error {
	return a.directly(ctx, "blob", container, Write{Operation: "DeleteBlob", Object: name}, func(resource string) error {
		return a.deleteBlob(resource, name)
	})
}

// SendMessage implements customvision.Storage.
func (a *Account) SendMessage(ctx context.Context, queue, text string) error {
	return a.directly(ctx, "queue", queue, Write{Operation: "SendMessage", Text: text}, func(resource string) error {
		_, err := a.sendMessage(resource, text, messageLife, 0)
		return err
	})
}

// directly does what the service under test asks for, and records it.
func (a *Account) directly(ctx context.Context, service, uri string, w Write, do func(resource string) error) error {
	resource, err := a.resource(service, uri)
	if err != nil {
		return err
	}
	if err := pass(ctx, a.options.ServiceLatency); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := do(resource); err != nil {
		return err
	}
	w.At, w.Resource = now(), resource
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
