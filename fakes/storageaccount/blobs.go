package storageaccount

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/xml"
	"net/http"
	"slices"
	"time"
)

// container is a container with every content that its blobs have had. A listing at any time is derived from that.
type container struct {
	name    string
	etag    string
	created time.Time
	deleted time.Time // zero while the container exists
	blobs   []*blob
}

// blob is one content of a blob, from the time it was written until the blob was deleted or overwritten.
type blob struct {
	name        string
	data        []byte
	contentType string
	etag        string
	version     string // empty without versioning
	written     time.Time
	ended       time.Time // zero while it is the current content
	overwritten bool      // reports how it ended
}

// isCurrentAt reports whether b was the current content at that time.
func (b *blob) isCurrentAt(at time.Time) bool {
	return !b.written.After(at) && (b.ended.IsZero() || b.ended.After(at))
}

func (b *blob) md5() string {
	sum := md5.Sum(b.data) // Azure computes it for every blob
	return base64.StdEncoding.EncodeToString(sum[:])
}

// headers returns the response headers that describe the blob.
func (b *blob) headers() map[string]string {
	h := map[string]string{"Etag": b.etag, "Last-Modified": b.written.Format(http.TimeFormat), "Content-Md5": b.md5(),
		"Content-Type": b.contentType, "X-Ms-Blob-Type": "BlockBlob", "X-Ms-Creation-Time": b.written.Format(http.TimeFormat)}
	if b.version != "" {
		h["X-Ms-Version-Id"] = b.version
	}
	return h
}

// findBlob returns the current content of a blob, or a version of it; nil if there is none.
func (c *container) findBlob(name, version string) *blob {
	for _, b := range slices.Backward(c.blobs) {
		if b.name == name && (version == "" && b.ended.IsZero() || version != "" && b.version == version) {
			return b
		}
	}
	return nil
}

// existingContainer returns a container that is not deleted. The caller holds a.mu.
func (a *Account) existingContainer(name string) (*container, error) {
	c := a.containers[name]
	if c == nil || !c.deleted.IsZero() {
		return nil, errContainerNotFound()
	}
	return c, nil
}

// createContainer creates an empty container. The caller holds a.mu.
func (a *Account) createContainer(name string) (*container, error) {
	switch c := a.containers[name]; {
	case !isValidName(name):
		return nil, errInvalidName()
	case c != nil && c.deleted.IsZero():
		return nil, errContainerExists()
	case c != nil && now().Before(c.deleted.Add(a.options.Deleting)):
		return nil, errContainerBeingDeleted()
	}
	c := &container{name: name, etag: a.newETag(), created: now()}
	a.containers[name] = c
	return c, nil
}

// putBlob writes a blob and overwrites an existing one. The caller holds a.mu.
func (a *Account) putBlob(containerName, name, contentType string, data []byte) (*blob, error) {
	c, err := a.existingContainer(containerName)
	if err != nil {
		return nil, err
	}
	if old := c.findBlob(name, ""); old != nil {
		old.ended, old.overwritten = now(), true
	}
	b := &blob{name: name, data: slices.Clone(data), contentType: contentType, etag: a.newETag(), written: now()}
	if b.data == nil {
		b.data = []byte{}
	}
	if b.contentType == "" {
		b.contentType = "application/octet-stream"
	}
	if a.options.Versioning {
		b.version = a.newVersion()
	}
	c.blobs = append(c.blobs, b)
	return b, nil
}

// newVersion returns the id of a version: its time, which no other version has. The caller holds a.mu.
func (a *Account) newVersion() string {
	a.lastVersion = a.lastVersion.Add(100 * time.Nanosecond)
	if at := now(); at.After(a.lastVersion) {
		a.lastVersion = at
	}
	return formatVersion(a.lastVersion)
}

// formatVersion returns the id of the version or snapshot of that time.
func formatVersion(t time.Time) string { return t.Format("2006-01-02T15:04:05.0000000Z") }

