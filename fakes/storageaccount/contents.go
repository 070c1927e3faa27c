package storageaccount

import (
	"crypto/sha256"
	"fmt"
	"slices"
)

// AddContainer creates a container with one blob.
func (a *Account) AddContainer(name, blob string, data []byte) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, err := a.store.createContainer(name); err != nil {
		return fmt.Errorf("add container %q: %w", name, err)
	}
	_, err := a.store.putBlob(name, blob, "", data)
	return err
}

// AddQueue creates a queue with one message.
func (a *Account) AddQueue(name, text string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, err := a.store.createQueue(name); err != nil {
		return fmt.Errorf("add queue %q: %w", name, err)
	}
	_, err := a.store.sendMessage(name, text, defaultMessageLifetime, 0)
	return err
}

// Contents describes everything in the account, one line for each item in alphabetical order: containers, blobs with
// the digests of their data, queues, and messages with their texts and dequeue counts.
func (a *Account) Contents() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var lines []string
	for _, c := range a.store.containers {
		if c.deleted.IsZero() {
			lines = append(append(lines, fmt.Sprintf("container %s %s", c.name, c.etag)), c.contents()...)
		}
	}
	for _, q := range a.store.queues {
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
