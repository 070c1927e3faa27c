package storageaccount

import (
	"crypto/md5"
	"encoding/base64"
	"slices"
	"time"
)

// isCurrentAt reports whether b was the current content at that time.
func (b *blob) isCurrentAt(at time.Time) bool {
	return !b.written.After(at) && (b.ended.IsZero() || b.ended.After(at))
}

func (b *blob) md5() string {
	sum := md5.Sum(b.data) // Azure computes it for every blob
	return base64.StdEncoding.EncodeToString(sum[:])
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
