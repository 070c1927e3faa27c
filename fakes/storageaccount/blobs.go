package storageaccount

import (
	"encoding/xml"
	"net/http"
	"time"
)

// headers returns the response headers that describe the blob.
func (b *blob) headers() map[string]string {
	h := map[string]string{"Etag": b.etag, "Last-Modified": b.written.Format(http.TimeFormat), "Content-Md5": b.md5(),
		"Content-Type": b.contentType, "X-Ms-Blob-Type": "BlockBlob", "X-Ms-Creation-Time": b.written.Format(http.TimeFormat)}
	if b.version != "" {
		h["X-Ms-Version-Id"] = b.version
	}
	return h
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
