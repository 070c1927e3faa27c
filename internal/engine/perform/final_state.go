package perform

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/check/effect"
	"github.com/cvconform/cvconform/internal/clock"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/storage"
)

// recordFinalState waits for the absence window and records all messages and blobs that a consumer finds in the tree's
// queues and containers.
func (w *storageWatcher) recordFinalState(ctx context.Context) error {
	resources := w.owned.all()
	if err := w.waitForFinalWindow(ctx, len(resources) > 0); err != nil {
		return err
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

// waitForFinalWindow waits for effects that follow the acts: with the gateway until the end of the absence window of
// the last act whose later effects are judged; else for the absence window, because a list may lag. An exclusive tree
// of a polled run waits after each act.
func (w *storageWatcher) waitForFinalWindow(ctx context.Context, hasResources bool) error {
	switch {
	case !hasResources && !w.exclusive, w.isPolled() && w.exclusive, !w.isPolled() && w.watchUntil.IsZero():
		return nil
	case w.isPolled():
		return w.waitForAbsence(ctx, w.Budgets[budget.Absence])
	}
	return w.waitForAbsence(ctx, w.watchUntil.Sub(w.Now()))
}

// recordMessages records each message in a queue once. A message that was stored may be invisible for a while, so the
// queue is read until the budget of each stored message ends.
func (w *storageWatcher) recordMessages(ctx context.Context, queue string) error {
	found := map[string]bool{}
	for {
		messages, err := w.Account.Messages(ctx, queue)
		if err != nil {
			return fmt.Errorf("read the messages: %w", err)
		}
		for _, m := range messages {
			if found[m.ID] {
				continue
			}
			found[m.ID] = true
			read := evidence.ReadMessage(queue, m.ID, m.Text)
			w.record(evidence.Event{Kind: evidence.KindMessage, Message: &read})
		}
		pause := w.untilNextMessage(queue, found)
		if pause <= 0 {
			return nil
		}
		if err := clock.Sleep(ctx, pause); err != nil {
			return err
		}
	}
}

// messageRetry is the pause before a queue is read again for a message that should be visible.
const messageRetry = 50 * time.Millisecond

// untilNextMessage returns how long to wait for a message that was stored in the queue and not found yet; 0 if there is
// none whose budget has not ended.
func (w *storageWatcher) untilNextMessage(queue string, found map[string]bool) (pause time.Duration) {
	if w.isPolled() {
		return 0
	}
	now := w.Now()
	for id, put := range w.storedMessages(queue) {
		limit := w.Budgets[effect.MessageBudget(effect.ParseMessage(put.Text).Type)]
		expired := !put.Expires.IsZero() && now.After(put.Expires)
		if found[id] || expired || !now.Before(put.Ended.Add(limit)) {
			continue
		}
		visible := max(messageRetry, min(put.VisibilityTimeout, limit)-now.Sub(put.Ended))
		if pause == 0 || visible < pause {
			pause = visible
		}
	}
	return pause
}

// storedMessages returns the operations that stored the messages of a queue that the service did not delete.
func (w *storageWatcher) storedMessages(queue string) map[string]evidence.Operation {
	stored := map[string]evidence.Operation{}
	for _, op := range w.watch.Operations() {
		switch {
		case op.Resource != queue || !op.Succeeded() || op.MessageID == "":
		case op.Name == "PutMessage":
			stored[op.MessageID] = op
		case op.Name == "DeleteMessage":
			delete(stored, op.MessageID)
		}
	}
	return stored
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
