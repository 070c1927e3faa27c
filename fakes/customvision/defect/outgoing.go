package defect

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"
)

// The types of messages.
const (
	test     = "ConnectionTest"
	training = "Training"
	export   = "Export"
)

// testFolder is where the service's test blobs lie.
const testFolder = "Customvision-TestPermission"

// A outgoingMessage is a message on its way into a queue.
type outgoingMessage struct {
	queue, text string
	asked       *http.Request // that it is sent for; nil for work in the background
}

// during is the call that sends it; "" for work in the background.
func (l outgoingMessage) during() string { return callDuring(l.asked) }

// A blob is a blob on its way into a container, or out of it.
type blob struct {
	container, name string
	data            []byte
	asked           *http.Request // that it is stored for; nil for work in the background
}

// during is the call that stores it; "" for work in the background.
func (b blob) during() string { return callDuring(b.asked) }

func callDuring(r *http.Request) string {
	if r == nil {
		return ""
	}
	return callOf(r)
}

// backup says whether the blob is a backup and not a test blob.
func (b blob) backup() bool { return strings.Contains(b.name, " - ") }

// project is the id at the beginning of a backup's name.
func (b blob) project() string { return strings.ToLower(b.name[:min(36, len(b.name))]) }

// A interceptedStorage is storage whose traffic changes may touch; nil means as it comes.
type interceptedStorage struct {
	Storage
	send   func(outgoingMessage, func(outgoingMessage) error) error
	put    func(blob, func(blob) error) error
	remove func(blob, func(blob) error) error
}

func (p interceptedStorage) SendMessage(ctx context.Context, queue, text string) error {
	send := func(l outgoingMessage) error {
		return p.Storage.SendMessage(context.WithoutCancel(ctx), l.queue, l.text)
	}
	if p.send == nil {
		return send(outgoingMessage{queue: queue, text: text})
	}
	return p.send(outgoingMessage{queue, text, asked(ctx)}, send)
}

func (p interceptedStorage) PutBlob(ctx context.Context, container, name string, data []byte) error {
	put := func(b blob) error { return p.Storage.PutBlob(context.WithoutCancel(ctx), b.container, b.name, b.data) }
	if p.put == nil {
		return put(blob{container: container, name: name, data: data})
	}
	return p.put(blob{container, name, data, asked(ctx)}, put)
}

func (p interceptedStorage) DeleteBlob(ctx context.Context, container, name string) error {
	remove := func(b blob) error { return p.Storage.DeleteBlob(context.WithoutCancel(ctx), b.container, b.name) }
	if p.remove == nil {
		return remove(blob{container: container, name: name})
	}
	return p.remove(blob{container: container, name: name, asked: asked(ctx)}, remove)
}

// asked is the request for which the service uses its storage.
func asked(ctx context.Context) *http.Request {
	r, _ := ctx.Value(requestKey{}).(*http.Request)
	return r
}

// sending, storing and deleting put a change between the service and its storage.
func sending(f func(outgoingMessage, func(outgoingMessage) error) error) change {
	return func(s *service) { s.posts = append(s.posts, interceptedStorage{send: f}) }
}

func storing(f func(blob, func(blob) error) error) change {
	return func(s *service) { s.posts = append(s.posts, interceptedStorage{put: f}) }
}

func deleting(f func(blob, func(blob) error) error) change {
	return func(s *service) { s.posts = append(s.posts, interceptedStorage{remove: f}) }
}

// kind is the message's type.
func (l outgoingMessage) kind() string {
	var m struct{ Type string }
	_ = json.Unmarshal([]byte(l.text), &m)
	return m.Type
}

// about is an id in the message's Content.
func (l outgoingMessage) about(member string) string {
	var m struct{ Content map[string]any }
	_ = json.Unmarshal([]byte(l.text), &m)
	id, _ := m.Content[member].(string)
	return id
}

