package poller

import (
	"context"
	"slices"
	"time"

	"github.com/cvconform/cvconform/internal/storage"
)

// canaryBlob is the blob that is written and deleted to see what the account keeps.
const canaryBlob = "cvconform-canary"

// detectTimeout bounds how long the canary is looked for: what an account keeps of it is
// there at once, but a listing may lag.
const detectTimeout = 10 * time.Second

// Retention are what an account keeps of blobs that are gone, as was tried out.
type Retention struct {
	Deleted     bool // blobs that were deleted
	Versions    bool // versions of blobs, those of deleted ones included
	Overwritten bool // contents that were overwritten, in one of the two ways
}

// Any says whether a listing can show what is gone.
func (p Retention) Any() bool { return p.Deleted || p.Versions }

// A RetentionProber is an account in which blobs can be written: [storage.Account].
type RetentionProber interface {
	CreateContainer(ctx context.Context, name string) error
	DeleteContainer(ctx context.Context, name string) error
	PutBlob(ctx context.Context, container, name string, content []byte) (storage.BlobVersion, error)
	DeleteBlob(ctx context.Context, container, name string) error
	ListVersions(ctx context.Context, container string, former bool) ([]storage.BlobVersion, error)
	SoftDeleteEnabled(ctx context.Context) (bool, error)
}

// DetectRetention finds out what the account keeps: in a container of that name, which is
// made and removed again, it writes a blob, overwrites it, deletes it, and looks
// what shows of it. Where the account claims to keep nothing it looks once.
func DetectRetention(ctx context.Context, account RetentionProber, container string) (p Retention, err error) {
	if err := account.CreateContainer(ctx, container); err != nil {
		return p, err
	}
	defer func() { _ = account.DeleteContainer(context.WithoutCancel(ctx), container) }()
	var put [2]storage.BlobVersion
	for i, content := range []string{"first", "second"} {
		if put[i], err = account.PutBlob(ctx, container, canaryBlob, []byte(content)); err != nil {
			return p, err
		}
	}
	if err := account.DeleteBlob(ctx, container, canaryBlob); err != nil {
		return p, err
	}
	patience := time.Duration(0)
	claimed, err := account.SoftDeleteEnabled(ctx)
	if claimed || err != nil || put[1].Version != "" { // who may not read the claim may still see what it promises
		patience = detectTimeout
	}
	return waitForRetention(ctx, account, container, put, patience)
}

// waitForRetention looks until the canary shows, in every way then, or patience ends.
func waitForRetention(
	ctx context.Context,
	account RetentionProber,
	container string,
	put [2]storage.BlobVersion,
	patience time.Duration,
) (p Retention, err error) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	tick := time.NewTicker(detectTimeout / 100)
	defer tick.Stop()
	for {
		shown, err := account.ListVersions(ctx, container, true)
		if err == nil {
			p = retentionOf(shown, put)
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

// retentionOf draws the powers from what shows of the canary.
func retentionOf(shown []storage.BlobVersion, put [2]storage.BlobVersion) Retention {
	kept := func(etag string, how func(storage.BlobVersion) bool) bool {
		return slices.ContainsFunc(shown, func(t storage.BlobVersion) bool { return !t.Current && t.ETag == etag && how(t) })
	}
	deleted := func(t storage.BlobVersion) bool { return t.Deleted }
	version := func(t storage.BlobVersion) bool { return t.Version != "" }
	return Retention{Deleted: kept(put[1].ETag, deleted), Versions: kept(put[1].ETag, version),
		Overwritten: kept(put[0].ETag, deleted) || kept(put[0].ETag, version)}
}
