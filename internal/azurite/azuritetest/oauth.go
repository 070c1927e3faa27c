// Package azuritetest starts, for tests of this module, an Azurite that takes
// tokens, and gives out such tokens.
package azuritetest

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/azurite"
	"github.com/cvconform/cvconform/internal/certificate"
)

// StartOAuth starts an Azurite that serves https, by a certificate of that time,
// and takes tokens until the test ends. It returns the authorities that it is
// believed by. The test is skipped where there is no Node.js.
func StartOAuth(t *testing.T, now time.Time) (*azurite.Instance, *x509.CertPool) {
	t.Helper()
	o := certified(t, now)
	instance, err := azurite.Start(t.Context(), azurite.Options{Kind: azurite.Process, OAuth: o})
	if missing := new(azurite.UnavailableError); errors.As(err, &missing) {
		t.Skipf("needs Azurite as a process (Node.js): %v", missing)
	}
	require.NoError(t, err)
	t.Cleanup(func() { _ = instance.Stop(context.WithoutCancel(t.Context())) })
	return instance, o.Roots
}

// certified makes the files of a certificate for this machine.
func certified(t *testing.T, now time.Time) *azurite.OAuth {
	t.Helper()
	made, err := certificate.New(now, "127.0.0.1", "localhost")
	require.NoError(t, err)
	key, err := x509.MarshalPKCS8PrivateKey(made.Server.PrivateKey)
	require.NoError(t, err)
	folder := t.TempDir()
	write := func(name, kind string, content []byte) string {
		file := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}), 0o600))
		return file
	}
	o := &azurite.OAuth{CertificateFile: write("cert.pem", "CERTIFICATE", made.Server.Certificate[0]),
		KeyFile: write("key.pem", "PRIVATE KEY", key), Roots: x509.NewCertPool()}
	require.True(t, o.Roots.AppendCertsFromPEM(made.Authority))
	return o
}

// Somebody has unsigned tokens, which Azurite believes, and nobody else.
type Somebody struct {
	Now func() time.Time
}

// GetToken implements azcore.TokenCredential.
func (s Somebody) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	now := s.Now()
	token, err := unsigned(map[string]any{"aud": "https://storage.azure.com", "iss": "https://sts.windows.net/00000000-0000-0000-0000-000000000000/",
		"iat": now.Add(-time.Minute).Unix(), "nbf": now.Add(-time.Minute).Unix(), "exp": now.Add(time.Hour).Unix()})
	return azcore.AccessToken{Token: token, ExpiresOn: now.Add(time.Hour)}, err
}

func unsigned(claims map[string]any) (string, error) {
	text, err := json.Marshal(claims)
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"typ":"JWT","alg":"none"}`)) + "." + encode(text) + ".", err
}
