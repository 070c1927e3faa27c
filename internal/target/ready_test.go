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

// running is a server that answers everything alike.
func running(t *testing.T, secure bool, status int, body string) *httptest.Server {
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

// closing is the address of a listener that closes what it accepts.
func closing(t *testing.T) string {
	return accepting(t, func(c net.Conn) { _ = c.Close() })
}

// hanging is that of one that does nothing with it.
func hanging(t *testing.T) string {
	return accepting(t, func(c net.Conn) { t.Cleanup(func() { _ = c.Close() }) })
}

func accepting(t *testing.T, with func(net.Conn)) string {
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
			with(connection)
		}
	}()
	return "http://" + listener.Addr().String()
}

func awaited(t *testing.T, endpoint string, p ReadyOptions) error {
	t.Helper()
	s := &Service{Endpoint: endpoint, TrainingKey: "key", Log: func() string { return "" }}
	if p.HTTP == nil {
		p.HTTP = client.NewHTTP(client.HTTPOptions{})
	}
	p.Version = "v3.3"
	return s.Await(t.Context(), p)
}

func TestReadyIsWhateverIsBelow500(t *testing.T) {
	for _, status := range []int{200, 204, 302, 400, 401, 403, 404, 429} {
		require.NoError(t, awaited(t, running(t, false, status, "").URL, ReadyOptions{Limit: 10 * time.Second}), status)
	}
}

func TestAServiceThatIsNotReadySaysWhy(t *testing.T) {
	address, err := freeAddress(t.Context())
	require.NoError(t, err)
	const short, long = 150 * time.Millisecond, time.Hour // an hour is what is not waited for
	for name, c := range map[string]struct {
		endpoint string
		limit    time.Duration
		want     []string
	}{
		"nobody listens": {"http://" + address, short, []string{"http://" + address + " was not ready within 150ms (budget ready): ", "connection refused"}},
		"500": {running(t, false, 503, "{\n \"code\":\"Starting\"}").URL, short,
			[]string{`was not ready within 150ms (budget ready): GET domains answered 503 Service Unavailable: { "code":"Starting"}`}},
		"TLS, where HTTP is expected":   {"http" + strings.TrimPrefix(running(t, true, 200, "").URL, "https"), long, []string{"cannot be used: https is spoken there"}},
		"HTTP, where TLS is expected":   {"https" + strings.TrimPrefix(running(t, false, 200, "").URL, "http"), long, []string{"cannot be used: http is spoken there"}},
		"a door that is closed":         {closing(t), short, []string{"was not ready within 150ms (budget ready): somebody takes connections there, but GET domains is not answered: "}},
		"a door that nobody opens":      {hanging(t), short, []string{"was not ready within 150ms (budget ready): somebody takes connections there, but GET domains is not answered"}},
		"a certificate of nobody known": {running(t, true, 200, "").URL, long, []string{"cannot be used: ", "certificate signed by unknown authority"}},
	} {
		t.Run(name, func(t *testing.T) {
			err := awaited(t, c.endpoint, ReadyOptions{Limit: c.limit})
			var unready *NotReadyError
			require.ErrorAs(t, err, &unready)
			for _, want := range c.want {
				assert.ErrorContains(t, err, want)
			}
			if c.limit == long {
				assert.Zero(t, unready.Limit)
			}
		})
	}
}

func TestANameThatIsNotThereIsNotWaitedFor(t *testing.T) {
	dial := func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.DNSError{Err: "no such host", Name: "service.example", IsNotFound: true}
	}
	err := awaited(
		t,
		"https://service.example",
		ReadyOptions{Limit: time.Hour, HTTP: client.NewHTTP(client.HTTPOptions{Dial: dial})},
	)
	require.ErrorContains(t, err, "https://service.example cannot be used: ")
	require.ErrorContains(t, err, "no such host")
}

// What could not be asked any more says nothing about the service.
func TestQuestionsKeepTheRate(t *testing.T) {
	asked := 0
	err := awaited(
		t,
		running(t, false, 500, "").URL,
		ReadyOptions{Limit: 150 * time.Millisecond, ProbeInterval: func(context.Context) error {
			if asked++; asked > 1 {
				return errors.New("not your turn")
			}
			return nil
		}},
	)
	require.ErrorContains(t, err, "GET domains answered 500")
	assert.Greater(t, asked, 1)
}
