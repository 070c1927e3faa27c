package storageaccount

import (
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A queue is one with all its messages, in the order of insertion.
type queue struct {
	name     string
	deleted  time.Time // zero while it is there
	messages []*message
}

// A message is one in a queue.
type message struct {
	id, text, receipt          string
	inserted, expires, visible time.Time
	dequeued                   int
}

// messageLife is how long a message is kept when its writer does not say.
const messageLife = 7 * 24 * time.Hour

// queue is one that is there; the caller holds the lock.
func (a *Account) queue(name string) (*queue, error) {
	q := a.queues[name]
	if q == nil || !q.deleted.IsZero() {
		return nil, errNoQueue()
	}
	q.messages = slices.DeleteFunc(q.messages, func(m *message) bool { return !now().Before(m.expires) })
	return q, nil
}

// makeQueue makes a queue, and says whether it was not there yet.
func (a *Account) makeQueue(name string) (made bool, err error) {
	switch q := a.queues[name]; {
	case !validName(name):
		return false, errName()
	case q != nil && q.deleted.IsZero():
		return false, nil
	case q != nil && now().Before(q.deleted.Add(a.options.Deleting)):
		return false, errQueueGoing()
	}
	a.queues[name] = &queue{name: name}
	return true, nil
}

func (a *Account) sendMessage(to, text string, life, delay time.Duration) (*message, error) {
	q, err := a.queue(to)
	if err != nil {
		return nil, err
	}
	n := a.nextNumber()
	m := &message{id: fmt.Sprintf("10000000-0000-0000-0000-%012d", n), receipt: strconv.Itoa(n), text: text,
		inserted: now(), expires: now().Add(life), visible: now().Add(delay)}
	q.messages = append(q.messages, m)
	return m, nil
}

// queueOperations are those of the queue service.
func queueOperations() map[string]operation {
	return map[string]operation{
		"GET account list":      {"ListQueues", (*Account).onListQueues},
		"PUT resource":          {"CreateQueue", (*Account).onCreateQueue},
		"DELETE resource":       {"DeleteQueue", (*Account).onDeleteQueue},
		"GET resource metadata": {"GetQueueMetadata", (*Account).onQueueMetadata},
		"POST object":           {"PutMessage", (*Account).onPutMessage},
		"GET object":            {"GetMessages", (*Account).onGetMessages},
		"DELETE object":         {"DeleteMessage", (*Account).onDeleteMessage},
	}
}

func (a *Account) onListQueues(q *request) (answer, error) {
	type item struct{ Name string }
	type document struct {
		listing
		Queues     []item `xml:"Queues>Queue"`
		NextMarker string
	}
	var there []item
	for _, name := range slices.Sorted(maps.Keys(a.queues)) {
		if a.queues[name].deleted.IsZero() && strings.HasPrefix(name, q.URL.Query().Get("prefix")) {
			there = append(there, item{name})
		}
	}
	page, next, err := onePage(q, there, func(i item) string { return i.Name })
	return answer{xml: document{listing: listingOf(q, a.QueueHost()), Queues: page, NextMarker: next}}, err
}

func (a *Account) onCreateQueue(q *request) (answer, error) {
	made, err := a.makeQueue(q.resource)
	if made {
		return answer{status: http.StatusCreated}, err
	}
	return answer{status: http.StatusNoContent}, err
}

func (a *Account) onDeleteQueue(q *request) (answer, error) {
	found, err := a.queue(q.resource)
	if err != nil {
		return answer{}, err
	}
	found.deleted = now()
	return answer{status: http.StatusNoContent}, nil
}

func (a *Account) onQueueMetadata(q *request) (answer, error) {
	found, err := a.queue(q.resource)
	if err != nil {
		return answer{}, err
	}
	return answer{header: map[string]string{"x-ms-approximate-messages-count": strconv.Itoa(len(found.messages))}}, nil
}

// A messageItem is a message as an answer shows it: a peek leaves out the
// receipt, and the answer to a Put Message the text.
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
		dequeued, text := m.dequeued, m.text // as they are now: the answer is written later
		i.DequeueCount, i.MessageText = &dequeued, &text
	}
	return i
}

func (a *Account) onPutMessage(q *request) (answer, error) {
	var sent struct{ MessageText string }
	if q.object != "messages" {
		return answer{}, errUnknownOperation("POST " + q.URL.Path)
	}
	if err := xml.Unmarshal(q.body, &sent); err != nil {
		return answer{}, errBody()
	}
	life, err := q.seconds("messagettl", messageLife)
	if err != nil {
		return answer{}, err
	}
	delay, err := q.seconds("visibilitytimeout", 0)
	if err != nil {
		return answer{}, err
	}
	m, err := a.sendMessage(q.resource, sent.MessageText, life, delay)
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusCreated, xml: messageList{Messages: []messageItem{m.item(true, false)}}}, nil
}

// onGetMessages peeks, or takes messages out of sight.
func (a *Account) onGetMessages(q *request) (answer, error) {
	found, err := a.queue(q.resource)
	if err != nil {
		return answer{}, err
	}
	most, err := q.count("numofmessages", 1, 32)
	if err != nil {
		return answer{}, err
	}
	hidden, err := q.seconds("visibilitytimeout", 30*time.Second)
	if err != nil {
		return answer{}, err
	}
	peek := q.URL.Query().Get("peekonly") == "true"
	list := messageList{}
	for _, m := range found.messages {
		if len(list.Messages) == most || m.visible.After(now()) {
			continue
		}
		if !peek {
			m.dequeued, m.visible, m.receipt = m.dequeued+1, now().Add(hidden), strconv.Itoa(a.nextNumber())
		}
		list.Messages = append(list.Messages, m.item(!peek, true))
	}
	return answer{xml: list}, nil
}

// onDeleteMessage deletes one message by its receipt, or all.
func (a *Account) onDeleteMessage(q *request) (answer, error) {
	found, err := a.queue(q.resource)
	if err != nil {
		return answer{}, err
	}
	_, id, one := strings.Cut(q.object, "/")
	if !one {
		found.messages = nil
		return answer{status: http.StatusNoContent}, nil
	}
	i := slices.IndexFunc(found.messages, func(m *message) bool { return m.id == id })
	switch {
	case i < 0:
		return answer{}, errNoMessage()
	case found.messages[i].receipt != q.URL.Query().Get("popreceipt"):
		return answer{}, errPopReceipt()
	}
	found.messages = slices.Delete(found.messages, i, i+1)
	return answer{status: http.StatusNoContent}, nil
}

// seconds reads a duration from the query; -1 is for ever.
func (q *request) seconds(name string, otherwise time.Duration) (time.Duration, error) {
	text := q.URL.Query().Get(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < -1 {
		return 0, errQuery(name)
	}
	if n < 0 {
		return 100 * 365 * 24 * time.Hour, nil
	}
	return time.Duration(n) * time.Second, nil
}
