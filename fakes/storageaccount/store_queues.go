package storageaccount

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// defaultMessageLifetime is the lifetime of a message that was sent without one.
const defaultMessageLifetime = 7 * 24 * time.Hour

// existingQueue returns a queue that is not deleted, without its expired messages.
func (s *store) existingQueue(name string) (*queue, error) {
	q := s.queues[name]
	if q == nil || !q.deleted.IsZero() {
		return nil, errQueueNotFound()
	}
	q.messages = slices.DeleteFunc(q.messages, func(m *message) bool { return !now().Before(m.expires) })
	return q, nil
}

// createQueue creates a queue if it does not exist, and reports whether it did.
func (s *store) createQueue(name string) (created bool, err error) {
	switch q := s.queues[name]; {
	case !isValidName(name):
		return false, errInvalidName()
	case q != nil && q.deleted.IsZero():
		return false, nil
	case q != nil && now().Before(q.deleted.Add(s.options.Deleting)):
		return false, errQueueBeingDeleted()
	}
	s.queues[name] = &queue{name: name}
	return true, nil
}

// sendMessage adds a message to a queue.
func (s *store) sendMessage(queueName, text string, lifetime, delay time.Duration) (*message, error) {
	q, err := s.existingQueue(queueName)
	if err != nil {
		return nil, err
	}
	n := s.nextNumber()
	m := &message{id: fmt.Sprintf("10000000-0000-0000-0000-%012d", n), receipt: strconv.Itoa(n), text: text,
		inserted: now(), expires: now().Add(lifetime), visible: now().Add(delay)}
	q.messages = append(q.messages, m)
	return m, nil
}
