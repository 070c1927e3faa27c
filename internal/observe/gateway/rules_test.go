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

func TestDenyRefusesOnlyWhatItNamesAndOnlyUntilUndone(t *testing.T) {
	var forwarded atomic.Int32
	g := frontOf(t, upstream(t, func(w http.ResponseWriter, r *http.Request) { forwarded.Add(1); created(w, r) }))
	w := g.Subscribe(nil)
	undo := g.Deny(evidence.Queue, "shut")
	put := func(queue string) int {
		answer, _ := send(t, http.MethodPost, g.QueueURL().String()+"/a/"+queue+"/messages", message("hello"))
		return answer.StatusCode
	}

	assert.Equal(t, http.StatusForbidden, put("shut"))
	assert.Equal(t, http.StatusCreated, put("open"))
	answer, _ := send(t, http.MethodPut, g.BlobURL().String()+"/a/shut/b", strings.NewReader("x"))
	assert.Equal(t, http.StatusCreated, answer.StatusCode, "a container of the same name is not a queue")
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

func TestDeniedAnswerIsAzures(t *testing.T) {
	g := frontOf(t, upstream(t, created))
	g.Deny(evidence.Blob, "shut")
	answer, body := send(
		t,
		http.MethodPut,
		g.BlobURL().String()+"/a/shut/b",
		strings.NewReader(strings.Repeat("x", 3<<20)),
		"x-ms-version",
		"2026-06-06",
	)

	assert.Equal(t, "AuthorizationPermissionMismatch", answer.Header.Get("x-ms-error-code"))
	assert.Equal(t, "2026-06-06", answer.Header.Get("x-ms-version"))
	assert.Equal(t, "application/xml", answer.Header.Get("Content-Type"))
	var e struct{ Code, Message string }
	require.NoError(t, xml.Unmarshal([]byte(body), &e))
	assert.Equal(t, "AuthorizationPermissionMismatch", e.Code)
	assert.Contains(t, e.Message, "RequestId:"+answer.Header.Get("x-ms-request-id"))
}

// put sends one message in the background; the channel gives its status, or 0.
func put(t *testing.T, ctx context.Context, g *Gateway, queue, text string) <-chan int {
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
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			status <- 0
			return
		}
		_ = answer.Body.Close()
		status <- answer.StatusCode
	}()
	return status
}

// arrivals is a match for Hold that tells of each request that it holds.
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

func TestHoldKeepsMessagesBackUntilReleased(t *testing.T) {
	var forwarded atomic.Int32
	g := frontOf(t, upstream(t, func(w http.ResponseWriter, r *http.Request) { forwarded.Add(1); created(w, r) }))
	w := g.Subscribe(nil)
	match, arrived := arrivals(observe.PutMessageTo("q"))
	release := g.Hold(within(t), match, time.Minute)

	held := put(t, within(t), g, "q", "text")
	assert.Equal(t, "text", (<-arrived).Text)
	assert.Equal(t, http.StatusCreated, <-put(t, within(t), g, "other", "text"), "another queue is not held")
	send(t, http.MethodGet, g.QueueURL().String()+"/a/q/messages", nil) // nor another operation
	assert.Equal(t, int32(2), forwarded.Load())
	assert.Empty(t, held)

	release()
	release()
	assert.Equal(t, http.StatusCreated, <-held)
	assert.Equal(t, http.StatusCreated, <-put(t, within(t), g, "q", "text"), "nothing is held after the release")
	ops := w.Operations()
	require.Len(t, ops, 4)
	assert.True(t, ops[2].Began.Before(ops[0].Ended), "a held operation began when it arrived")
	assert.False(t, ops[2].Ended.Before(ops[1].Ended))
}

