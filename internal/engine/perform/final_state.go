package perform

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/storage"
)

// recordFinalState waits for the absence window and records all messages and blobs that a consumer finds in the tree's
// queues and containers.
func (w *storageWatcher) recordFinalState(ctx context.Context) error {
	w.timeline.BeginAct(situation.End)
	resources := w.owned.all()
	if len(resources) > 0 && !w.exclusive {
		if err := w.waitForAbsence(ctx); err != nil {
			return err
		}
	}
	w.flushAll(ctx)
	if err := w.errs.get(); err != nil {
		return err
	}
	for _, r := range resources {
		record := w.recordBlobs
		if r.Service == evidence.Queue {
			record = w.recordMessages
		}
		if err := record(ctx, r.Name); err != nil {
			return err
		}
	}
	return nil
}

func (w *storageWatcher) recordMessages(ctx context.Context, queue string) error {
	messages, err := w.Account.Messages(ctx, queue)
	if err != nil {
		return fmt.Errorf("read the messages: %w", err)
	}
	for _, m := range messages {
		read := evidence.ReadMessage(queue, m.ID, m.Text)
		w.record(evidence.Event{Kind: evidence.KindMessage, Message: &read})
	}
	return nil
}

func (w *storageWatcher) recordBlobs(ctx context.Context, container string) error {
	blobs, err := w.Account.Blobs(ctx, container)
	if err != nil {
		return fmt.Errorf("list the blobs: %w", err)
	}
	if blobs, err = w.addUnlistedBlobs(ctx, container, blobs); err != nil {
		return err
	}
	for _, b := range blobs {
		c, err := fetch(func(out io.Writer) error { return w.Account.Download(ctx, container, b.Name, out) }, w.StoreContent)
		switch {
		case errors.Is(err, storage.ErrNotFound): // the list was stale
			continue
		case err != nil:
			return fmt.Errorf("read a blob: %w", err)
		}
		stored := evidence.StoredBlob{Container: container, Name: b.Name, Length: c.length, SHA256: c.sum,
			Entries: c.entries, Format: c.format}
		if b.SHA256 == c.sum {
			stored.ETag = b.ETag
		}
		w.record(evidence.Event{Kind: evidence.KindBlob, Blob: &stored})
	}
	return nil
}

// addUnlistedBlobs adds the blobs that were written and not deleted, but are missing from the list, because lists may
// lag.
func (w *storageWatcher) addUnlistedBlobs(
	ctx context.Context,
	container string,
	listed []storage.Blob,
) ([]storage.Blob, error) {
	written := w.remainingBlobs(container, time.Time{})
	for _, b := range listed {
		delete(written, b.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(written)) {
		b, err := w.Account.Blob(ctx, container, name)
		switch {
		case errors.Is(err, storage.ErrNotFound):
		case err != nil:
			return nil, fmt.Errorf("read a blob: %w", err)
		default:
			listed = append(listed, b)
		}
	}
	return listed, nil
}
