package storageaccount_test

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

	"github.com/cvconform/cvconform/fakes/storageaccount"
	"github.com/cvconform/cvconform/internal/tlscert"
)

// inBubble runs a test on a virtual clock, with a network of its own.
func inBubble(t *testing.T, f func(t *testing.T, n *storageaccount.Network)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		n := &storageaccount.Network{}
		defer n.Close()
		f(t, n)
	})
}

func TestNetworkConnectsByName(t *testing.T) {
	inBubble(t, func(t *testing.T, n *storageaccount.Network) {
		require.NoError(t, n.Serve("a.example", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			timer := time.NewTimer(time.Hour)
			<-timer.C
			_, _ = w.Write(append([]byte(r.Host+" "), body...))
		})))
		client := &http.Client{Transport: &http.Transport{DialContext: n.Dial}}
		began := time.Now()
		answer, err := client.Post("http://a.example/x", "text/plain", http.NoBody)
		require.NoError(t, err)
		body, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		assert.Equal(t, "a.example ", string(body))
		assert.Equal(t, time.Hour, time.Since(began), "no more than the handler took")

		_, err = client.Get("http://b.example/")
		var unknown *net.DNSError
		require.ErrorAs(t, err, &unknown)
		assert.True(t, unknown.IsNotFound)
	})
}

func TestNetworkSpeaksTLS(t *testing.T) {
	inBubble(t, func(t *testing.T, n *storageaccount.Network) {
		made, err := tlscert.New(time.Now(), "a.example")
		require.NoError(t, err)
		require.NoError(
			t,
			n.ServeTLS(
				"a.example",
				http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte(r.Proto)) }),
				made.Server,
			),
		)
		roots := x509.NewCertPool()
		require.True(t, roots.AppendCertsFromPEM(made.Authority))
		for want, h2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2.0": true} {
			transport := &http.Transport{
				DialContext:       n.Dial,
				TLSClientConfig:   &tls.Config{RootCAs: roots},
				ForceAttemptHTTP2: h2,
			}
			answer, err := (&http.Client{Transport: transport}).Get("https://a.example/")
			require.NoError(t, err)
			body, err := io.ReadAll(answer.Body)
			require.NoError(t, err)
			assert.Equal(t, want, string(body))
		}
	})
}

func TestNetworkRefuses(t *testing.T) {
	inBubble(t, func(t *testing.T, n *storageaccount.Network) {
		_, err := n.Dial(t.Context(), "tcp", "no port")
		require.ErrorContains(t, err, "missing port")
		l, err := n.Listen("a.example")
		require.NoError(t, err)
		_, err = n.Listen("a.example")
		require.ErrorIs(t, err, syscall.EADDRINUSE)
		require.ErrorIs(t, n.Serve("a.example", nil), syscall.EADDRINUSE)
		dialled := make(chan error)
		go func() {
			_, err := n.Dial(t.Context(), "tcp", "a.example:80") // nobody accepts
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

func TestNetworkWaitsForWhatIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, done := &storageaccount.Network{}, false
		require.NoError(t, n.Serve("a.example", http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			after(time.Hour)
			done = true
		})))
		client := &http.Client{Transport: &http.Transport{DialContext: n.Dial}}
		go func() { _, _ = client.Get("http://a.example/x") }()
		synctest.Wait()
		n.Close()
		assert.True(t, done)
	})
}

// A caller that is cut off learns of no answer, and the service of no caller.
func TestNetworkIsSevered(t *testing.T) {
	inBubble(t, func(t *testing.T, n *storageaccount.Network) {
		gone := make(chan struct{}, 1)
		require.NoError(t, n.Serve("a.example", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				<-r.Context().Done()
				gone <- struct{}{}
			}
		})))
		client := &http.Client{Transport: &http.Transport{DialContext: n.Dial}}
		cut := make(chan error)
		go func() {
			_, err := client.Post("http://a.example/x", "text/plain", nil)
			cut <- err
		}()
		synctest.Wait()
		n.Disconnect()
		require.Error(t, <-cut)
		<-gone
		_, err := client.Get("http://a.example/x")
		require.ErrorIs(t, err, syscall.ENETUNREACH)
		n.Reconnect()
		_, err = client.Get("http://a.example/x")
		require.NoError(t, err)
	})
}
