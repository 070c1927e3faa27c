package cloud_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/testkit/cloud"
	"github.com/cvconform/cvconform/internal/tlscert"
)

// runInBubble runs a test with a virtual clock and a network.
func runInBubble(t *testing.T, f func(t *testing.T, n *cloud.Network)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		n := &cloud.Network{}
		defer n.Close()
		f(t, n)
	})
}

// wait advances the virtual clock.
func wait(d time.Duration) { <-time.NewTimer(d).C }

func TestNetworkConnectsByName(t *testing.T) {
	runInBubble(t, func(t *testing.T, n *cloud.Network) {
		require.NoError(t, n.Serve("a.example", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			wait(time.Hour)
			_, _ = w.Write(append([]byte(r.Host+" "), body...))
		})))
		client := &http.Client{Transport: &http.Transport{DialContext: n.Dial}}
		start := time.Now()
		response, err := client.Post("http://a.example/x", "text/plain", http.NoBody)
		require.NoError(t, err)
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		assert.Equal(t, "a.example ", string(body))
		assert.Equal(t, time.Hour, time.Since(start), "the network adds no latency")

		_, err = client.Get("http://b.example/")
		var unknown *net.DNSError
		require.ErrorAs(t, err, &unknown)
		assert.True(t, unknown.IsNotFound)
	})
}

func TestNetworkServesTLS(t *testing.T) {
	runInBubble(t, func(t *testing.T, n *cloud.Network) {
		certificate, err := tlscert.New(time.Now(), "a.example")
		require.NoError(t, err)
		require.NoError(
			t,
			n.ServeTLS(
				"a.example",
				http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte(r.Proto)) }),
				certificate.Server,
			),
		)
		roots := x509.NewCertPool()
		require.True(t, roots.AppendCertsFromPEM(certificate.Authority))
		for want, h2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2.0": true} {
			transport := &http.Transport{
				DialContext:       n.Dial,
				TLSClientConfig:   &tls.Config{RootCAs: roots},
				ForceAttemptHTTP2: h2,
			}
			response, err := (&http.Client{Transport: transport}).Get("https://a.example/")
			require.NoError(t, err)
			body, err := io.ReadAll(response.Body)
			require.NoError(t, err)
			assert.Equal(t, want, string(body))
		}
	})
}

func TestNetworkErrors(t *testing.T) {
	runInBubble(t, func(t *testing.T, n *cloud.Network) {
		_, err := n.Dial(t.Context(), "tcp", "no port")
		require.ErrorContains(t, err, "missing port")
		l, err := n.Listen("a.example")
		require.NoError(t, err)
		_, err = n.Listen("a.example")
		require.ErrorIs(t, err, syscall.EADDRINUSE)
		require.ErrorIs(t, n.Serve("a.example", nil), syscall.EADDRINUSE)
		dialled := make(chan error)
		go func() {
			_, err := n.Dial(t.Context(), "tcp", "a.example:80") // no goroutine accepts it
			dialled <- err
		}()
		synctest.Wait()
		require.NoError(t, l.Close())
		require.ErrorIs(t, <-dialled, syscall.ECONNREFUSED)
		n.Close()
		_, err = n.Listen("a.example")
		require.ErrorIs(t, err, net.ErrClosed)
	})
}

func TestCloseWaitsForRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, done := &cloud.Network{}, false
		require.NoError(t, n.Serve("a.example", http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			wait(time.Hour)
			done = true
		})))
		client := &http.Client{Transport: &http.Transport{DialContext: n.Dial}}
		go func() { _, _ = client.Get("http://a.example/x") }()
		synctest.Wait()
		n.Close()
		assert.True(t, done)
	})
}

// After Disconnect the client receives no response, and the context of the request ends on the server.
func TestDisconnectAndReconnect(t *testing.T) {
	runInBubble(t, func(t *testing.T, n *cloud.Network) {
		cancelled := make(chan struct{}, 1)
		require.NoError(t, n.Serve("a.example", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				<-r.Context().Done()
				cancelled <- struct{}{}
			}
		})))
		client := &http.Client{Transport: &http.Transport{DialContext: n.Dial}}
		result := make(chan error)
		go func() {
			_, err := client.Post("http://a.example/x", "text/plain", nil)
			result <- err
		}()
		synctest.Wait()
		n.Disconnect()
		require.Error(t, <-result)
		<-cancelled
		_, err := client.Get("http://a.example/x")
		require.ErrorIs(t, err, syscall.ENETUNREACH)
		n.Reconnect()
		_, err = client.Get("http://a.example/x")
		require.NoError(t, err)
	})
}
