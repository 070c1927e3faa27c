package gateway

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/observe"
)

func TestDenyRefusesOneResourceUntilUndone(t *testing.T) {
	var forwarded atomic.Int32
	g := startGateway(t, upstream(t, func(w http.ResponseWriter, r *http.Request) { forwarded.Add(1); created(w, r) }))
	w := g.Subscribe(nil)
	undo := g.Deny(evidence.Queue, "shut")
	put := func(queue string) int {
		response, _ := send(t, http.MethodPost, g.QueueURL().String()+"/a/"+queue+"/messages", message("hello"))
		return response.StatusCode
	}

	assert.Equal(t, http.StatusForbidden, put("shut"))
	assert.Equal(t, http.StatusCreated, put("open"))
	response, _ := send(t, http.MethodPut, g.BlobURL().String()+"/a/shut/b", strings.NewReader("x"))
	assert.Equal(t, http.StatusCreated, response.StatusCode, "a container of the same name is not a queue")
	undo()
	undo()
	assert.Equal(t, http.StatusCreated, put("shut"))

	assert.Equal(t, int32(3), forwarded.Load())
	op := w.Operations()[0]
	assert.True(t, op.Denied)
	assert.Equal(t, http.StatusForbidden, op.Status)
	assert.Equal(t, "AuthorizationPermissionMismatch", op.Code)
	assert.Equal(t, "hello", op.Text)
	assert.False(t, op.Succeeded())
	for _, op := range w.Operations()[1:] {
		assert.False(t, op.Denied)
	}
}

func TestDenialHasTheFormOfAzure(t *testing.T) {
	g := startGateway(t, upstream(t, created))
	g.Deny(evidence.Blob, "shut")
	response, body := send(
		t,
		http.MethodPut,
		g.BlobURL().String()+"/a/shut/b",
		strings.NewReader(strings.Repeat("x", 3<<20)),
		"x-ms-version",
		"2026-06-06",
	)

	assert.Equal(t, "AuthorizationPermissionMismatch", response.Header.Get("x-ms-error-code"))
	assert.Equal(t, "2026-06-06", response.Header.Get("x-ms-version"))
	assert.Equal(t, "application/xml", response.Header.Get("Content-Type"))
	var e struct{ Code, Message string }
	require.NoError(t, xml.Unmarshal([]byte(body), &e))
	assert.Equal(t, "AuthorizationPermissionMismatch", e.Code)
	assert.Contains(t, e.Message, "RequestId:"+response.Header.Get("x-ms-request-id"))
}

// put sends one message in the background. The channel receives the status of the response, or 0.
func put(ctx context.Context, t *testing.T, g *Gateway, queue, text string) <-chan int {
	t.Helper()
	status := make(chan int, 1)
	r, err := http.NewRequestWithContext(
		ctx,
		http.MethodPost,
		g.QueueURL().String()+"/a/"+queue+"/messages",
		message(text),
	)
	require.NoError(t, err)
	go func() {
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			status <- 0
			return
		}
		_ = response.Body.Close()
		status <- response.StatusCode
	}()
	return status
}

// arrivals returns a match for Hold, and a channel that receives each operation that it holds.
func arrivals(match func(evidence.Operation) bool) (func(evidence.Operation) bool, <-chan evidence.Operation) {
	arrived := make(chan evidence.Operation, 100)
	return func(op evidence.Operation) bool {
		if !match(op) {
			return false
		}
		arrived <- op
		return true
	}, arrived
}

func TestHoldDelaysMessagesUntilReleased(t *testing.T) {
	var forwarded atomic.Int32
	g := startGateway(t, upstream(t, func(w http.ResponseWriter, r *http.Request) { forwarded.Add(1); created(w, r) }))
	w := g.Subscribe(nil)
	match, arrived := arrivals(observe.PutMessageTo("q"))
	release := g.Hold(testContext(t), match, time.Minute)

	held := put(testContext(t), t, g, "q", "text")
	assert.Equal(t, "text", (<-arrived).Text)
	assert.Equal(t, http.StatusCreated, <-put(testContext(t), t, g, "other", "text"), "another queue is not held")
	send(t, http.MethodGet, g.QueueURL().String()+"/a/q/messages", nil) // nor another operation
	assert.Equal(t, int32(2), forwarded.Load())
	assert.Empty(t, held)

	release()
	release()
	assert.Equal(t, http.StatusCreated, <-held)
	assert.Equal(t, http.StatusCreated, <-put(testContext(t), t, g, "q", "text"), "nothing is held after the release")
	ops := w.Operations()
	require.Len(t, ops, 4)
	assert.True(t, ops[2].Began.Before(ops[0].Ended), "a held operation began when it arrived")
	assert.False(t, ops[2].Ended.Before(ops[1].Ended))
}

func TestHoldEndsWithLimitAndContext(t *testing.T) {
	g := startGateway(t, upstream(t, created))
	t.Run("after the limit", func(t *testing.T) {
		defer g.Hold(testContext(t), observe.PutMessageTo("limit"), 80*time.Millisecond)()
		began := time.Now()
		assert.Equal(t, http.StatusCreated, <-put(testContext(t), t, g, "limit", "x"))
		assert.GreaterOrEqual(t, time.Since(began), 80*time.Millisecond)
	})
	t.Run("with its context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(testContext(t))
		match, arrived := arrivals(observe.PutMessageTo("context"))
		defer g.Hold(ctx, match, time.Minute)()
		held := put(testContext(t), t, g, "context", "x")
		<-arrived
		cancel()
		assert.Equal(t, http.StatusCreated, <-held)
	})
	t.Run("two holds at once", func(t *testing.T) {
		first := g.Hold(testContext(t), observe.PutMessageTo("two"), time.Minute)
		match, arrived := arrivals(observe.PutMessageTo("two"))
		second := g.Hold(testContext(t), match, time.Minute)
		held := put(testContext(t), t, g, "two", "x")
		<-arrived
		second()
		assert.Empty(t, held)
		first()
		assert.Equal(t, http.StatusCreated, <-held)
	})
}

