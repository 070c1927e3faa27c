package tlscert_test

import (
	"crypto/x509"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/tlscert"
)

func TestCertificateHoldsForItsHostsAndItsTime(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	made, err := tlscert.New(now, "localhost", "vision.test", "127.0.0.1", "::1")
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(made.Authority))
	verify := func(host string, at time.Time) error {
		_, err := made.Server.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: host, CurrentTime: at})
		return err
	}
	for _, host := range []string{"localhost", "vision.test", "127.0.0.1", "::1"} {
		require.NoError(t, verify(host, now), host)
	}
	require.Error(t, verify("other.test", now))
	require.Error(t, verify("127.0.0.2", now))
	require.NoError(t, verify("localhost", now.Add(-30*time.Minute)), "for a clock that is behind")
	require.Error(t, verify("localhost", now.Add(tlscert.Lifetime+time.Second)))
}

// Who trusts one server trusts no other.
func TestEveryServerHasAnAuthorityOfItsOwn(t *testing.T) {
	first, err := tlscert.New(time.Now(), "localhost")
	require.NoError(t, err)
	second, err := tlscert.New(time.Now(), "localhost")
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(first.Authority))
	_, err = second.Server.Leaf.Verify(x509.VerifyOptions{Roots: roots})
	require.Error(t, err)
	assert.False(t, second.Server.Leaf.IsCA)
}

func TestHostThatCannotBeInACertificate(t *testing.T) {
	_, err := tlscert.New(time.Now(), "münchen.test")
	require.ErrorContains(t, err, "münchen.test")
}
