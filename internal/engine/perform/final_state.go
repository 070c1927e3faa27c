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
func (p *execution) recordFinalState(ctx context.Context) error {
	p.timeline.BeginAct(situation.End)
	resources := p.owned.all()
	if len(resources) > 0 && !p.exclusive {
		if err := p.waitForAbsence(ctx); err != nil {
			return err
		}
	}
	p.flushAll(ctx)
	if err := p.errs.get(); err != nil {
		return err
	}
	for _, r := range resources {
		record := p.recordBlobs
		if r.Service == evidence.Queue {
			record = p.recordMessages
		}
		if err := record(ctx, r.Name); err != nil {
			return err
		}
	}
	return nil
}

func (p *execution) recordMessages(ctx context.Context, queue string) error {
	messages, err := p.Account.Messages(ctx, queue)
	if err != nil {
		return fmt.Errorf("read the messages: %w", err)
	}
	for _, m := range messages {
		read := evidence.ReadMessage(queue, m.ID, m.Text)
		p.record(evidence.Event{Kind: evidence.KindMessage, Message: &read})
	}
	return nil
}

func (p *execution) recordBlobs(ctx context.Context, container string) error {
	blobs, err := p.Account.Blobs(ctx, container)
	if err != nil {
		return fmt.Errorf("list the blobs: %w", err)
	}
	if blobs, err = p.addUnlistedBlobs(ctx, container, blobs); err != nil {
		return err
	}
	for _, b := range blobs {
		c, err := fetch(func(w io.Writer) error { return p.Account.Download(ctx, container, b.Name, w) }, p.StoreContent)
		switch {
		case errors.Is(err, storage.ErrNotFound): // the list was stale
			continue
		case err != nil:
			return fmt.Errorf("read a blob: %w", err)
		}
		stored := evidence.StoredBlob{Container: container, Name: b.Name, Length: c.length, SHA256: c.sum, Entries: c.entries}
		if b.SHA256 == c.sum {
			stored.ETag = b.ETag
		}
		p.record(evidence.Event{Kind: evidence.KindBlob, Blob: &stored})
	}
	return nil
}

// addUnlistedBlobs adds the blobs that were written and not deleted, but are missing from the list, because lists may lag.
func (p *execution) addUnlistedBlobs(
	ctx context.Context,
	container string,
	listed []storage.Blob,
) ([]storage.Blob, error) {
	written := p.remainingBlobs(container, time.Time{})
	for _, b := range listed {
		delete(written, b.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(written)) {
		b, err := p.Account.Blob(ctx, container, name)
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
