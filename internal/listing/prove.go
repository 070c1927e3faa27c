package listing

import (
	"context"
	"slices"
	"time"

	"github.com/cvconform/cvconform/internal/storage"
)

// canary is the blob that is written and deleted to see what the account keeps.
const canary = "cvconform-canary"

// proving bounds how long the canary is looked for: what an account keeps of it is
// there at once, but a listing may lag.
const proving = 10 * time.Second

// Powers are what an account keeps of blobs that are gone, as was tried out.
type Powers struct {
	Deleted     bool // blobs that were deleted
	Versions    bool // versions of blobs, those of deleted ones included
	Overwritten bool // contents that were overwritten, in one of the two ways
}

// Any says whether a listing can show what is gone.
func (p Powers) Any() bool { return p.Deleted || p.Versions }

// A Canary is an account in which blobs can be written: [storage.Account].
type Canary interface {
	CreateContainer(ctx context.Context, name string) error
	DeleteContainer(ctx context.Context, name string) error
	PutBlob(ctx context.Context, container, name string, content []byte) (storage.Trace, error)
	DeleteBlob(ctx context.Context, container, name string) error
	Traces(ctx context.Context, container string, former bool) ([]storage.Trace, error)
	KeepsDeleted(ctx context.Context) (bool, error)
}

// Prove finds out what the account keeps: in a container of that name, which is
// made and removed again, it writes a blob, overwrites it, deletes it, and looks
// what shows of it. Where the account claims to keep nothing it looks once.
func Prove(ctx context.Context, account Canary, container string) (p Powers, err error) {
	if err := account.CreateContainer(ctx, container); err != nil {
		return p, err
	}
	defer func() { _ = account.DeleteContainer(context.WithoutCancel(ctx), container) }()
	var put [2]storage.Trace
	for i, content := range []string{"first", "second"} {
		if put[i], err = account.PutBlob(ctx, container, canary, []byte(content)); err != nil {
			return p, err
		}
	}
	if err := account.DeleteBlob(ctx, container, canary); err != nil {
		return p, err
	}
	patience := time.Duration(0)
	claimed, err := account.KeepsDeleted(ctx)
	if claimed || err != nil || put[1].Version != "" { // who may not read the claim may still see what it promises
		patience = proving
	}
	return awaitPowers(ctx, account, container, put, patience)
}

// awaitPowers looks until the canary shows, in every way then, or patience ends.
func awaitPowers(ctx context.Context, account Canary, container string, put [2]storage.Trace, patience time.Duration) (p Powers, err error) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	tick := time.NewTicker(proving / 100)
	defer tick.Stop()
	for {
		shown, err := account.Traces(ctx, container, true)
		if err == nil {
			p = powersOf(shown, put)
		}
		if p.Any() {
			return p, nil
		}
		select {
		case <-tick.C:
		case <-timer.C:
			return p, err
		case <-ctx.Done():
			return p, context.Cause(ctx)
		}
	}
}

// powersOf draws the powers from what shows of the canary.
func powersOf(shown []storage.Trace, put [2]storage.Trace) Powers {
	kept := func(etag string, how func(storage.Trace) bool) bool {
		return slices.ContainsFunc(shown, func(t storage.Trace) bool { return !t.Standing && t.ETag == etag && how(t) })
	}
	deleted := func(t storage.Trace) bool { return t.Deleted }
	version := func(t storage.Trace) bool { return t.Version != "" }
	return Powers{Deleted: kept(put[1].ETag, deleted), Versions: kept(put[1].ETag, version),
		Overwritten: kept(put[0].ETag, deleted) || kept(put[0].ETag, version)}
}
