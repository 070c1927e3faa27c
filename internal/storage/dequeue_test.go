package storage

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A lossyQueue is a queue of many messages. The responses to some requests that dequeue messages are lost, or are 503.
type lossyQueue struct {
	visible    []time.Time // from when each message is visible
	lost, busy map[int]bool
	requests   int // that dequeue messages
}

// Do implements the transport of an SDK client.
func (q *lossyQueue) Do(r *http.Request) (*http.Response, error) {
	dequeues := r.URL.Query().Get("peekonly") == ""
	if dequeues {
		if q.requests++; q.busy[q.requests] {
			return respond(r, http.StatusServiceUnavailable, ""), nil
		}
	}
	type queueMessage struct {
		ID            string `xml:"MessageId"`
		InsertionTime string
		MessageText   string
	}
	var page struct {
		XMLName  xml.Name       `xml:"QueueMessagesList"`
		Messages []queueMessage `xml:"QueueMessage"`
	}
	for i, from := range q.visible {
		if len(page.Messages) == pageOfMessages || from.After(time.Now()) {
			continue
		}
		id := fmt.Sprint(i)
		page.Messages = append(page.Messages, queueMessage{id, "Sun, 01 Mar 2026 00:00:00 GMT", id})
		if dequeues {
			q.visible[i] = time.Now().Add(readVisibilityTimeout)
		}
	}
	if dequeues && q.lost[q.requests] {
		return nil, errors.New("connection reset by peer")
	}
	body, err := xml.Marshal(page)
	return respond(r, http.StatusOK, string(body)), err
}

func respond(r *http.Request, status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Status: fmt.Sprint(status), Header: http.Header{}, Request: r,
		Body: io.NopCloser(strings.NewReader(body))}
}

// A message whose response was lost is invisible for a while. It is read after that, so no message is missing.
func TestMessagesWhoseResponseWasLostAreRead(t *testing.T) {
	for name, c := range map[string]struct {
		lost, busy []int
		requests   int
		wantErr    string
	}{
		"no loss":       {requests: 4},
		"the first":     {lost: []int{1}, requests: 8},
		"the last page": {lost: []int{3}, requests: 8},
		"busy":          {busy: []int{1, 2, 3}, requests: 7},
		"no response":   {lost: []int{1, 2, 3, 4}, requests: 4, wantErr: `read messages of queue "q": `},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := &lossyQueue{visible: make([]time.Time, 2*pageOfMessages+1), lost: map[int]bool{}, busy: map[int]bool{}}
				for _, n := range c.lost {
					q.lost[n] = true
				}
				for _, n := range c.busy {
					q.busy[n] = true
				}
				client, err := azqueue.NewServiceClientWithNoCredential("http://storage.example",
					&azqueue.ClientOptions{ClientOptions: azcore.ClientOptions{Transport: q}})
				require.NoError(t, err)
				all, err := (&QueueService{queues: client}).Messages(t.Context(), "q")
				assert.Equal(t, c.requests, q.requests)
				if c.wantErr != "" {
					require.ErrorContains(t, err, c.wantErr)
					return
				}
				require.NoError(t, err)
				ids := map[string]bool{}
				for _, m := range all {
					ids[m.ID] = true
				}
				assert.Len(t, ids, len(q.visible))
				assert.Len(t, all, len(q.visible), "each once")
			})
		})
	}
}
