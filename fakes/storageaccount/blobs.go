package storageaccount

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/xml"
	"net/http"
	"slices"
	"time"
)

// A container holds all that its blobs ever were: what a list shows at a time
// follows from that.
type container struct {
	name    string
	etag    string
	made    time.Time
	deleted time.Time // zero while it is there
	blobs   []*blob
}

// A blob is one content that a blob had, from when it was put until it was
// deleted or overwritten.
type blob struct {
	name        string
	data        []byte
	contentType string
	etag        string
	version     string // "" without versioning
	put         time.Time
	ended       time.Time // zero while it is the blob
	overwritten bool      // how it ended
}

// liveAt says whether it was the blob at that time.
func (b *blob) liveAt(at time.Time) bool {
	return !b.put.After(at) && (b.ended.IsZero() || b.ended.After(at))
}

func (b *blob) md5() string {
	sum := md5.Sum(b.data) // which storage keeps for every blob
	return base64.StdEncoding.EncodeToString(sum[:])
}

// headers are what a call that concerns the blob answers.
func (b *blob) headers() map[string]string {
	h := map[string]string{"Etag": b.etag, "Last-Modified": b.put.Format(http.TimeFormat), "Content-Md5": b.md5(),
		"Content-Type": b.contentType, "X-Ms-Blob-Type": "BlockBlob", "X-Ms-Creation-Time": b.put.Format(http.TimeFormat)}
	if b.version != "" {
		h["X-Ms-Version-Id"] = b.version
	}
	return h
}

// blob is the content that a name has now, or that it had as a version; nil if
// there is none.
func (c *container) blob(name, version string) *blob {
	for _, b := range slices.Backward(c.blobs) {
		if b.name == name && (version == "" && b.ended.IsZero() || version != "" && b.version == version) {
			return b
		}
	}
	return nil
}

// container is one that is there; the caller holds the lock.
func (a *Account) container(name string) (*container, error) {
	c := a.containers[name]
	if c == nil || !c.deleted.IsZero() {
		return nil, errNoContainer()
	}
	return c, nil
}

func (a *Account) makeContainer(name string) (*container, error) {
	switch c := a.containers[name]; {
	case !validName(name):
		return nil, errName()
	case c != nil && c.deleted.IsZero():
		return nil, errContainerThere()
	case c != nil && now().Before(c.deleted.Add(a.options.Deleting)):
		return nil, errContainerGoing()
	}
	c := &container{name: name, etag: a.etag(), made: now()}
	a.containers[name] = c
	return c, nil
}

// putBlob writes a blob, over one of that name if there is one.
func (a *Account) putBlob(in, name, contentType string, data []byte) (*blob, error) {
	c, err := a.container(in)
	if err != nil {
		return nil, err
	}
	if old := c.blob(name, ""); old != nil {
		old.ended, old.overwritten = now(), true
	}
	b := &blob{name: name, data: slices.Clone(data), contentType: contentType, etag: a.etag(), put: now()}
	if b.data == nil {
		b.data = []byte{}
	}
	if b.contentType == "" {
		b.contentType = "application/octet-stream"
	}
	if a.options.Versioning {
		b.version = a.version()
	}
	c.blobs = append(c.blobs, b)
	return b, nil
}

// version is the time of a version, which no other has.
func (a *Account) version() string {
	a.stamped = a.stamped.Add(100 * time.Nanosecond)
	if at := now(); at.After(a.stamped) {
		a.stamped = at
	}
	return versionTime(a.stamped)
}

// versionTime is a time as versions and snapshots are called by it.
func versionTime(t time.Time) string { return t.Format("2006-01-02T15:04:05.0000000Z") }

func (a *Account) deleteBlob(in, name string) error {
	c, err := a.container(in)
	if err != nil {
		return err
	}
	b := c.blob(name, "")
	if b == nil {
		return errNoBlob()
	}
	b.ended = now()
	return nil
}

// blobOperations are those of the blob service.
func blobOperations() map[string]operation {
	return map[string]operation{
		"GET account list":       {"ListContainers", (*Account).onListContainers},
		"GET account properties": {"GetBlobServiceProperties", (*Account).onBlobServiceProperties},
		"PUT resource":           {"CreateContainer", (*Account).onCreateContainer},
		"GET resource":           {"GetContainerProperties", (*Account).onContainerProperties},
		"HEAD resource":          {"GetContainerProperties", (*Account).onContainerProperties},
		"DELETE resource":        {"DeleteContainer", (*Account).onDeleteContainer},
		"GET resource list":      {"ListBlobs", (*Account).onListBlobs},
		"PUT object":             {"PutBlob", (*Account).onPutBlob},
		"GET object":             {"GetBlob", (*Account).onGetBlob},
		"HEAD object":            {"GetBlobProperties", (*Account).onGetBlob},
		"DELETE object":          {"DeleteBlob", (*Account).onDeleteBlob},
	}
}

func (a *Account) onCreateContainer(q *request) (answer, error) {
	c, err := a.makeContainer(q.resource)
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusCreated, header: c.headers()}, nil
}

func (c *container) headers() map[string]string {
	return map[string]string{"Etag": c.etag, "Last-Modified": c.made.Format(http.TimeFormat)}
}

func (a *Account) onContainerProperties(q *request) (answer, error) {
	c, err := a.container(q.resource)
	if err != nil {
		return answer{}, err
	}
	return answer{header: c.headers()}, nil
}

func (a *Account) onDeleteContainer(q *request) (answer, error) {
	c, err := a.container(q.resource)
	if err != nil {
		return answer{}, err
	}
	c.deleted = now()
	return answer{status: http.StatusAccepted}, nil
}

func (a *Account) onPutBlob(q *request) (answer, error) {
	if q.Header.Get("X-Ms-Blob-Type") != "BlockBlob" {
		return answer{}, errBlobType()
	}
	contentType := q.Header.Get("X-Ms-Blob-Content-Type")
	if contentType == "" {
		contentType = q.Header.Get("Content-Type")
	}
	b, err := a.putBlob(q.resource, q.object, contentType, q.body)
	if err != nil {
		return answer{}, err
	}
	h := b.headers()
	delete(h, "Content-Type")
	return answer{status: http.StatusCreated, header: h}, nil
}

func (a *Account) onGetBlob(q *request) (answer, error) {
	c, err := a.container(q.resource)
	if err != nil {
		return answer{}, err
	}
	b := c.blob(q.object, q.URL.Query().Get("versionid"))
	if b == nil {
		return answer{}, errNoBlob()
	}
	return answer{header: b.headers(), content: b.data, written: b.put}, nil
}

func (a *Account) onDeleteBlob(q *request) (answer, error) {
	if err := a.deleteBlob(q.resource, q.object); err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusAccepted}, nil
}

// onBlobServiceProperties tells whether soft delete is on. Versioning is a
// property that this call does not show.
func (a *Account) onBlobServiceProperties(*request) (answer, error) {
	type retention struct {
		Enabled bool
		Days    int `xml:",omitempty"`
	}
	type properties struct {
		XMLName               xml.Name `xml:"StorageServiceProperties"`
		DeleteRetentionPolicy retention
	}
	days := int((a.options.SoftDelete + 24*time.Hour - 1) / (24 * time.Hour))
	return answer{xml: properties{DeleteRetentionPolicy: retention{Enabled: days > 0, Days: days}}}, nil
}
