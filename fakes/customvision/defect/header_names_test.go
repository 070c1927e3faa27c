package defect

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Each request on a connection is answered with its own spelling, wherever the reads of the connection end.
func TestKeyHeader(t *testing.T) {
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := http.Server{ConnContext: ConnContext, Handler: http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, keyHeader(r)) },
	)}
	go func() { _ = server.Serve(RecordHeaderNames(listener)) }()
	t.Cleanup(func() { assert.NoError(t, server.Close()) })
	c, err := new(net.Dialer).DialContext(t.Context(), "tcp", listener.Addr().String())
	require.NoError(t, err)
	responses := bufio.NewReader(c)
	for _, name := range []string{"Training-Key", "training-key", "TRAINING-KEY"} {
		for _, size := range []int{1, 7, 1000} {
			request := fmt.Sprintf("GET / HTTP/1.1\r\nHost: x\r\n%s: k\r\nOther: training-key: x\r\n\r\n", name)
			for len(request) > 0 {
				n := min(size, len(request))
				_, err := io.WriteString(c, request[:n])
				require.NoError(t, err)
				request = request[n:]
			}
			response, err := http.ReadResponse(responses, nil)
			require.NoError(t, err)
			body, err := io.ReadAll(response.Body)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			assert.Equal(t, name, string(body), "%d bytes at a time", size)
		}
	}
}

func TestKeyHeaderIsUnknownWithoutARecord(t *testing.T) {
	r, err := http.NewRequestWithContext(ConnContext(t.Context(), nil), http.MethodGet, "/", nil)
	require.NoError(t, err)
	assert.Empty(t, keyHeader(r))
}