// deleteBlob deletes the current content of a blob. The caller holds a.mu.
func (a *Account) deleteBlob(containerName, name string) error {
	c, err := a.existingContainer(containerName)
	if err != nil {
		return err
	}
	b := c.findBlob(name, "")
	if b == nil {
		return errBlobNotFound()
	}
	b.ended = now()
	return nil
}

// blobOperations returns the operations of the blob service.
func blobOperations() map[string]operation {
	return map[string]operation{
		"GET account list":       {"ListContainers", (*Account).handleListContainers},
		"GET account properties": {"GetBlobServiceProperties", (*Account).handleBlobServiceProperties},
		"PUT resource":           {"CreateContainer", (*Account).handleCreateContainer},
		"GET resource":           {"GetContainerProperties", (*Account).handleContainerProperties},
		"HEAD resource":          {"GetContainerProperties", (*Account).handleContainerProperties},
		"DELETE resource":        {"DeleteContainer", (*Account).handleDeleteContainer},
		"GET resource list":      {"ListBlobs", (*Account).handleListBlobs},
		"PUT object":             {"PutBlob", (*Account).handlePutBlob},
		"GET object":             {"GetBlob", (*Account).handleGetBlob},
		"HEAD object":            {"GetBlobProperties", (*Account).handleGetBlob},
		"DELETE object":          {"DeleteBlob", (*Account).handleDeleteBlob},
	}
}

func (a *Account) handleCreateContainer(q *request) (response, error) {
	c, err := a.createContainer(q.resource)
	if err != nil {
		return response{}, err
	}
	return response{status: http.StatusCreated, header: c.headers()}, nil
}

func (c *container) headers() map[string]string {
	return map[string]string{"Etag": c.etag, "Last-Modified": c.created.Format(http.TimeFormat)}
}

func (a *Account) handleContainerProperties(q *request) (response, error) {
	c, err := a.existingContainer(q.resource)
	if err != nil {
		return response{}, err
	}
	return response{header: c.headers()}, nil
}

func (a *Account) handleDeleteContainer(q *request) (response, error) {
	c, err := a.existingContainer(q.resource)
	if err != nil {
		return response{}, err
	}
	c.deleted = now()
	return response{status: http.StatusAccepted}, nil
}

func (a *Account) handlePutBlob(q *request) (response, error) {
	if q.Header.Get("X-Ms-Blob-Type") != "BlockBlob" {
		return response{}, errBlobType()
	}
	contentType := q.Header.Get("X-Ms-Blob-Content-Type")
	if contentType == "" {
		contentType = q.Header.Get("Content-Type")
	}
	b, err := a.putBlob(q.resource, q.object, contentType, q.body)
	if err != nil {
		return response{}, err
	}
	h := b.headers()
	delete(h, "Content-Type")
	return response{status: http.StatusCreated, header: h}, nil
}

func (a *Account) handleGetBlob(q *request) (response, error) {
	c, err := a.existingContainer(q.resource)
	if err != nil {
		return response{}, err
	}
	b := c.findBlob(q.object, q.URL.Query().Get("versionid"))
	if b == nil {
		return response{}, errBlobNotFound()
	}
	return response{header: b.headers(), content: b.data, modified: b.written}, nil
}

func (a *Account) handleDeleteBlob(q *request) (response, error) {
	if err := a.deleteBlob(q.resource, q.object); err != nil {
		return response{}, err
	}
	return response{status: http.StatusAccepted}, nil
}

// handleBlobServiceProperties returns whether soft delete is enabled. The operation does not return whether versioning
// is.
func (a *Account) handleBlobServiceProperties(*request) (response, error) {
	type retention struct {
		Enabled bool
		Days    int `xml:",omitempty"`
	}
	type properties struct {
		XMLName               xml.Name `xml:"StorageServiceProperties"`
		DeleteRetentionPolicy retention
	}
	days := int((a.options.SoftDelete + 24*time.Hour - 1) / (24 * time.Hour))
	return response{xml: properties{DeleteRetentionPolicy: retention{Enabled: days > 0, Days: days}}}, nil
}
