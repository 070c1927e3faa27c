package poller

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/storage"
)

// A containerReader infers operations on a container.
type containerReader struct {
	source
	blobs map[string]*blob // by name
}

// A blob holds the observations of one name in a container.
type blob struct {
	known    map[string]bool // contents, by ETag
	etag     string          // of the last content
	exists   bool            // it was stored and not deleted since
	lastSeen time.Time       // the beginning of the last poll that showed the last content; zero for none
	absent   time.Time       // the beginning of the last poll that did not show the last content
}

// A pollWindow is the time from the request of a poll to its response.
type pollWindow struct{ began, ended time.Time }

// poll infers the operations on every blob, including retained ones.
func (c *containerReader) poll(ctx context.Context) error {
	began := c.Now()
	listed, err := c.Account.ListVersions(ctx, c.name, c.Visibility.RetainsBlobs())
	if err != nil {
		return err
	}
	window := pollWindow{began: began, ended: c.Now()}
	versions := byName(listed)
	for name := range versions {
		if c.blobs[name] == nil {
			c.blobs[name] = &blob{known: map[string]bool{}}
		}
	}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(c.blobs)) {
		errs = append(errs, c.diffBlob(ctx, name, versions[name], window))
	}
	c.since = began
	return errors.Join(errs...)
}

// diffBlob infers the operations on a blob from its versions in a listing.
func (c *containerReader) diffBlob(
	ctx context.Context,
	name string,
	versions []storage.BlobVersion,
	w pollWindow,
) error {
	b := c.blobs[name]
	isListed := false
	for _, v := range versions {
		isListed = isListed || v.Current
		c.recordPut(b, v, w)
	}
	switch {
	case !b.exists:
		return nil
	case isListed:
		b.lastSeen = w.began
		return nil
	}
	for _, v := range versions {
		if v.ETag == b.etag {
			c.recordDelete(b, name, inferredFrom(v), w.ended)
			return nil
		}
	}
	return c.checkDeleted(ctx, b, name)
}

// checkDeleted requests a blob that is missing from a listing, because a listing may be stale or incomplete.
func (c *containerReader) checkDeleted(ctx context.Context, b *blob, name string) error {
	began := c.Now()
	v, err := c.Account.StatBlob(ctx, c.name, name)
	ended := c.Now()
	switch {
	case errors.Is(err, storage.ErrNotFound):
		c.recordDelete(b, name, evidence.FromListing, ended)
	case err != nil:
		return err
	default:
		c.recordPut(b, v, pollWindow{began, ended})
		b.lastSeen = began
	}
	return nil
}

// recordPut records a content that no earlier poll showed.
func (c *containerReader) recordPut(b *blob, v storage.BlobVersion, w pollWindow) {
	if b.known[v.ETag] {
		return
	}
	b.known[v.ETag] = true
	b.etag, b.exists, b.absent, b.lastSeen = v.ETag, true, c.since, time.Time{}
	c.record(evidence.Operation{
		Name:     "PutBlob",
		Object:   v.Name,
		Length:   v.Length,
		ETag:     v.ETag,
		Inferred: inferredFrom(v),
		Began:    c.since,
		Ended:    w.ended,
	})
}

// recordDelete records that a blob was deleted after the last poll that showed it.
func (c *containerReader) recordDelete(b *blob, name, inferred string, ended time.Time) {
	began := b.absent
	if b.lastSeen.After(began) {
		began = b.lastSeen
	}
	b.exists = false
	c.record(evidence.Operation{Name: "DeleteBlob", Object: name, Inferred: inferred, Began: began, Ended: ended})
}

// inferredFrom returns how a version of a blob is known.
func inferredFrom(v storage.BlobVersion) string {
	switch {
	case v.Current:
		return evidence.FromListing
	case v.Version != "":
		return evidence.FromVersion
	}
	return evidence.FromDeleted
}

// byName groups versions by name, each group in the order in which they were stored, with the current one last.
func byName(versions []storage.BlobVersion) map[string][]storage.BlobVersion {
	slices.SortStableFunc(versions, func(a, b storage.BlobVersion) int {
		return cmp.Or(currentLast(a)-currentLast(b), cmp.Compare(a.Version, b.Version), a.Modified.Compare(b.Modified))
	})
	out := map[string][]storage.BlobVersion{}
	for _, v := range versions {
		out[v.Name] = append(out[v.Name], v)
	}
	return out
}

func currentLast(v storage.BlobVersion) int {
	if v.Current {
		return 1
	}
	return 0
}
