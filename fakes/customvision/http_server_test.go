package customvision_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision"
)

// pipeListener is a listener with in-memory connections, so that timeouts can be tested in a bubble.
type pipeListener struct {
	connections chan net.Conn
	closed      chan struct{}
}

func (p pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-p.connections:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p pipeListener) Close() error   { close(p.closed); return nil }
func (p pipeListener) Addr() net.Addr { return &net.TCPAddr{} }

// dial returns the client's end of a new connection.
func (p pipeListener) dial() net.Conn {
	ours, theirs := net.Pipe()
	p.connections <- theirs
	return ours
}

func TestServerTimeouts(t *testing.T) {
	header := "GET /customvision/v3.3/training/domains HTTP/1.1\r\nHost: h\r\n"
	for name, c := range map[string]struct {
		sent     string
		responds bool
		within   time.Duration
	}{
		"incomplete header": {header, false, customvision.HeaderTimeout},
		"incomplete body": {
			"POST /customvision/v3.3/training/projects HTTP/1.1\r\nHost: h\r\nTraining-Key: k\r\nContent-Length: 9\r\n\r\n{",
			true, customvision.BodyTimeout,
		},
		"idle connection": {header + "\r\n", true, customvision.IdleTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake := customvision.New(customvision.Options{TrainingKey: "k"})
				server := customvision.NewHTTPServer(fake, nil)
				listener := pipeListener{make(chan net.Conn), make(chan struct{})}
				go func() { _ = server.Serve(listener) }()
				connection := listener.dial()
				start := time.Now()
				go func() { _, _ = io.WriteString(connection, c.sent) }()
				data, err := io.ReadAll(connection)
				require.NoError(t, err)
				assert.Equal(t, c.responds, len(data) > 0 && strings.HasPrefix(string(data), "HTTP/1.1 4"), "%s", data)
				assert.LessOrEqual(t, time.Since(start), c.within+time.Second)
				require.NoError(t, server.Close())
				require.NoError(t, fake.Close(t.Context()))
			})
		})
	}
}

func TestHeaderSizeLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := customvision.NewHTTPServer(http.NotFoundHandler(), nil)
		listener := pipeListener{make(chan net.Conn), make(chan struct{})}
		go func() { _ = server.Serve(listener) }()
		connection := listener.dial()
		go func() {
			_, _ = io.WriteString(
				connection,
				"GET / HTTP/1.1\r\nHost: h\r\nX: "+strings.Repeat("x", 2*customvision.HeaderBytes)+"\r\n\r\n",
			)
		}()
		response, err := http.ReadResponse(bufio.NewReader(connection), nil)
		require.NoError(t, err)
		assert.Equal(t, http.StatusRequestHeaderFieldsTooLarge, response.StatusCode)
		require.NoError(t, connection.Close())
		require.NoError(t, server.Close())
		<-time.After(time.Second) // net/http lingers that long
	})
}
