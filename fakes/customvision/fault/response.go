package fault

import (
	"net"
	"net/http"
	"time"
)

// SetRetryAfter sets the header Retry-After if the effect has one.
func (e Effect) SetRetryAfter(h http.Header) {
	if seconds := e.retryAfter(); seconds != "" {
		h.Set("Retry-After", seconds)
	}
}

// Break breaks the connection of a call: by a TCP reset over HTTP/1, otherwise as net/http aborts a response. It panics
// with [http.ErrAbortHandler], which ends a handler without a response.
func Break(w http.ResponseWriter) {
	if connection, _, err := http.NewResponseController(w).Hijack(); err == nil {
		if tcp, ok := connection.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // drops unsent data, so that the caller receives a reset
		}
		_ = connection.Close()
	}
	panic(http.ErrAbortHandler)
}

// TruncateBody returns a writer that breaks the connection after that many bytes of the response body. With 0 it sends
// no response; the call is processed in any case.
func TruncateBody(w http.ResponseWriter, bytes int) http.ResponseWriter {
	return &truncatedResponse{ResponseWriter: w, left: bytes}
}

// truncatedResponse implements TruncateBody.
type truncatedResponse struct {
	http.ResponseWriter
	left int
}

// WriteHeader implements http.ResponseWriter.
func (t *truncatedResponse) WriteHeader(status int) {
	if t.left == 0 {
		Break(t.ResponseWriter)
	}
	t.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (t *truncatedResponse) Write(data []byte) (int, error) {
	if len(data) < t.left {
		t.left -= len(data)
		return t.ResponseWriter.Write(data)
	}
	_, _ = t.ResponseWriter.Write(data[:t.left])
	_ = http.NewResponseController(t.ResponseWriter).Flush()
	panic(http.ErrAbortHandler)
}

// Unwrap supports [http.ResponseController].
func (t *truncatedResponse) Unwrap() http.ResponseWriter { return t.ResponseWriter }

// HoldTime returns the delay of a call.
func (e Effect) HoldTime() time.Duration { return time.Duration(e.Delay) }
