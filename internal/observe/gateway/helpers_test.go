package gateway

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/observe"
)

// upstream is a storage stand-in for both services.
func upstream(t *testing.T, h http.HandlerFunc) *url.URL {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return parsed(t, s.URL)
}

func parsed(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	require.NoError(t, err)
	return u
}

// frontOf starts a gateway before storage.
func frontOf(t *testing.T, storage *url.URL) *Gateway {
	t.Helper()
	return started(t, Options{Blob: storage, Queue: storage})
}

func started(t *testing.T, o Options) *Gateway {
	t.Helper()
	g, err := Start(o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = g.Close(context.WithoutCancel(t.Context())) })
	return g
}

// within is a context that ends long after anything here should have happened.
func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// send makes one request and reads the whole answer.
func send(t *testing.T, method, url string, body io.Reader, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(within(t), method, url, body)
	require.NoError(t, err)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer, string(text)
}

// message is the body of a PutMessage.
func message(text string) io.Reader {
	return strings.NewReader(
		"<?xml version='1.0' encoding='utf-8'?><QueueMessage><MessageText>" + text + "</MessageText></QueueMessage>",
	)
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// created answers 201 after reading the request.
func created(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.WriteHeader(http.StatusCreated)
}

// only is the one operation that w has collected.
func only(t *testing.T, w *observe.Subscription) evidence.Operation {
	t.Helper()
	ops := w.Operations()
	require.Len(t, ops, 1)
	return ops[0]
}

// pattern is n bytes without a short period.
func pattern(n int) []byte {
	return bytes.Repeat([]byte("0123456789abcdefghi"), n/19+1)[:n]
}
