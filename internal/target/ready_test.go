package target

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/trainingapi/client"
)

// newServer returns a server that gives every request the same response.
func newServer(t *testing.T, secure bool, status int, body string) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	if secure {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}

// closingListener returns the URL of a listener that closes every connection.
func closingListener(t *testing.T) string {
	return newListener(t, func(c net.Conn) { _ = c.Close() })
}

// silentListener returns the URL of a listener that sends nothing.
func silentListener(t *testing.T) string {
	return newListener(t, func(c net.Conn) { t.Cleanup(func() { _ = c.Close() }) })
}

func newListener(t *testing.T, handle func(net.Conn)) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			handle(connection)
		}
	}()
	return "http://" + listener.Addr().String()
}

func await(t *testing.T, endpoint string, o ReadyOptions) error {
	t.Helper()
	s := &Service{Endpoint: endpoint, TrainingKey: "key", Log: func() string { return "" }}
	if o.HTTP == nil {
		o.HTTP = client.NewHTTP(client.HTTPOptions{})
	}
	o.Version = "v3.3"
	return s.Await(t.Context(), o)
}

func TestReadyWithAnyStatusBelow500(t *testing.T) {
	for _, status := range []int{200, 204, 302, 400, 401, 403, 404, 429} {
		require.NoError(t, await(t, newServer(t, false, status, "").URL, ReadyOptions{Limit: 10 * time.Second}), status)
	}
}

func TestNotReadyError(t *testing.T) {
	address, err := freeAddress(t.Context())
	require.NoError(t, err)
	const short, long = 150 * time.Millisecond, time.Hour // long is for permanent errors, which do not wait
	for name, c := range map[string]struct {
		endpoint string
		limit    time.Duration
		want     []string
	}{
		"nothing listens": {
			"http://" + address, short,
			[]string{"http://" + address + " was not ready within 150ms (budget ready): ", "connection refused"},
		},
		"500": {newServer(t, false, 503, "{\n \"code\":\"Starting\"}").URL, short,
			[]string{`was not ready within 150ms (budget ready): GET domains returned 503 Service Unavailable: { "code":"Starting"}`}},
		"https instead of http": {
			"http" + strings.TrimPrefix(newServer(t, true, 200, "").URL, "https"), long,
			[]string{"cannot be used: the port speaks https"},
		},
		"http instead of https": {
			"https" + strings.TrimPrefix(newServer(t, false, 200, "").URL, "http"), long,
			[]string{"cannot be used: the port speaks http"},
		},
		"connections are closed": {
			closingListener(t), short,
			[]string{"was not ready within 150ms (budget ready): the port accepts connections, but GET domains got no response: "},
		},
		"connections are silent": {
			silentListener(t), short,
			[]string{"was not ready within 150ms (budget ready): the port accepts connections, but GET domains got no response"},
		},
		"unknown authority": {
			newServer(t, true, 200, "").URL, long, []string{"cannot be used: ", "certificate signed by unknown authority"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := await(t, c.endpoint, ReadyOptions{Limit: c.limit})
			var notReady *NotReadyError
			require.ErrorAs(t, err, &notReady)
			for _, want := range c.want {
				assert.ErrorContains(t, err, want)
			}
			if c.limit == long {
				assert.Zero(t, notReady.Limit)
			}
		})
	}
}

func TestUnknownHostIsPermanent(t *testing.T) {
	dial := func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.DNSError{Err: "no such host", Name: "service.example", IsNotFound: true}
	}
	err := await(
		t,
		"https://service.example",
		ReadyOptions{Limit: time.Hour, HTTP: client.NewHTTP(client.HTTPOptions{Dial: dial})},
	)
	require.ErrorContains(t, err, "https://service.example cannot be used: ")
	require.ErrorContains(t, err, "no such host")
}

// A probe that the rate limit prevents does not replace the error of an earlier one.
func TestProbesObserveTheRateLimit(t *testing.T) {
	probes := 0
	err := await(
		t,
		newServer(t, false, 500, "").URL,
		ReadyOptions{Limit: 150 * time.Millisecond, BeforeProbe: func(context.Context) error {
			if probes++; probes > 1 {
				return errors.New("rate limit")
			}
			return nil
		}},
	)
	require.ErrorContains(t, err, "GET domains returned 500")
	assert.Greater(t, probes, 1)
}
