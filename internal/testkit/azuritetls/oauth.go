// Package azuritetls starts an Azurite that accepts OAuth tokens, and issues such tokens, for tests.
package azuritetls

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/azurite"
	"github.com/cvconform/cvconform/internal/testkit"
	"github.com/cvconform/cvconform/internal/tlscert"
)

// TLSAccount is an Azurite that serves https and accepts tokens.
type TLSAccount struct {
	*azurite.Instance
	// Roots contains the certificate authority of Azurite. CAFile is a file with the same authority in PEM.
	Roots  *x509.CertPool
	CAFile string
}

// BlobAccount returns the URL of the account's blob service.
func (s *TLSAccount) BlobAccount() string { return s.BlobURL.JoinPath(azurite.AccountName).String() }

// QueueAccount returns the URL of the account's queue service.
func (s *TLSAccount) QueueAccount() string { return s.QueueURL.JoinPath(azurite.AccountName).String() }

// StartWithOAuth starts an Azurite with a certificate that is valid from now. It is stopped when the test ends. If
// there is no Node.js, the test is skipped.
func StartWithOAuth(t *testing.T, now time.Time) *TLSAccount {
	t.Helper()
	testkit.Integration(t)
	o, authority := withCertificate(t, now)
	instance, err := azurite.Start(t.Context(), azurite.Options{Kind: azurite.Process, OAuth: o})
	if missing := new(azurite.UnavailableError); errors.As(err, &missing) {
		t.Skipf("needs Azurite as a process (Node.js): %v", missing)
	}
	require.NoError(t, err)
	t.Cleanup(func() { _ = instance.Stop(context.WithoutCancel(t.Context())) })
	return &TLSAccount{Instance: instance, Roots: o.Roots, CAFile: authority}
}

// withCertificate creates the files of a certificate for this machine and of its authority.
func withCertificate(t *testing.T, now time.Time) (o *azurite.OAuth, authority string) {
	t.Helper()
	certificate, err := tlscert.New(now, "127.0.0.1", "localhost")
	require.NoError(t, err)
	key, err := x509.MarshalPKCS8PrivateKey(certificate.Server.PrivateKey)
	require.NoError(t, err)
	folder := t.TempDir()
	write := func(name string, content []byte) string {
		file := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(file, content, 0o600))
		return file
	}
	encode := func(blockType string, content []byte) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: blockType, Bytes: content})
	}
	o = &azurite.OAuth{CertificateFile: write("cert.pem", encode("CERTIFICATE", certificate.Server.Certificate[0])),
		KeyFile: write("key.pem", encode("PRIVATE KEY", key)), Roots: x509.NewCertPool()}
	require.True(t, o.Roots.AppendCertsFromPEM(certificate.Authority))
	return o, write("ca.pem", certificate.Authority)
}

// AnyToken is a credential that issues unsigned tokens. Azurite accepts them.
type AnyToken struct {
	Now func() time.Time // returns the time of issue
}

// GetToken implements azcore.TokenCredential.
func (s AnyToken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	now := s.Now()
	token, err := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{"aud": "https://storage.azure.com",
		"iss": "https://sts.windows.net/00000000-0000-0000-0000-000000000000/",
		"iat": now.Add(-time.Minute).Unix(), "nbf": now.Add(-time.Minute).Unix(), "exp": now.Add(time.Hour).Unix()},
	).SignedString(jwt.UnsafeAllowNoneSignatureType)
	return azcore.AccessToken{Token: token, ExpiresOn: now.Add(time.Hour)}, err
}
