package poller

import (
	"context"
	"slices"
	"time"

	"github.com/cvconform/cvconform/internal/storage"
	"github.com/cvconform/cvconform/steps/report"
)

// canaryBlob is the name of the blob that is stored and deleted to detect the retention.
const canaryBlob = "cvconform-canary"

// detectTimeout limits the wait for the canary. A retained blob is there at once, but a listing may be stale.
const detectTimeout = 10 * time.Second

// A RetentionProber is an account in which blobs can be stored, such as a [storage.Account].
type RetentionProber interface {
	CreateContainer(ctx context.Context, name string) error
	DeleteContainer(ctx context.Context, name string) error
	PutBlob(ctx context.Context, container, name string, content []byte) (storage.BlobVersion, error)
	DeleteBlob(ctx context.Context, container, name string) error
	ListVersions(ctx context.Context, container string, former bool) ([]storage.BlobVersion, error)
	SoftDeleteEnabled(ctx context.Context) (bool, error)
}

// DetectRetention returns the visibility of a poller of this account. It creates a container of that name, stores a
// blob in it, overwrites it, deletes it, and lists the rest, then deletes the container. It lists only once if the
// account reports no retention. With an error, the visibility is that of an account that retains nothing.
func DetectRetention(ctx context.Context, account RetentionProber, container string) (report.Visibility, error) {
	none := report.Visibility{Observer: report.Poller}
	if err := account.CreateContainer(ctx, container); err != nil {
		return none, err
	}
	defer func() { _ = account.DeleteContainer(context.WithoutCancel(ctx), container) }()
	var put [2]storage.BlobVersion
	var err error
	for i, content := range []string{"first", "second"} {
		if put[i], err = account.PutBlob(ctx, container, canaryBlob, []byte(content)); err != nil {
			return none, err
		}
	}
	if err := account.DeleteBlob(ctx, container, canaryBlob); err != nil {
		return none, err
	}
	timeout := time.Duration(0)
	reported, err := account.SoftDeleteEnabled(ctx)
	if reported || err != nil || put[1].Version != "" { // without permission to read the property, blobs may be retained
		timeout = detectTimeout
	}
	return waitForRetention(ctx, account, container, put, timeout)
}

// waitForRetention lists the container until the canary is there or the timeout has passed.
func waitForRetention(
	ctx context.Context,
	account RetentionProber,
	container string,
	put [2]storage.BlobVersion,
	timeout time.Duration,
) (report.Visibility, error) {
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	tick := time.NewTicker(detectTimeout / 100)
	defer tick.Stop()
	v := report.Visibility{Observer: report.Poller}
	for {
		listed, err := account.ListVersions(ctx, container, true)
		if err == nil {
			v = retentionOf(listed, put)
		}
		if v.RetainsBlobs() {
			return v, nil
		}
		select {
		case <-tick.C:
		case <-timer.C:
			return v, err
		case <-ctx.Done():
			return v, context.Cause(ctx)
		}
	}
}

// retentionOf returns the visibility that a listing with the canary proves, given its two contents.
func retentionOf(listed []storage.BlobVersion, put [2]storage.BlobVersion) report.Visibility {
	has := func(content storage.BlobVersion, kind func(storage.BlobVersion) bool) bool {
		return slices.ContainsFunc(listed, func(v storage.BlobVersion) bool {
			return !v.Current && v.ETag == content.ETag && kind(v)
		})
	}
	isDeleted := func(v storage.BlobVersion) bool { return v.Deleted }
	isVersion := func(v storage.BlobVersion) bool { return v.Version != "" }
	return report.Visibility{
		Observer:         report.Poller,
		DeletedBlobs:     has(put[1], isDeleted),
		Versions:         has(put[1], isVersion),
		OverwrittenBlobs: has(put[0], isDeleted) || has(put[0], isVersion),
	}
}
