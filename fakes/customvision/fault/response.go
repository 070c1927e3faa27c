package fault

import (
	"net"
	"net/http"
	"time"
)

// SetRetryAfter sets the header that belongs to the effect's status, if any.
func (e Effect) SetRetryAfter(h http.Header) {
	if seconds := e.retryAfter(); seconds != "" {
		h.Set("Retry-After", seconds)
	}
}

// Break breaks off the connection of a call: by a TCP reset where the connection
// can be had, as over HTTP/1, else as net/http aborts an answer. It panics with
// [http.ErrAbortHandler], which is how a handler ends without one.
func Break(w http.ResponseWriter) {
	if connection, _, err := http.NewResponseController(w).Hijack(); err == nil {
		if tcp, ok := connection.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // what is unsent is dropped, so that the caller gets a reset
		}
		_ = connection.Close()
	}
	panic(http.ErrAbortHandler)
}

// TruncateBody is an answer that breaks off after that many bytes of its body; with 0
// the call is handled, and there is no answer at all.
func TruncateBody(w http.ResponseWriter, bytes int) http.ResponseWriter {
	return &cutting{ResponseWriter: w, left: bytes}
}

type cutting struct {
	http.ResponseWriter
	left int
}

func (c *cutting) WriteHeader(status int) {
	if c.left == 0 {
		Break(c.ResponseWriter)
	}
	c.ResponseWriter.WriteHeader(status)
}

func (c *cutting) Write(data []byte) (int, error) {
	if len(data) < c.left {
		c.left -= len(data)
		return c.ResponseWriter.Write(data)
	}
	_, _ = c.ResponseWriter.Write(data[:c.left])
	_ = http.NewResponseController(c.ResponseWriter).Flush()
	panic(http.ErrAbortHandler)
}

// Unwrap is for [http.ResponseController].
func (c *cutting) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// HoldTime returns how long the effect holds a call.
func (e Effect) HoldTime() time.Duration { return time.Duration(e.Delay) }
