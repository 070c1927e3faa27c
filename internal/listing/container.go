package listing

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
func (o *object) list(ctx context.Context) error {
	began := o.Now()
	shown, err := o.Account.Traces(ctx, o.name, o.Powers.Any())
	if err != nil {
		return err
	}
	look := look{began: began, ended: o.Now()}
	traces := byName(shown)
	for name := range traces {
		if o.blobs[name] == nil {
			o.blobs[name] = &blob{known: map[string]bool{}}
		}
	}
	var errs []error
	for _, name := range sorted(o.blobs) {
		errs = append(errs, o.see(ctx, name, traces[name], look))
	}
	o.seen = began
	return errors.Join(errs...)
}

// A look is when one listing was asked for, and when it was answered.
type look struct{ began, ended time.Time }

// see draws from what a look shows of one name what was done to it.
func (o *object) see(ctx context.Context, name string, traces []storage.Trace, l look) error {
	b := o.blobs[name]
	standing := false
	for _, t := range traces {
		standing = standing || t.Standing
		o.content(b, t, l)
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
			o.gone(b, name, from(t), l.ended)
			return nil
		}
	}
	return o.ask(ctx, b, name)
}

// content notes a content that no look showed before.
func (o *object) content(b *blob, t storage.Trace, l look) {
	if b.known[t.ETag] {
		return
	}
	b.known[t.ETag] = true
	b.etag, b.there, b.put, b.alive = t.ETag, true, o.seen, time.Time{}
	o.record(evidence.Operation{Name: "PutBlob", Object: t.Name, Length: t.Length, ETag: t.ETag, Inferred: from(t), Began: o.seen, Ended: l.ended})
}

// ask asks for a blob that no longer shows by its name: a listing may be old, or
// flicker.
func (o *object) ask(ctx context.Context, b *blob, name string) error {
	began := o.Now()
	t, err := o.Account.Stands(ctx, o.name, name)
	ended := o.Now()
	switch {
	case errors.Is(err, storage.ErrNotFound):
		o.gone(b, name, evidence.FromListing, ended)
	case err != nil:
		return err
	default:
		o.content(b, t, look{began, ended})
		b.alive = began
	}
	return nil
}

// gone notes that a blob was deleted, after the last look that showed it.
func (o *object) gone(b *blob, name, from string, ended time.Time) {
	began := b.put
	if b.alive.After(began) {
		began = b.alive
	}
	b.there = false
	o.record(evidence.Operation{Name: "DeleteBlob", Object: name, Inferred: from, Began: began, Ended: ended})
}

// from says what a trace is.
func from(t storage.Trace) string {
	switch {
	case t.Standing:
		return evidence.FromListing
	case t.Version != "":
		return evidence.FromVersion
	}
	return evidence.FromDeleted
}

// byName sorts traces by name, and those of one name as they came about: former
// contents first.
func byName(all []storage.Trace) map[string][]storage.Trace {
	slices.SortStableFunc(all, func(a, b storage.Trace) int {
		return cmp.Or(standing(a)-standing(b), cmp.Compare(a.Version, b.Version), a.Modified.Compare(b.Modified))
	})
	out := map[string][]storage.Trace{}
	for _, t := range all {
		out[t.Name] = append(out[t.Name], t)
	}
	return out
}

func standing(t storage.Trace) int {
	if t.Standing {
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
