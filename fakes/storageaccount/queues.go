package storageaccount

import (
	"encoding/xml"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// queueOperations returns the operations of the queue service.
func queueOperations() map[string]operation {
	return map[string]operation{
		"GET account list":      {"ListQueues", handleListQueues},
		"PUT resource":          {"CreateQueue", handleCreateQueue},
		"DELETE resource":       {"DeleteQueue", handleDeleteQueue},
		"GET resource metadata": {"GetQueueMetadata", handleQueueMetadata},
		"POST object":           {"PutMessage", handlePutMessage},
		"GET object":            {"GetMessages", handleGetMessages},
		"DELETE object":         {"DeleteMessage", handleDeleteMessage},
	}
}

func handleListQueues(s *store, q *request) (response, error) {
	type item struct{ Name string }
	type document struct {
		listHeader
		Queues     []item `xml:"Queues>Queue"`
		NextMarker string
	}
	var items []item
	for _, name := range slices.Sorted(maps.Keys(s.queues)) {
		if s.queues[name].deleted.IsZero() && strings.HasPrefix(name, q.URL.Query().Get("prefix")) {
			items = append(items, item{name})
		}
	}
	page, next, err := selectPage(q, items, func(i item) string { return i.Name })
	return response{xml: document{listHeader: newListHeader(q), Queues: page, NextMarker: next}}, err
}

func handleCreateQueue(s *store, q *request) (response, error) {
	created, err := s.createQueue(q.resource)
	if created {
		return response{status: http.StatusCreated}, err
	}
	return response{status: http.StatusNoContent}, err
}

func handleDeleteQueue(s *store, q *request) (response, error) {
	found, err := s.existingQueue(q.resource)
	if err != nil {
		return response{}, err
	}
	found.deleted = now()
	return response{status: http.StatusNoContent}, nil
}

func handleQueueMetadata(s *store, q *request) (response, error) {
	found, err := s.existingQueue(q.resource)
	if err != nil {
		return response{}, err
	}
	return response{header: map[string]string{"x-ms-approximate-messages-count": strconv.Itoa(len(found.messages))}}, nil
}

// messageItem is a message in a response. The response to a peek has no receipt, and the response to Put Message has no
// text.
type messageItem struct {
	MessageID       string `xml:"MessageId"`
	InsertionTime   string
	ExpirationTime  string
	PopReceipt      string  `xml:",omitempty"`
	TimeNextVisible string  `xml:",omitempty"`
	DequeueCount    *int    `xml:",omitempty"`
	MessageText     *string `xml:",omitempty"`
}

type messageList struct {
	XMLName  xml.Name      `xml:"QueueMessagesList"`
	Messages []messageItem `xml:"QueueMessage"`
}

func (m *message) item(receipt, content bool) messageItem {
	i := messageItem{
		MessageID:      m.id,
		InsertionTime:  m.inserted.Format(http.TimeFormat),
		ExpirationTime: m.expires.Format(http.TimeFormat),
	}
	if receipt {
		i.PopReceipt, i.TimeNextVisible = m.receipt, m.visible.Format(http.TimeFormat)
	}
	if content {
		dequeued, text := m.dequeued, m.text // copies, because the response is written after the lock is released
		i.DequeueCount, i.MessageText = &dequeued, &text
	}
	return i
}

func handlePutMessage(s *store, q *request) (response, error) {
	var sent struct{ MessageText string }
	if q.object != "messages" {
		return response{}, errUnknownOperation("POST " + q.URL.Path)
	}
	if err := xml.Unmarshal(q.body, &sent); err != nil {
		return response{}, errInvalidBody()
	}
	lifetime, err := q.seconds("messagettl", defaultMessageLifetime)
	if err != nil {
		return response{}, err
	}
	delay, err := q.seconds("visibilitytimeout", 0)
	if err != nil {
		return response{}, err
	}
	m, err := s.sendMessage(q.resource, sent.MessageText, lifetime, delay)
	if err != nil {
		return response{}, err
	}
	return response{status: http.StatusCreated, xml: messageList{Messages: []messageItem{m.item(true, false)}}}, nil
}

// handleGetMessages returns the first visible messages. Unless the request is a peek, it makes them invisible.
func handleGetMessages(s *store, q *request) (response, error) {
	found, err := s.existingQueue(q.resource)
	if err != nil {
		return response{}, err
	}
	limit, err := q.count("numofmessages", 1, 32)
	if err != nil {
		return response{}, err
	}
	hidden, err := q.seconds("visibilitytimeout", 30*time.Second)
	if err != nil {
		return response{}, err
	}
	peek := q.URL.Query().Get("peekonly") == "true"
	list := messageList{}
	for _, m := range found.messages {
		if len(list.Messages) == limit || m.visible.After(now()) {
			continue
		}
		if !peek {
			m.dequeued, m.visible, m.receipt = m.dequeued+1, now().Add(hidden), strconv.Itoa(s.nextNumber())
		}
		list.Messages = append(list.Messages, m.item(!peek, true))
	}
	return response{xml: list}, nil
}

// handleDeleteMessage deletes one message by its receipt, or all messages of the queue.
func handleDeleteMessage(s *store, q *request) (response, error) {
	found, err := s.existingQueue(q.resource)
	if err != nil {
		return response{}, err
	}
	_, id, single := strings.Cut(q.object, "/")
	if !single {
		found.messages = nil
		return response{status: http.StatusNoContent}, nil
	}
	i := slices.IndexFunc(found.messages, func(m *message) bool { return m.id == id })
	switch {
	case i < 0:
		return response{}, errMessageNotFound()
	case found.messages[i].receipt != q.URL.Query().Get("popreceipt"):
		return response{}, errPopReceipt()
	}
	found.messages = slices.Delete(found.messages, i, i+1)
	return response{status: http.StatusNoContent}, nil
}

// seconds parses a query parameter with a number of seconds. -1 means for ever, for which it returns 100 years.
func (q *request) seconds(name string, defaultValue time.Duration) (time.Duration, error) {
	text := q.URL.Query().Get(name)
	if text == "" {
		return defaultValue, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < -1 {
		return 0, errQueryParameter(name)
	}
	if n < 0 {
		return 100 * 365 * 24 * time.Hour, nil
	}
	return time.Duration(n) * time.Second, nil
}
