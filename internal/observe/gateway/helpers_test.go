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

// upstream starts a server in place of storage, for both services.
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

// startGateway starts a gateway in front of storage.
func startGateway(t *testing.T, storage *url.URL) *Gateway {
	t.Helper()
	return startWithOptions(t, Options{Blob: storage, Queue: storage})
}

func startWithOptions(t *testing.T, o Options) *Gateway {
	t.Helper()
	g, err := Start(o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = g.Close(context.WithoutCancel(t.Context())) })
	return g
}

// testContext returns a context with a timeout that no passing test reaches.
func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// send sends a request and returns the response with its body.
func send(t *testing.T, method, url string, body io.Reader, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(testContext(t), method, url, body)
	require.NoError(t, err)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response, string(text)
}

// message returns the body of a PutMessage.
func message(text string) io.Reader {
	return strings.NewReader(
		"<?xml version='1.0' encoding='utf-8'?><QueueMessage><MessageText>" + text + "</MessageText></QueueMessage>",
	)
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// created reads the request and responds with 201.
func created(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.WriteHeader(http.StatusCreated)
}

// only returns the single operation that w has collected.
func only(t *testing.T, w *observe.Subscription) evidence.Operation {
	t.Helper()
	ops := w.Operations()
	require.Len(t, ops, 1)
	return ops[0]
}

// pattern returns n bytes without a short period.
func pattern(n int) []byte {
	return bytes.Repeat([]byte("0123456789abcdefghi"), n/19+1)[:n]
}
