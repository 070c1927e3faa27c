package defect

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
)

// RecordHeaderNames returns a listener that records how each request over plain HTTP spells the name of the key's
// header, for the defects that depend on it: net/http changes the names of headers. The server needs [ConnContext].
func RecordHeaderNames(l net.Listener) net.Listener { return recordingListener{l} }

// ConnContext is the ConnContext of a server whose listener records the names of headers.
func ConnContext(ctx context.Context, c net.Conn) context.Context {
	if recording, ok := c.(*recordingConn); ok {
		return context.WithValue(ctx, connKey{}, recording)
	}
	return ctx
}

// keyHeader returns the name of the key's header as the last request on the connection spelled it, or "".
func keyHeader(r *http.Request) string {
	if c, ok := r.Context().Value(connKey{}).(*recordingConn); ok && c.name.Load() != nil {
		return *c.name.Load()
	}
	return ""
}

type connKey struct{}

type recordingListener struct{ net.Listener }

// Accept implements net.Listener.
func (l recordingListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &recordingConn{Conn: c}, nil
}

// recordingConn is a connection on which one request follows another.
type recordingConn struct {
	net.Conn
	name atomic.Pointer[string]
	tail []byte // the end of what was read, in which a name may have begun
}

// Read implements net.Conn.
func (c *recordingConn) Read(p []byte) (int, error) {
	const name = "training-key"
	n, err := c.Conn.Read(p)
	text := append(c.tail, p[:n]...)
	for rest := text; ; {
		_, after, found := bytes.Cut(rest, []byte("\r\n"))
		if !found || len(after) <= len(name) {
			break
		}
		if spelling := string(after[:len(name)]); after[len(name)] == ':' && strings.EqualFold(spelling, name) {
			c.name.Store(&spelling)
		}
		rest = after
	}
	c.tail = slices.Clone(text[max(0, len(text)-len("\r\n"+name)):])
	return n, err
}
