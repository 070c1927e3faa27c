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

// pageLimit is the most that a page of a list has.
const pageLimit = 5000

// onePage is the part of a sorted list that the request asks for. key says where
// in the list an item stands; next is where the following page begins, "" for
// the last.
func onePage[T any](q *request, all []T, key func(T) string) (page []T, next string, err error) {
	most, err := q.count("maxresults", pageLimit, 1<<30)
	if err != nil {
		return nil, "", err
	}
	from, err := base64.RawURLEncoding.DecodeString(q.URL.Query().Get("marker"))
	if err != nil {
		return nil, "", errQuery("marker")
	}
	for _, item := range all {
		if key(item) < string(from) {
			continue
		}
		if len(page) == min(most, pageLimit) {
			return page, base64.RawURLEncoding.EncodeToString([]byte(key(item))), nil
		}
		page = append(page, item)
	}
	return page, "", nil
}

// A listing is what every list says of itself.
type listing struct {
	XMLName         xml.Name `xml:"EnumerationResults"`
	ServiceEndpoint string   `xml:",attr"`
	Prefix          string   `xml:",omitempty"`
	Marker          string   `xml:",omitempty"`
	MaxResults      string   `xml:",omitempty"`
}

func listingOf(q *request, host string) listing {
	query := q.URL.Query()
	return listing{
		ServiceEndpoint: "http://" + host + "/",
		Prefix:          query.Get("prefix"),
		Marker:          query.Get("marker"),
		MaxResults:      query.Get("maxresults"),
	}
}

func (a *Account) onListContainers(q *request) (answer, error) {
	type properties struct {
		LastModified string `xml:"Last-Modified"`
		Etag         string
	}
	type item struct {
		Name       string
		Properties properties
	}
	type document struct {
		listing
		Containers []item `xml:"Containers>Container"`
		NextMarker string
	}
	var there []item
	for _, name := range slices.Sorted(maps.Keys(a.containers)) {
		if c := a.containers[name]; c.deleted.IsZero() && strings.HasPrefix(name, q.URL.Query().Get("prefix")) {
			there = append(there, item{name, properties{c.made.Format(http.TimeFormat), c.etag}})
		}
	}
	page, next, err := onePage(q, there, func(i item) string { return i.Name })
	return answer{xml: document{listing: listingOf(q, a.BlobHost()), Containers: page, NextMarker: next}}, err
}

// A listEntry is a blob as a list shows it.
type listEntry struct {
	Name             string
	Deleted          bool   `xml:",omitempty"`
	Snapshot         string `xml:",omitempty"` // of a content that was overwritten, which soft delete keeps
	VersionID        string `xml:"VersionId,omitempty"`
	IsCurrentVersion bool   `xml:",omitempty"`
	Properties       blobProperties
	Metadata         *struct{} // empty where it is asked for
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

func (a *Account) onListBlobs(q *request) (answer, error) {
	type document struct {
		listing
		ContainerName string      `xml:",attr"`
		Blobs         []listEntry `xml:"Blobs>Blob"`
		NextMarker    string
	}
	c, err := a.container(q.resource)
	if err != nil {
		return answer{}, err
	}
	include := strings.Split(q.URL.Query().Get("include"), ",")
	there := a.listEntries(c, q.URL.Query().Get("prefix"), include)
	page, next, err := onePage(q, there, listEntry.key)
	return answer{
		xml: document{listing: listingOf(q, a.BlobHost()), ContainerName: c.name, Blobs: page, NextMarker: next},
	}, err
}

// key is where a blob stands in a list: by name, older versions first.
func (s listEntry) key() string {
	return s.Name + "\x00" + s.VersionID + "\x00" + s.Properties.Etag
}

// listEntries is what a list shows of a container, in its order.
func (a *Account) listEntries(c *container, prefix string, include []string) []listEntry {
	lag := a.options.ListLag
	if a.options.ListLags != nil {
		lag = a.options.ListLags()
	}
	at := now().Add(-lag)
	var list []listEntry
	for _, b := range c.blobs {
		if s, ok := a.listEntryOf(b, at, include); ok && strings.HasPrefix(b.name, prefix) {
			list = append(list, s)
		}
	}
	slices.SortFunc(list, func(s, t listEntry) int { return cmp.Compare(s.key(), t.key()) })
	return list
}

// listEntryOf says whether, and how, a list of that time shows a blob.
func (a *Account) listEntryOf(b *blob, at time.Time, include []string) (listEntry, bool) {
	live := b.liveAt(at)
	gone := !live && !b.ended.IsZero() && !b.ended.After(at)
	previous := gone && b.version != "" && slices.Contains(include, "versions")
	deleted := gone && b.version == "" && at.Before(b.ended.Add(a.options.SoftDelete)) &&
		slices.Contains(include, "deleted") &&
		(!b.overwritten || slices.Contains(include, "snapshots"))
	s := listEntry{Name: b.name, IsCurrentVersion: live && b.version != "", Properties: b.properties()}
	if slices.Contains(include, "versions") || live {
		s.VersionID = b.version
	}
	if slices.Contains(include, "metadata") {
		s.Metadata = &struct{}{}
	}
	if deleted {
		s.delete(b, b.ended.Add(a.options.SoftDelete).Sub(at))
	}
	return s, live || previous || deleted
}

// delete shows that the blob is kept for so long by soft delete.
func (s *listEntry) delete(b *blob, remaining time.Duration) {
	days := int(remaining / (24 * time.Hour))
	s.Deleted, s.Properties.DeletedTime, s.Properties.RemainingRetentionDays = true, b.ended.Format(http.TimeFormat), &days
	if b.overwritten {
		s.Snapshot = versionTime(b.ended)
	}
}

func (b *blob) properties() blobProperties {
	at := b.put.Format(http.TimeFormat)
	return blobProperties{CreationTime: at, LastModified: at, Etag: strings.Trim(b.etag, `"`), ContentLength: len(b.data),
		ContentType: b.contentType, ContentMD5: b.md5(), BlobType: "BlockBlob"}
}
