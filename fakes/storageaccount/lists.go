package storageaccount

import (
	"cmp"
	"encoding/base64"
	"encoding/xml"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// pageLimit is the maximum number of items on a page.
const pageLimit = 5000

// selectPage returns the page of a sorted list that the request specifies. key returns the sort key of an item. next is
// the marker of the following page, empty for the last.
func selectPage[T any](q *request, all []T, key func(T) string) (page []T, next string, err error) {
	limit, err := q.count("maxresults", pageLimit, 1<<30)
	if err != nil {
		return nil, "", err
	}
	first, err := base64.RawURLEncoding.DecodeString(q.URL.Query().Get("marker"))
	if err != nil {
		return nil, "", errQueryParameter("marker")
	}
	for _, item := range all {
		if key(item) < string(first) {
			continue
		}
		if len(page) == min(limit, pageLimit) {
			return page, base64.RawURLEncoding.EncodeToString([]byte(key(item))), nil
		}
		page = append(page, item)
	}
	return page, "", nil
}

// listHeader contains the elements that every list document begins with.
type listHeader struct {
	XMLName         xml.Name `xml:"EnumerationResults"`
	ServiceEndpoint string   `xml:",attr"`
	Prefix          string   `xml:",omitempty"`
	Marker          string   `xml:",omitempty"`
	MaxResults      string   `xml:",omitempty"`
}

func newListHeader(q *request) listHeader {
	query := q.URL.Query()
	return listHeader{
		ServiceEndpoint: "http://" + q.Host + "/",
		Prefix:          query.Get("prefix"),
		Marker:          query.Get("marker"),
		MaxResults:      query.Get("maxresults"),
	}
}

func handleListContainers(s *store, q *request) (response, error) {
	type properties struct {
		LastModified string `xml:"Last-Modified"`
		Etag         string
	}
	type item struct {
		Name       string
		Properties properties
	}
	type document struct {
		listHeader
		Containers []item `xml:"Containers>Container"`
		NextMarker string
	}
	var items []item
	for _, name := range slices.Sorted(maps.Keys(s.containers)) {
		if c := s.containers[name]; c.deleted.IsZero() && strings.HasPrefix(name, q.URL.Query().Get("prefix")) {
			items = append(items, item{name, properties{c.created.Format(http.TimeFormat), c.etag}})
		}
	}
	page, next, err := selectPage(q, items, func(i item) string { return i.Name })
	return response{xml: document{listHeader: newListHeader(q), Containers: page, NextMarker: next}}, err
}

// listEntry is a blob in a listing.
type listEntry struct {
	Name             string
	Deleted          bool   `xml:",omitempty"`
	Snapshot         string `xml:",omitempty"` // of an overwritten content that soft delete retains
	VersionID        string `xml:"VersionId,omitempty"`
	IsCurrentVersion bool   `xml:",omitempty"`
	Properties       blobProperties
	Metadata         *struct{} // empty element if requested
}

type blobProperties struct {
	CreationTime           string `xml:"Creation-Time"`
	LastModified           string `xml:"Last-Modified"`
	Etag                   string
	ContentLength          int    `xml:"Content-Length"`
	ContentType            string `xml:"Content-Type"`
	ContentMD5             string `xml:"Content-MD5"`
	BlobType               string
	DeletedTime            string `xml:",omitempty"`
	RemainingRetentionDays *int   `xml:",omitempty"`
}

func handleListBlobs(s *store, q *request) (response, error) {
	type document struct {
		listHeader
		ContainerName string      `xml:",attr"`
		Blobs         []listEntry `xml:"Blobs>Blob"`
		NextMarker    string
	}
	c, err := s.existingContainer(q.resource)
	if err != nil {
		return response{}, err
	}
	include := strings.Split(q.URL.Query().Get("include"), ",")
	entries := s.listEntries(c, q.URL.Query().Get("prefix"), include)
	page, next, err := selectPage(q, entries, listEntry.sortKey)
	return response{
		xml: document{listHeader: newListHeader(q), ContainerName: c.name, Blobs: page, NextMarker: next},
	}, err
}

// sortKey orders entries by name, older versions first.
func (e listEntry) sortKey() string {
	return e.Name + "\x00" + e.VersionID + "\x00" + e.Properties.Etag
}

// listEntries returns the sorted listing of a container.
func (s *store) listEntries(c *container, prefix string, include []string) []listEntry {
	lag := s.options.ListLag
	if s.options.ListLags != nil {
		lag = s.options.ListLags()
	}
	at := now().Add(-lag)
	var list []listEntry
	for _, b := range c.blobs {
		if e, ok := s.newListEntry(b, at, include); ok && strings.HasPrefix(b.name, prefix) {
			list = append(list, e)
		}
	}
	slices.SortFunc(list, func(d, e listEntry) int { return cmp.Compare(d.sortKey(), e.sortKey()) })
	return list
}

// newListEntry returns the entry of a blob in a listing of that time, and whether the listing contains it.
func (s *store) newListEntry(b *blob, at time.Time, include []string) (listEntry, bool) {
	current := b.isCurrentAt(at)
	ended := !current && !b.ended.IsZero() && !b.ended.After(at)
	previous := ended && b.version != "" && slices.Contains(include, "versions")
	deleted := ended && b.version == "" && at.Before(b.ended.Add(s.options.SoftDelete)) &&
		slices.Contains(include, "deleted") &&
		(!b.overwritten || slices.Contains(include, "snapshots"))
	e := listEntry{Name: b.name, IsCurrentVersion: current && b.version != "", Properties: b.properties()}
	if slices.Contains(include, "versions") || current {
		e.VersionID = b.version
	}
	if slices.Contains(include, "metadata") {
		e.Metadata = &struct{}{}
	}
	if deleted {
		e.setDeleted(b, b.ended.Add(s.options.SoftDelete).Sub(at))
	}
	return e, current || previous || deleted
}

// setDeleted marks the entry as deleted and retained for the remaining time.
func (e *listEntry) setDeleted(b *blob, remaining time.Duration) {
	days := int(remaining / (24 * time.Hour))
	e.Deleted, e.Properties.DeletedTime, e.Properties.RemainingRetentionDays = true, b.ended.Format(http.TimeFormat), &days
	if b.overwritten {
		e.Snapshot = formatVersion(b.ended)
	}
}

func (b *blob) properties() blobProperties {
	at := b.written.Format(http.TimeFormat)
	return blobProperties{CreationTime: at, LastModified: at, Etag: strings.Trim(b.etag, `"`), ContentLength: len(b.data),
		ContentType: b.contentType, ContentMD5: b.md5(), BlobType: "BlockBlob"}
}
