package defect

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/cvconform/cvconform/fakes/customvision/azurestorage"
)

// The types of messages.
const (
	connectionTest = "ConnectionTest"
	training       = "Training"
	export         = "Export"
)

// testFolder is the folder of the test blobs.
const testFolder = "CustomVision-TestPermission"

// unknownID is an id that no project and no iteration has.
const unknownID = "11111111-2222-3333-4444-555555555555"

// message is a message that the service sends to a queue.
type message struct {
	queue, text string
	request     *http.Request // during which it is sent; nil for background work
	lifetime    azurestorage.Lifetime
}

// call returns the API call during which the message is sent, empty for background work.
func (m message) call() string { return callOfRequest(m.request) }

// messageType returns the type of the message.
func (m message) messageType() string {
	var document struct{ Type string }
	_ = json.Unmarshal([]byte(m.text), &document)
	return document.Type
}

// contentField returns a string in the message's Content.
func (m message) contentField(name string) string {
	var document struct{ Content map[string]any }
	_ = json.Unmarshal([]byte(m.text), &document)
	value, _ := document.Content[name].(string)
	return value
}

// blob is a blob that the service writes or deletes.
type blob struct {
	container, name string
	data            []byte
	request         *http.Request // during which it is written or deleted; nil for background work
}

// call returns the API call during which the blob is written or deleted, empty for background work.
func (b blob) call() string { return callOfRequest(b.request) }

// isBackup reports whether the blob is a backup. Otherwise it is a test blob.
func (b blob) isBackup() bool { return strings.Contains(b.name, " - ") }

// projectID returns the id at the beginning of a backup's name.
func (b blob) projectID() string { return strings.ToLower(b.name[:min(36, len(b.name))]) }

func callOfRequest(r *http.Request) string {
	if r == nil {
		return ""
	}
	return callOf(r)
}

// sendFunc sends a message, and blobFunc writes or deletes a blob.
type (
	sendFunc = func(message) error
	blobFunc = func(blob) error
)

// storageInterceptor is a Storage that passes its traffic to functions. A nil function means no change.
type storageInterceptor struct {
	Storage
	send   func(message, sendFunc) error
	put    func(blob, blobFunc) error
	remove func(blob, blobFunc) error
}

// SendMessage implements Storage.
func (p storageInterceptor) SendMessage(ctx context.Context, queue, text string) error {
	send := func(m message) error {
		ctx := context.WithoutCancel(ctx)
		if m.lifetime != (azurestorage.Lifetime{}) {
			ctx = azurestorage.WithLifetime(ctx, m.lifetime)
		}
		return p.Storage.SendMessage(ctx, m.queue, m.text)
	}
	if p.send == nil {
		return send(message{queue: queue, text: text})
	}
	return p.send(message{queue: queue, text: text, request: requestOf(ctx)}, send)
}

// PutBlob implements Storage.
func (p storageInterceptor) PutBlob(ctx context.Context, container, name string, data []byte) error {
	put := func(b blob) error { return p.Storage.PutBlob(context.WithoutCancel(ctx), b.container, b.name, b.data) }
	if p.put == nil {
		return put(blob{container: container, name: name, data: data})
	}
	return p.put(blob{container, name, data, requestOf(ctx)}, put)
}

// DeleteBlob implements Storage.
func (p storageInterceptor) DeleteBlob(ctx context.Context, container, name string) error {
	remove := func(b blob) error { return p.Storage.DeleteBlob(context.WithoutCancel(ctx), b.container, b.name) }
	if p.remove == nil {
		return remove(blob{container: container, name: name})
	}
	return p.remove(blob{container: container, name: name, request: requestOf(ctx)}, remove)
}

// onSend intercepts messages.
func onSend(f func(message, sendFunc) error) change {
	return func(s *service) {
		s.intercept(func(next Storage) Storage { return storageInterceptor{Storage: next, send: f} })
	}
}

// onPut intercepts blobs that are written.
func onPut(f func(blob, blobFunc) error) change {
	return func(s *service) {
		s.intercept(func(next Storage) Storage { return storageInterceptor{Storage: next, put: f} })
	}
}