// handling is a change in how messages of one type are sent; "" means all types.
func handling(kind string, f func(outgoingMessage, func(outgoingMessage) error) error) change {
	return sending(func(l outgoingMessage, send func(outgoingMessage) error) error {
		if kind != "" && l.kind() != kind {
			return send(l)
		}
		return f(l, send)
	})
}

// lose loses messages of a type.
func lose(kind string) change { return loseWhere(kind, func(outgoingMessage) bool { return true }) }

func loseWhere(kind string, where func(outgoingMessage) bool) change {
	return handling(kind, func(l outgoingMessage, send func(outgoingMessage) error) error {
		if where(l) {
			return nil
		}
		return send(l)
	})
}

// double sends messages of a type twice.
func double(kind string) change { return doubleWhere(kind, func(outgoingMessage) bool { return true }) }

func doubleWhere(kind string, where func(outgoingMessage) bool) change {
	return handling(kind, func(l outgoingMessage, send func(outgoingMessage) error) error {
		if err := send(l); err != nil || !where(l) {
			return err
		}
		return send(l)
	})
}

// delay sends messages of a type so much later.
func delay(kind string, by time.Duration) change {
	return delayWhere(kind, by, func(outgoingMessage) bool { return true })
}

func delayWhere(kind string, by time.Duration, where func(outgoingMessage) bool) change {
	return func(s *service) {
		handling(kind, func(l outgoingMessage, send func(outgoingMessage) error) error {
			if !where(l) {
				return send(l)
			}
			s.later(by, func() { _ = send(l) })
			return nil
		})(s)
	}
}

// rewrite changes the document of the messages of a type.
func rewrite(kind string, f func(doc, content map[string]any)) change {
	return handling(kind, func(l outgoingMessage, send func(outgoingMessage) error) error {
		var doc map[string]any
		if err := json.Unmarshal([]byte(l.text), &doc); err != nil {
			return err
		}
		content, _ := doc["Content"].(map[string]any)
		f(doc, content)
		l.text = string(encoded(doc))
		return send(l)
	})
}

// rewriteText changes the text of the messages of a type.
func rewriteText(kind string, f func(string) string) change {
	return handling(kind, func(l outgoingMessage, send func(outgoingMessage) error) error {
		l.text = f(l.text)
		return send(l)
	})
}

// setContent sets one member of Content.
func setContent(name string, value any) func(doc, content map[string]any) {
	return func(_, content map[string]any) { content[name] = value }
}

// dropContent deletes one member of Content.
func dropContent(name string) func(doc, content map[string]any) {
	return func(_, content map[string]any) { delete(content, name) }
}

// smallContent spells Content small.
func smallContent(doc, content map[string]any) {
	doc["content"] = content
	delete(doc, "Content")
}

// unknownID is the id of nothing.
const unknownID = "11111111-2222-3333-4444-555555555555"

// renameContent renames one member of Content.
func renameContent(from, to string) func(doc, content map[string]any) {
	return func(_, content map[string]any) {
		content[to] = content[from]
		delete(content, from)
	}
}

// copying changes backups before they are stored.
func copying(f func(blob) blob) change {
	return storing(func(b blob, put func(blob) error) error {
		if b.backup() {
			b = f(b)
		}
		return put(b)
	})
}

// renaming changes the names of backups.
func renaming(f func(string) string) change {
	return copying(func(b blob) blob { b.name = f(b.name); return b })
}

// losing stores no blob where the condition holds.
func losing(where func(blob) bool) change {
	return storing(func(b blob, put func(blob) error) error {
		if where(b) {
			return nil
		}
		return put(b)
	})
}

// A memo remembers the first value put into it under a key.
type memo[V any] struct {
	mu   sync.Mutex
	kept map[string]V
}

func (b *memo[V]) first(key string, value V) V {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.kept == nil {
		b.kept = map[string]V{}
	}
	if old, ok := b.kept[key]; ok {
		return old
	}
	b.kept[key] = value
	return value
}
