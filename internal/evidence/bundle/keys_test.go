package bundle_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/evidence/bundle"
)

// encodeKeys returns a pair of keys as PEM: PKCS#8 and PKIX.
func encodeKeys(t *testing.T, private, public any) (string, string) {
	t.Helper()
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	known, err := x509.MarshalPKIXPublicKey(public)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: known}))
}

func TestSignature(t *testing.T) {
	own := ed25519.NewKeyFromSeed([]byte(strings.Repeat("s", ed25519.SeedSize)))
	privatePEM, publicPEM := encodeKeys(t, own, own.Public())
	key, err := bundle.PrivateKey([]byte(privatePEM))
	require.NoError(t, err)
	public, err := bundle.PublicKey([]byte(publicPEM))
	require.NoError(t, err)
	other, _, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)

	signed := openBundle(t, writeBundle(t, key))
	assert.Empty(t, signed.Check(), "a signature is not an unlisted file")
	assert.True(t, signed.Signed())
	assert.Empty(t, signed.VerifySignature(public))
	const wrong = "the signature is not that of this key over this manifest"
	assert.Equal(t, wrong, signed.VerifySignature(other))

	plain := openBundle(t, writeBundle(t, nil))
	assert.False(t, plain.Signed())
	assert.Equal(t, "the bundle is not signed", plain.VerifySignature(public))

	for name, c := range map[string]struct {
		file   string
		change func(content string) string
		want   string
	}{
		"another manifest":    {"manifest.json", func(s string) string { return strings.Replace(s, `"run1"`, `"run2"`, 1) }, wrong},
		"half a signature":    {"manifest.json.sig", func(s string) string { return s[:32] }, wrong},
		"another signature":   {"manifest.json.sig", func(s string) string { return s[32:] + s[:32] }, wrong},
		"more than signature": {"manifest.json.sig", func(s string) string { return s + "x" }, "manifest.json.sig cannot be read: larger than 64 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			packed := repack(t, writeBundle(t, key), func(files []entry) []entry {
				for i, f := range files {
					if f.name == c.file {
						files[i].content = c.change(f.content)
					}
				}
				return files
			})
			b, err := bundle.NewBundle(strings.NewReader(string(packed)), int64(len(packed)))
			require.NoError(t, err)
			assert.Equal(t, c.want, b.VerifySignature(public))
		})
	}
}

func TestKeyErrors(t *testing.T) {
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	curvePrivate, curvePublic := encodeKeys(t, curve, curve.Public())
	public, private, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	privatePEM, goodPublic := encodeKeys(t, private, public)
	broken := strings.Replace(privatePEM, "MC4C", "MC4D", 1)
	for want, text := range map[string]string{
		`no PEM block "PRIVATE KEY"`:                            "key",
		`the PEM block is a "PUBLIC KEY" (use a "PRIVATE KEY")`: goodPublic,
		"not an Ed25519 private key but a *ecdsa.PrivateKey":    curvePrivate,
		"not a PKCS#8 private key":                              broken,
	} {
		_, err := bundle.PrivateKey([]byte(text))
		assert.EqualError(t, err, want)
	}
	for want, text := range map[string]string{
		`no PEM block "PUBLIC KEY"`:                             "",
		`the PEM block is a "PRIVATE KEY" (use a "PUBLIC KEY")`: privatePEM,
		"not an Ed25519 public key but a *ecdsa.PublicKey":      curvePublic,
	} {
		_, err := bundle.PublicKey([]byte(text))
		assert.EqualError(t, err, want)
	}
	_, err = bundle.PublicKey([]byte(strings.Replace(goodPublic, "MCow", "MCox", 1)))
	assert.ErrorContains(t, err, "not a PKIX public key")
}
