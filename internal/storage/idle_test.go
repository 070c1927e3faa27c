package storage

import (
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/testkit/cloud"
	"github.com/cvconform/cvconform/internal/tlscert"
)

// Connections to a cloud account stay open between two requests. Azurite may have closed them in the meantime.
func TestIdleConnectionsAreReusedInTheCloud(t *testing.T) {
	for name, c := range map[string]struct {
		account string
		opened  int // connections that the second request opens
	}{
		"cloud": {"fruit.example", 0}, "azurite": {"fruit.example/devstoreaccount1", 2},
	} {
		t.Run(name+" by key", func(t *testing.T) {
			pingTwice(t, c.opened, func(o Options) (*Account, error) {
				return Open(
					"AccountName=devstoreaccount1;AccountKey=a2V5;BlobEndpoint=https://blobs."+c.account+";QueueEndpoint=https://queues."+c.account,
					o,
				)
			})
		})
		t.Run(name+" by identity", func(t *testing.T) {
			pingTwice(t, c.opened, func(o Options) (*Account, error) {
				blob, queue, err := Endpoints("https://blobs."+c.account, "https://queues."+c.account)
				require.NoError(t, err)
				return OpenIdentity(blob, queue, o)
			})
		})
	}
}

// pingTwice pings an account twice, with a pause like the poller's, and counts the connections.
func pingTwice(t *testing.T, opened int, open func(Options) (*Account, error)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		network, roots := newEmptyAccount(t)
		defer network.Close()
		dialled := 0
		a, err := open(
			Options{
				Roots:      roots,
				Credential: &fakeCredential{},
				Dial: func(ctx context.Context, n, address string) (net.Conn, error) {
					dialled++
					return network.Dial(ctx, n, address)
				},
			},
		)
		require.NoError(t, err)
		require.NoError(t, a.Ping(t.Context()))
		assert.Equal(t, 2, dialled, "one to each service")
		<-time.NewTimer(5 * time.Second).C
		require.NoError(t, a.Ping(t.Context()))
		assert.Equal(t, opened, dialled-2)
	})
}

// newEmptyAccount returns a network with an empty account, and its certificate authority.
func newEmptyAccount(t *testing.T) (*cloud.Network, *x509.CertPool) {
	t.Helper()
	network, roots := &cloud.Network{}, x509.NewCertPool()
	empty := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/xml")
		_, _ = w.Write([]byte(`<?xml version="1.0"?><EnumerationResults><Containers/><Queues/></EnumerationResults>`))
	})
	for _, host := range []string{"blobs.fruit.example", "queues.fruit.example"} {
		certificate, err := tlscert.New(time.Now(), host)
		require.NoError(t, err)
		require.True(t, roots.AppendCertsFromPEM(certificate.Authority))
		require.NoError(t, network.ServeTLS(host, empty, certificate.Server))
	}
	return network, roots
}
