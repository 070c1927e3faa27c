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

// existingContainer returns a container that is not deleted.
func (s *store) existingContainer(name string) (*container, error) {
	c := s.containers[name]
	if c == nil || !c.deleted.IsZero() {
		return nil, errContainerNotFound()
	}
	return c, nil
}

// createContainer creates an empty container.
func (s *store) createContainer(name string) (*container, error) {
	switch c := s.containers[name]; {
	case !isValidName(name):
		return nil, errInvalidName()
	case c != nil && c.deleted.IsZero():
		return nil, errContainerExists()
	case c != nil && now().Before(c.deleted.Add(s.options.Deleting)):
		return nil, errContainerBeingDeleted()
	}
	c := &container{name: name, etag: s.newETag(), created: now()}
	s.containers[name] = c
	return c, nil
}

// putBlob writes a blob and overwrites an existing one.
func (s *store) putBlob(containerName, name, contentType string, data []byte) (*blob, error) {
	c, err := s.existingContainer(containerName)
	if err != nil {
		return nil, err
	}
	if old := c.findBlob(name, ""); old != nil {
		old.ended, old.overwritten = now(), true
	}
	b := &blob{name: name, data: slices.Clone(data), contentType: contentType, etag: s.newETag(), written: now()}
	if b.data == nil {
		b.data = []byte{}
	}
	if b.contentType == "" {
		b.contentType = "application/octet-stream"
	}
	if s.options.Versioning {
		b.version = s.newVersion()
	}
	c.blobs = append(c.blobs, b)
	return b, nil
}

// newVersion returns the id of a version: its time, which no other version has.
func (s *store) newVersion() string {
	s.lastVersion = s.lastVersion.Add(100 * time.Nanosecond)
	if at := now(); at.After(s.lastVersion) {
		s.lastVersion = at
	}
	return formatVersion(s.lastVersion)
}

// formatVersion returns the id of the version or snapshot of that time.
func formatVersion(t time.Time) string { return t.Format("2006-01-02T15:04:05.0000000Z") }

// deleteBlob deletes the current content of a blob.
func (s *store) deleteBlob(containerName, name string) error {
	c, err := s.existingContainer(containerName)
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
		"GET account list":       {"ListContainers", handleListContainers},
		"GET account properties": {"GetBlobServiceProperties", handleBlobServiceProperties},
		"PUT resource":           {"CreateContainer", handleCreateContainer},
		"GET resource":           {"GetContainerProperties", handleContainerProperties},
		"HEAD resource":          {"GetContainerProperties", handleContainerProperties},
		"DELETE resource":        {"DeleteContainer", handleDeleteContainer},
		"GET resource list":      {"ListBlobs", handleListBlobs},
		"PUT object":             {"PutBlob", handlePutBlob},
		"GET object":             {"GetBlob", handleGetBlob},
		"HEAD object":            {"GetBlobProperties", handleGetBlob},
		"DELETE object":          {"DeleteBlob", handleDeleteBlob},
	}
}

func handleCreateContainer(s *store, q *request) (response, error) {
	c, err := s.createContainer(q.resource)
	if err != nil {
		return response{}, err
	}
	return response{status: http.StatusCreated, header: c.headers()}, nil
}

func (c *container) headers() map[string]string {
	return map[string]string{"Etag": c.etag, "Last-Modified": c.created.Format(http.TimeFormat)}
}

func handleContainerProperties(s *store, q *request) (response, error) {
	c, err := s.existingContainer(q.resource)
	if err != nil {
		return response{}, err
	}
	return response{header: c.headers()}, nil
}

func handleDeleteContainer(s *store, q *request) (response, error) {
	c, err := s.existingContainer(q.resource)
	if err != nil {
		return response{}, err
	}
	c.deleted = now()
	return response{status: http.StatusAccepted}, nil
}

func handlePutBlob(s *store, q *request) (response, error) {
	if q.Header.Get("X-Ms-Blob-Type") != "BlockBlob" {
		return response{}, errBlobType()
	}
	contentType := q.Header.Get("X-Ms-Blob-Content-Type")
	if contentType == "" {
		contentType = q.Header.Get("Content-Type")
	}
	b, err := s.putBlob(q.resource, q.object, contentType, q.body)
	if err != nil {
		return response{}, err
	}
	h := b.headers()
	delete(h, "Content-Type")
	return response{status: http.StatusCreated, header: h}, nil
}

func handleGetBlob(s *store, q *request) (response, error) {
	c, err := s.existingContainer(q.resource)
	if err != nil {
		return response{}, err
	}
	b := c.findBlob(q.object, q.URL.Query().Get("versionid"))
	if b == nil {
		return response{}, errBlobNotFound()
	}
	return response{header: b.headers(), content: b.data, modified: b.written}, nil
}

func handleDeleteBlob(s *store, q *request) (response, error) {
	if err := s.deleteBlob(q.resource, q.object); err != nil {
		return response{}, err
	}
	return response{status: http.StatusAccepted}, nil
}

// handleBlobServiceProperties returns whether soft delete is enabled. The operation does not return whether versioning
// is.
func handleBlobServiceProperties(s *store, _ *request) (response, error) {
	type retention struct {
		Enabled bool
		Days    int `xml:",omitempty"`
	}
	type properties struct {
		XMLName               xml.Name `xml:"StorageServiceProperties"`
		DeleteRetentionPolicy retention
	}
	days := int((s.options.SoftDelete + 24*time.Hour - 1) / (24 * time.Hour))
	return response{xml: properties{DeleteRetentionPolicy: retention{Enabled: days > 0, Days: days}}}, nil
}