func TestHoldEndsByItself(t *testing.T) {
	g := frontOf(t, upstream(t, created))
	t.Run("after the limit", func(t *testing.T) {
		defer g.Hold(within(t), observe.PutMessageTo("limit"), 80*time.Millisecond)()
		began := time.Now()
		assert.Equal(t, http.StatusCreated, <-put(t, within(t), g, "limit", "x"))
		assert.GreaterOrEqual(t, time.Since(began), 80*time.Millisecond)
	})
	t.Run("with its context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(within(t))
		match, arrived := arrivals(observe.PutMessageTo("context"))
		defer g.Hold(ctx, match, time.Minute)()
		held := put(t, within(t), g, "context", "x")
		<-arrived
		cancel()
		assert.Equal(t, http.StatusCreated, <-held)
	})
	t.Run("two holds at once", func(t *testing.T) {
		first := g.Hold(within(t), observe.PutMessageTo("two"), time.Minute)
		match, arrived := arrivals(observe.PutMessageTo("two"))
		second := g.Hold(within(t), match, time.Minute)
		held := put(t, within(t), g, "two", "x")
		<-arrived
		second()
		assert.Empty(t, held)
		first()
		assert.Equal(t, http.StatusCreated, <-held)
	})
}

func TestHeldClientThatLeavesIsRecordedAndNotForwarded(t *testing.T) {
	var forwarded atomic.Int32
	g := frontOf(t, upstream(t, func(w http.ResponseWriter, r *http.Request) { forwarded.Add(1); created(w, r) }))
	w := g.Subscribe(nil)
	match, arrived := arrivals(observe.PutMessageTo("q"))
	defer g.Hold(within(t), match, time.Minute)()
	ctx, leave := context.WithCancel(within(t))
	held := put(t, ctx, g, "q", "x")
	<-arrived
	leave()
	assert.Zero(t, <-held)

	op, err := w.Await(within(t), nil)
	require.NoError(t, err)
	assert.Contains(t, op.Error, "went away while its request was held")
	assert.Zero(t, forwarded.Load())
}

func TestCloseLetsHeldRequestsGo(t *testing.T) {
	g := frontOf(t, upstream(t, created))
	match, arrived := arrivals(observe.PutMessageTo("q"))
	g.Hold(within(t), match, time.Minute)
	held := put(t, within(t), g, "q", "x")
	<-arrived
	require.NoError(t, g.Close(within(t)))
	assert.Equal(t, http.StatusCreated, <-held)
}

func TestAwait(t *testing.T) {
	g := frontOf(t, upstream(t, created))
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
			op, err := w.Await(within(t), nil)
			assert.NoError(t, err)
			found <- op
		}()
		send(t, http.MethodPost, g.QueueURL().String()+"/a/b/messages", message("2"))
		assert.Equal(t, "2", (<-found).Text)
	})
	t.Run("finds what is past", func(t *testing.T) {
		op, err := all.Await(within(t), queue("a"))
		require.NoError(t, err)
		assert.Equal(t, "1", op.Text)
	})
	t.Run("watches are independent", func(t *testing.T) {
		assert.Len(t, all.Operations(), 2)
		assert.Len(t, late.Operations(), 1)
		assert.Len(t, w.Operations(), 1)
	})
	t.Run("ends with its context", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		budget := errors.New("the budget is spent")
		cancel(budget)
		_, err := all.Await(ctx, queue("never"))
		require.ErrorIs(t, err, budget)
		require.ErrorContains(t, err, "2 seen")
	})
	t.Run("ends with its watch", func(t *testing.T) {
		late.Close()
		late.Close()
		_, err := late.Await(within(t), queue("never"))
		require.ErrorIs(t, err, observe.ErrClosed)
		send(t, http.MethodPost, g.QueueURL().String()+"/a/c/messages", message("3"))
		assert.Len(t, late.Operations(), 1)
	})
}

func TestManyWatchesSeeTheSameOrder(t *testing.T) {
	g := frontOf(t, upstream(t, created))
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

func TestExpectContinuePasses(t *testing.T) {
	g := frontOf(t, upstream(t, created))
	w := g.Subscribe(nil)
	shut := g.Deny(evidence.Blob, "shut")
	defer shut()
	for path, want := range map[string]string{"/a/c/b": "HTTP/1.1 100 Continue\r\n", "/a/shut/b": "HTTP/1.1 403 Forbidden\r\n"} {
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
			op, err := w.Await(within(t), func(op evidence.Operation) bool { return op.Resource == "c" })
			require.NoError(t, err)
			assert.Equal(t, digest([]byte("body")), op.SHA256)
		}
		require.NoError(t, conn.Close())
	}
}
