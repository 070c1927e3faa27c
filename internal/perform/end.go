package perform

import (
	"context"
	"fmt"
	"io"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/situation"
)

// end is the last observation: the absence window, then all that a consumer
// finds in the queues and the containers.
func (p *performance) end(ctx context.Context) error {
	p.timeline.Enter(situation.End)
	if len(p.resources) > 0 && !p.quiet {
		if err := p.absence(ctx); err != nil {
			return err
		}
	}
	for _, r := range p.resources {
		if err := p.contents(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

func (p *performance) contents(ctx context.Context, r evidence.Resource) error {
	if r.Service == evidence.Queue {
		return p.messages(ctx, r.Name)
	}
	return p.blobs(ctx, r.Name)
}

func (p *performance) messages(ctx context.Context, queue string) error {
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

func (p *performance) blobs(ctx context.Context, container string) error {
	blobs, err := p.Account.Blobs(ctx, container)
	if err != nil {
		return fmt.Errorf("list the blobs: %w", err)
	}
	for _, b := range blobs {
		c, err := fetch(func(w io.Writer) error { return p.Account.Download(ctx, container, b.Name, w) }, p.Keep)
		if err != nil {
			return fmt.Errorf("read a blob: %w", err)
		}
		p.record(evidence.Event{Kind: evidence.KindBlob,
			Blob: &evidence.StoredBlob{Container: container, Name: b.Name, Length: c.length, SHA256: c.sum, Entries: c.entries}})
	}
	return nil
}
