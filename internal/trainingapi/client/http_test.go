package client_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/tlscert"
	"github.com/cvconform/cvconform/internal/trainingapi/client"
)

// deadProxy is the proxy in the environment of these tests. Nothing listens at its address. Calls to this machine
// bypass it.
const deadProxy = "http://user:secret@127.0.0.1:9"

func TestMain(m *testing.M) {
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy"} {
		_ = os.Unsetenv(name)
	}
	_ = os.Setenv("HTTP_PROXY", deadProxy)
	os.Exit(m.Run())
}

// newTLSService returns a client of a service with TLS, without its HTTP field, and the service's certificate
// authority.
func newTLSService(t *testing.T, http2 bool) (*client.Client, *x509.CertPool) {
	t.Helper()
	certificate, err := tlscert.New(time.Now(), "127.0.0.1")
	require.NoError(t, err)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(204) }))
	s.EnableHTTP2 = http2
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{certificate.Server}}
	s.StartTLS()
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(certificate.Authority))
	return &client.Client{Endpoint: s.URL, Version: "v3.3", Key: key, Now: tickingClock()}, roots
}

func TestCertificates(t *testing.T) {
	c, roots := newTLSService(t, true)
	for name, o := range map[string]client.HTTPOptions{"trusted authority": {Roots: roots}, "insecure": {Insecure: true}} {
		c.HTTP = client.NewHTTP(o)
		x := c.GetDomains(t.Context())
		assert.Equal(t, []any{204, "HTTP/2.0", ""}, []any{x.Status, x.Protocol, x.Error}, name)
	}
	c.HTTP = client.NewHTTP(client.HTTPOptions{})
	assert.Contains(t, c.GetDomains(t.Context()).Error, "certificate signed by unknown authority")
}

func TestServiceWithoutHTTP2(t *testing.T) {
	c, roots := newTLSService(t, false)
	c.HTTP = client.NewHTTP(client.HTTPOptions{Roots: roots})
	assert.Equal(t, "HTTP/1.1", c.GetDomains(t.Context()).Protocol)
}

func TestProxyErrorNamesTheProxy(t *testing.T) {
	c := &client.Client{
		Endpoint: "http://service.example",
		Version:  "v3.3",
		Key:      key,
		Now:      tickingClock(),
		HTTP:     client.NewHTTP(client.HTTPOptions{}),
	}
	x := c.GetDomains(t.Context())
	assert.Contains(t, x.Error, "through the proxy http://user:xxxxx@127.0.0.1:9 (from the environment): ")
	assert.NotContains(t, x.Error, "secret")
}

func TestDialBypassesTheProxy(t *testing.T) {
	c, _ := newService(t, 200, "{}")
	address := c.Endpoint[len("http://"):]
	var dialled string
	c.Endpoint = "http://service.example"
	c.HTTP = client.NewHTTP(
		client.HTTPOptions{Dial: func(ctx context.Context, network, to string) (net.Conn, error) {
			dialled = to
			return new(net.Dialer).DialContext(ctx, network, address)
		}},
	)
	assert.Equal(t, 200, c.GetDomains(t.Context()).Status)
	assert.Equal(t, "service.example:80", dialled)
}

// The server closes a connection on which it responded before, while a request is on its way.
func TestKeptAliveConnectionThatIsClosed(t *testing.T) {
	calls := 0
	c := newClient(t, func(w http.ResponseWriter, r *http.Request) {
		if calls++; calls == 1 {
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		connection, _, err := http.NewResponseController(w).Hijack()
		if assert.NoError(t, err) {
			_ = connection.Close()
		}
	})
	require.Equal(t, 200, c.GetDomains(t.Context()).Status)
	x := c.UpdateProject(t.Context(), "p", map[string]any{"name": "n"})
	assert.Contains(t, x.Error, "the service closed the kept-alive connection on which the request was sent, after ")
	assert.Contains(t, x.Error, "the keep-alive timeout of its HTTP server must be longer than 3s")

	x = c.UpdateProject(t.Context(), "p", map[string]any{"name": "n"}) // on a new connection
	assert.Equal(t, "the connection was closed without a response: EOF", x.Error)
}
