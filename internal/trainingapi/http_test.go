package trainingapi_test

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
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// deadProxy is where the environment of these tests says that a proxy is: nobody
// listens there. Calls to this machine go around it.
const deadProxy = "http://user:secret@127.0.0.1:9"

func TestMain(m *testing.M) {
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy"} {
		_ = os.Unsetenv(name)
	}
	_ = os.Setenv("HTTP_PROXY", deadProxy)
	os.Exit(m.Run())
}

// secure is a service behind TLS, and who signed its certificate.
func secure(t *testing.T, http2 bool) (*trainingapi.Client, *x509.CertPool) {
	t.Helper()
	made, err := tlscert.New(time.Now(), "127.0.0.1")
	require.NoError(t, err)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(204) }))
	s.EnableHTTP2 = http2
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{made.Server}}
	s.StartTLS()
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(made.Authority))
	return &trainingapi.Client{Endpoint: s.URL, Version: "v3.3", Key: key, Now: clock()}, roots
}

func TestCertificates(t *testing.T) {
	c, roots := secure(t, true)
	for name, o := range map[string]trainingapi.HTTPOptions{"its authority": {Roots: roots}, "nobody looks": {Insecure: true}} {
		c.HTTP = trainingapi.NewHTTP(o)
		x := c.GetDomains(t.Context())
		assert.Equal(t, []any{204, "HTTP/2.0", ""}, []any{x.Status, x.Protocol, x.Error}, name)
	}
	c.HTTP = trainingapi.NewHTTP(trainingapi.HTTPOptions{})
	assert.Contains(t, c.GetDomains(t.Context()).Error, "certificate signed by unknown authority")
}

func TestTheProtocolIsTheServicesChoice(t *testing.T) {
	c, roots := secure(t, false)
	c.HTTP = trainingapi.NewHTTP(trainingapi.HTTPOptions{Roots: roots})
	assert.Equal(t, "HTTP/1.1", c.GetDomains(t.Context()).Protocol)
}

func TestAProxyIsNamedWhereItFails(t *testing.T) {
	c := &trainingapi.Client{
		Endpoint: "http://service.example",
		Version:  "v3.3",
		Key:      key,
		Now:      clock(),
		HTTP:     trainingapi.NewHTTP(trainingapi.HTTPOptions{}),
	}
	x := c.GetDomains(t.Context())
	assert.Contains(t, x.Error, "through the proxy http://user:xxxxx@127.0.0.1:9 (of the environment): ")
	assert.NotContains(t, x.Error, "secret")
}

// Whoever opens the connections knows the way: there is no proxy.
func TestConnectionsThatAreOpenedForTheClientGoThroughNoProxy(t *testing.T) {
	c, _ := service(t, 200, "{}")
	to := c.Endpoint[len("http://"):]
	var dialled string
	c.Endpoint = "http://service.example"
	c.HTTP = trainingapi.NewHTTP(
		trainingapi.HTTPOptions{Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			dialled = address
			return new(net.Dialer).DialContext(ctx, network, to)
		}},
	)
	assert.Equal(t, 200, c.GetDomains(t.Context()).Status)
	assert.Equal(t, "service.example:80", dialled)
}
