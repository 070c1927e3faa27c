package storageaccount

import (
	"crypto/sha256"
	"fmt"
	"slices"
)

// AddContainer makes a container with one blob, as somebody else might have.
func (a *Account) AddContainer(name, blob string, data []byte) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, err := a.makeContainer(name); err != nil {
		return fmt.Errorf("add container %q: %w", name, err)
	}
	_, err := a.putBlob(name, blob, "", data)
	return err
}

// AddQueue makes a queue with one message, as somebody else might have.
func (a *Account) AddQueue(name, text string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, err := a.makeQueue(name); err != nil {
		return fmt.Errorf("add queue %q: %w", name, err)
	}
	_, err := a.sendMessage(name, text, messageLife, 0)
	return err
}

// Contents is all that is in the account, one a line, in alphabetical order:
// containers, blobs with their contents' digests, queues, and messages with
// their texts and how often they were dequeued.
func (a *Account) Contents() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var lines []string
	for _, c := range a.containers {
		if c.deleted.IsZero() {
			lines = append(append(lines, fmt.Sprintf("container %s %s", c.name, c.etag)), c.contents()...)
		}
	}
	for _, q := range a.queues {
		if q.deleted.IsZero() {
			lines = append(append(lines, "queue "+q.name), q.contents()...)
		}
	}
	slices.Sort(lines)
	return lines
}

func (c *container) contents() (lines []string) {
	for _, b := range c.blobs {
		if b.ended.IsZero() {
			lines = append(lines, fmt.Sprintf("blob %s/%s %s %x", c.name, b.name, b.etag, sha256.Sum256(b.data)))
		}
	}
	return lines
}

func (q *queue) contents() (lines []string) {
	for _, m := range q.messages {
		lines = append(lines, fmt.Sprintf("message %s/%s dequeued %d: %s", q.name, m.id, m.dequeued, m.text))
	}
	return lines
}