// onDelete intercepts blobs that are deleted.
func onDelete(f func(blob, blobFunc) error) change {
	return func(s *service) {
		s.intercept(func(next Storage) Storage { return storageInterceptor{Storage: next, remove: f} })
	}
}

// onMessage intercepts messages of one type. An empty type means all messages; the same holds for the functions below.
func onMessage(messageType string, f func(message, sendFunc) error) change {
	return onSend(func(m message, send sendFunc) error {
		if messageType != "" && m.messageType() != messageType {
			return send(m)
		}
		return f(m, send)
	})
}

// dropMessages suppresses messages.
func dropMessages(messageType string) change {
	return dropMessagesWhere(messageType, func(message) bool { return true })
}

func dropMessagesWhere(messageType string, where func(message) bool) change {
	return onMessage(messageType, func(m message, send sendFunc) error {
		if where(m) {
			return nil
		}
		return send(m)
	})
}

// duplicateMessages sends messages twice.
func duplicateMessages(messageType string) change {
	return duplicateMessagesWhere(messageType, func(message) bool { return true })
}

func duplicateMessagesWhere(messageType string, where func(message) bool) change {
	return onMessage(messageType, func(m message, send sendFunc) error {
		if err := send(m); err != nil || !where(m) {
			return err
		}
		return send(m)
	})
}

// delayMessages sends messages after a delay.
func delayMessages(messageType string, by time.Duration) change {
	return delayMessagesWhere(messageType, by, func(message) bool { return true })
}

func delayMessagesWhere(messageType string, by time.Duration, where func(message) bool) change {
	return func(s *service) {
		onMessage(messageType, func(m message, send sendFunc) error {
			if !where(m) {
				return send(m)
			}
			s.afterDelay(by, func() { _ = send(m) })
			return nil
		})(s)
	}
}

// editMessages changes the JSON document of messages. content is the document's Content.
func editMessages(messageType string, f func(doc, content map[string]any)) change {
	return editMessagesWhere(messageType, func(message) bool { return true }, f)
}

func editMessagesWhere(messageType string, where func(message) bool, f func(doc, content map[string]any)) change {
	return onMessage(messageType, func(m message, send sendFunc) error {
		if !where(m) {
			return send(m)
		}
		var doc map[string]any
		if err := json.Unmarshal([]byte(m.text), &doc); err != nil {
			return err
		}
		content, _ := doc["Content"].(map[string]any)
		f(doc, content)
		m.text = string(encode(doc))
		return send(m)
	})
}

// editMessageText changes the text of messages.
func editMessageText(messageType string, f func(string) string) change {
	return onMessage(messageType, func(m message, send sendFunc) error {
		m.text = f(m.text)
		return send(m)
	})
}

// setContent sets a member of Content.
func setContent(name string, value any) func(doc, content map[string]any) {
	return func(_, content map[string]any) { content[name] = value }
}

// dropContent deletes a member of Content.
func dropContent(name string) func(doc, content map[string]any) {
	return func(_, content map[string]any) { delete(content, name) }
}

// renameContent renames a member of Content.
func renameContent(from, to string) func(doc, content map[string]any) {
	return func(_, content map[string]any) {
		content[to] = content[from]
		delete(content, from)
	}
}

// lowerCaseContent renames Content to content.
func lowerCaseContent(doc, content map[string]any) {
	doc["content"] = content
	delete(doc, "Content")
}

// editBackups changes backups before they are written.
func editBackups(f func(blob) blob) change {
	return onPut(func(b blob, put blobFunc) error {
		if b.isBackup() {
			b = f(b)
		}
		return put(b)
	})
}

// renameBackups changes the names of backups.
func renameBackups(f func(string) string) change {
	return editBackups(func(b blob) blob { b.name = f(b.name); return b })
}

// dropBlobs suppresses writes of blobs.
func dropBlobs(where func(blob) bool) change {
	return onPut(func(b blob, put blobFunc) error {
		if where(b) {
			return nil
		}
		return put(b)
	})
}

// memo stores the first value of each key.
type memo[V any] struct {
	mu     sync.Mutex
	values map[string]V
}

// first returns the first value that was passed for key.
func (o *memo[V]) first(key string, value V) V {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.values == nil {
		o.values = map[string]V{}
	}
	if old, ok := o.values[key]; ok {
		return old
	}
	o.values[key] = value
	return value
}
