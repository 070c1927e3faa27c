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

// Between two looks at an account of the cloud its connections stay open, however
// it is reached; an Azurite may have closed them meanwhile.
func TestConnectionsAreKeptAsLongAsTheAccountKeepsThem(t *testing.T) {
	for name, c := range map[string]struct {
		account string
		again   int // connections that the second look has to open
	}{
		"cloud": {"fruit.example", 0}, "azurite": {"fruit.example/devstoreaccount1", 2},
	} {
		t.Run(name+" by key", func(t *testing.T) {
			looksTwice(t, c.again, func(o Options) (*Account, error) {
				return Open(
					"AccountName=devstoreaccount1;AccountKey=a2V5;BlobEndpoint=https://blobs."+c.account+";QueueEndpoint=https://queues."+c.account,
					o,
				)
			})
		})
		t.Run(name+" by identity", func(t *testing.T) {
			looksTwice(t, c.again, func(o Options) (*Account, error) {
				blob, queue, err := Endpoints("https://blobs."+c.account, "https://queues."+c.account)
				require.NoError(t, err)
				return OpenIdentity(blob, queue, o)
			})
		})
	}
}

// looksTwice looks at an account twice, as long apart as looks are where nothing is
// expected, and counts connections.
func looksTwice(t *testing.T, again int, open func(Options) (*Account, error)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		network, roots := empty(t)
		defer network.Close()
		opened := 0
		a, err := open(
			Options{
				Roots:      roots,
				Credential: &credential{},
				Dial: func(ctx context.Context, n, address string) (net.Conn, error) {
					opened++
					return network.Dial(ctx, n, address)
				},
			},
		)
		require.NoError(t, err)
		require.NoError(t, a.Ping(t.Context()))
		assert.Equal(t, 2, opened, "one to each service")
		<-time.NewTimer(5 * time.Second).C
		require.NoError(t, a.Ping(t.Context()))
		assert.Equal(t, again, opened-2)
	})
}

// empty is a network with an account that has nothing, and the authority that it is
// believed by.
func empty(t *testing.T) (*cloud.Network, *x509.CertPool) {
	t.Helper()
	network, roots := &cloud.Network{}, x509.NewCertPool()
	nothing := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/xml")
		_, _ = w.Write([]byte(`<?xml version="1.0"?><EnumerationResults><Containers/><Queues/></EnumerationResults>`))
	})
	for _, host := range []string{"blobs.fruit.example", "queues.fruit.example"} {
		made, err := tlscert.New(time.Now(), host)
		require.NoError(t, err)
		require.True(t, roots.AppendCertsFromPEM(made.Authority))
		require.NoError(t, network.ServeTLS(host, nothing, made.Server))
	}
	return network, roots
}
