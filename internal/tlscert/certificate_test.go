package tlscert_test

import (
	"crypto/x509"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/tlscert"
)

func TestCertificateIsValidForHostsAndLifetime(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	certificate, err := tlscert.New(now, "localhost", "vision.test", "127.0.0.1", "::1")
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(certificate.Authority))
	verify := func(host string, at time.Time) error {
		_, err := certificate.Server.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: host, CurrentTime: at})
		return err
	}
	for _, host := range []string{"localhost", "vision.test", "127.0.0.1", "::1"} {
		require.NoError(t, verify(host, now), host)
	}
	require.Error(t, verify("other.test", now))
	require.Error(t, verify("127.0.0.2", now))
	require.NoError(t, verify("localhost", now.Add(-30*time.Minute)), "the clock of a client may be behind")
	require.Error(t, verify("localhost", now.Add(tlscert.Lifetime+time.Second)))
}

// A client that trusts one server trusts no other.
func TestEachCertificateHasItsOwnAuthority(t *testing.T) {
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

func TestInvalidHostIsAnError(t *testing.T) {
	_, err := tlscert.New(time.Now(), "münchen.test")
	require.ErrorContains(t, err, "münchen.test")
}
