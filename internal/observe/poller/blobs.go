package poller

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/storage"
)

// A blob is what has been seen of one name in a container.
type blob struct {
	known map[string]bool // contents, by ETag
	etag  string          // of the content that was put last
	there bool            // it has been put, and was not seen to go
	alive time.Time       // when the last look that showed it was begun; zero where none did
	put   time.Time       // when the last look that did not show its last content was begun
}

// list looks at the blobs of the container.
func (o *resourcePoller) list(ctx context.Context) error {
	began := o.Now()
	shown, err := o.Account.ListVersions(ctx, o.name, o.Powers.Any())
	if err != nil {
		return err
	}
	look := pollWindow{began: began, ended: o.Now()}
	traces := byName(shown)
	for name := range traces {
		if o.blobs[name] == nil {
			o.blobs[name] = &blob{known: map[string]bool{}}
		}
	}
	var errs []error
	for _, name := range sorted(o.blobs) {
		errs = append(errs, o.diffBlob(ctx, name, traces[name], look))
	}
	o.seen = began
	return errors.Join(errs...)
}

// A pollWindow is when one listing was asked for, and when it was answered.
type pollWindow struct{ began, ended time.Time }

// diffBlob draws from what a look shows of one name what was done to it.
func (o *resourcePoller) diffBlob(ctx context.Context, name string, traces []storage.BlobVersion, l pollWindow) error {
	b := o.blobs[name]
	standing := false
	for _, t := range traces {
		standing = standing || t.Current
		o.recordPut(b, t, l)
	}
	if !b.there {
		return nil
	}
	if standing {
		b.alive = l.began
		return nil
	}
	for _, t := range traces {
		if t.ETag == b.etag {
			o.recordDelete(b, name, inferredFrom(t), l.ended)
			return nil
		}
	}
	return o.checkDeleted(ctx, b, name)
}

// recordPut notes a content that no look showed before.
func (o *resourcePoller) recordPut(b *blob, t storage.BlobVersion, l pollWindow) {
	if b.known[t.ETag] {
		return
	}
	b.known[t.ETag] = true
	b.etag, b.there, b.put, b.alive = t.ETag, true, o.seen, time.Time{}
	o.record(
		evidence.Operation{
			Name:     "PutBlob",
			Object:   t.Name,
			Length:   t.Length,
			ETag:     t.ETag,
			Inferred: inferredFrom(t),
			Began:    o.seen,
			Ended:    l.ended,
		},
	)
}

// checkDeleted asks for a blob that no longer shows by its name: a listing may be old, or
// flicker.
func (o *resourcePoller) checkDeleted(ctx context.Context, b *blob, name string) error {
	began := o.Now()
	t, err := o.Account.StatBlob(ctx, o.name, name)
	ended := o.Now()
	switch {
	case errors.Is(err, storage.ErrNotFound):
		o.recordDelete(b, name, evidence.FromListing, ended)
	case err != nil:
		return err
	default:
		o.recordPut(b, t, pollWindow{began, ended})
		b.alive = began
	}
	return nil
}

// recordDelete notes that a blob was deleted, after the last look that showed it.
func (o *resourcePoller) recordDelete(b *blob, name, from string, ended time.Time) {
	began := b.put
	if b.alive.After(began) {
		began = b.alive
	}
	b.there = false
	o.record(evidence.Operation{Name: "DeleteBlob", Object: name, Inferred: from, Began: began, Ended: ended})
}

// inferredFrom says what a trace is.
func inferredFrom(t storage.BlobVersion) string {
	switch {
	case t.Current:
		return evidence.FromListing
	case t.Version != "":
		return evidence.FromVersion
	}
	return evidence.FromDeleted
}

// byName sorts traces by name, and those of one name as they came about: former
// contents first.
func byName(all []storage.BlobVersion) map[string][]storage.BlobVersion {
	slices.SortStableFunc(all, func(a, b storage.BlobVersion) int {
		return cmp.Or(isCurrent(a)-isCurrent(b), cmp.Compare(a.Version, b.Version), a.Modified.Compare(b.Modified))
	})
	out := map[string][]storage.BlobVersion{}
	for _, t := range all {
		out[t.Name] = append(out[t.Name], t)
	}
	return out
}

func isCurrent(t storage.BlobVersion) int {
	if t.Current {
		return 1
	}
	return 0
}

func sorted(blobs map[string]*blob) []string {
	var names []string
	for name := range blobs {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