func TestHeldRequestOfDisconnectedClientIsNotForwarded(t *testing.T) {
	var forwarded atomic.Int32
	g := startGateway(t, upstream(t, func(w http.ResponseWriter, r *http.Request) { forwarded.Add(1); created(w, r) }))
	w := g.Subscribe(nil)
	match, arrived := arrivals(observe.PutMessageTo("q"))
	defer g.Hold(testContext(t), match, time.Minute)()
	ctx, disconnect := context.WithCancel(testContext(t))
	held := put(ctx, t, g, "q", "x")
	<-arrived
	disconnect()
	assert.Zero(t, <-held)

	op, err := w.Await(testContext(t), nil)
	require.NoError(t, err)
	assert.Contains(t, op.Error, "disconnected while its request was held")
	assert.Zero(t, forwarded.Load())
}

func TestCloseReleasesHeldRequests(t *testing.T) {
	g := startGateway(t, upstream(t, created))
	match, arrived := arrivals(observe.PutMessageTo("q"))
	g.Hold(testContext(t), match, time.Minute)
	held := put(testContext(t), t, g, "q", "x")
	<-arrived
	require.NoError(t, g.Close(testContext(t)))
	assert.Equal(t, http.StatusCreated, <-held)
}

func TestAwait(t *testing.T) {
	g := startGateway(t, upstream(t, created))
	queue := func(q string) func(evidence.Operation) bool {
		return func(op evidence.Operation) bool { return op.Resource == q }
	}
	w := g.Subscribe(observe.PutMessageTo("b"))
	all := g.Subscribe(nil)
	send(t, http.MethodPost, g.QueueURL().String()+"/a/a/messages", message("1"))
	late := g.Subscribe(nil)

	t.Run("wakes by event", func(t *testing.T) {
		found := make(chan evidence.Operation, 1)
		go func() {
			op, err := w.Await(testContext(t), nil)
			assert.NoError(t, err)
			found <- op
		}()
		send(t, http.MethodPost, g.QueueURL().String()+"/a/b/messages", message("2"))
		assert.Equal(t, "2", (<-found).Text)
	})
	t.Run("finds an earlier operation", func(t *testing.T) {
		op, err := all.Await(testContext(t), queue("a"))
		require.NoError(t, err)
		assert.Equal(t, "1", op.Text)
	})
	t.Run("subscriptions are independent", func(t *testing.T) {
		assert.Len(t, all.Operations(), 2)
		assert.Len(t, late.Operations(), 1)
		assert.Len(t, w.Operations(), 1)
	})
	t.Run("ends with its context", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		budget := errors.New("the budget has expired")
		cancel(budget)
		_, err := all.Await(ctx, queue("never"))
		require.ErrorIs(t, err, budget)
		require.ErrorContains(t, err, "2 seen")
	})
	t.Run("ends with its subscription", func(t *testing.T) {
		late.Close()
		late.Close()
		_, err := late.Await(testContext(t), queue("never"))
		require.ErrorIs(t, err, observe.ErrClosed)
		send(t, http.MethodPost, g.QueueURL().String()+"/a/c/messages", message("3"))
		assert.Len(t, late.Operations(), 1)
	})
}

func TestSubscriptionsHaveTheSameOrder(t *testing.T) {
	g := startGateway(t, upstream(t, created))
	first, second := g.Subscribe(nil), g.Subscribe(nil)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 25 {
				_, _ = http.Post(g.QueueURL().String()+"/a/q/messages", "application/xml", message("x"))
			}
		})
	}
	wg.Wait()
	require.Len(t, first.Operations(), 200)
	assert.Equal(t, first.Operations(), second.Operations())
}

func TestExpectContinueIsForwarded(t *testing.T) {
	g := startGateway(t, upstream(t, created))
	w := g.Subscribe(nil)
	shut := g.Deny(evidence.Blob, "shut")
	defer shut()
	for path, want := range map[string]string{
		"/a/c/b":    "HTTP/1.1 100 Continue\r\n",
		"/a/shut/b": "HTTP/1.1 403 Forbidden\r\n",
	} {
		conn, err := net.Dial("tcp", g.BlobURL().Host)
		require.NoError(t, err)
		require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
		_, err = io.WriteString(
			conn,
			"PUT "+path+" HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n",
		)
		require.NoError(t, err)
		first := make([]byte, len(want))
		_, err = io.ReadFull(conn, first)
		require.NoError(t, err)
		assert.Equal(t, want, string(first))
		if path == "/a/c/b" {
			_, err = io.WriteString(conn, "body")
			require.NoError(t, err)
			op, err := w.Await(testContext(t), func(op evidence.Operation) bool { return op.Resource == "c" })
			require.NoError(t, err)
			assert.Equal(t, digest([]byte("body")), op.SHA256)
		}
		require.NoError(t, conn.Close())
	}
}
