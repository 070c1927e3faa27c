package evidence

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
)

// PrivateKey reads the Ed25519 key that signs bundles, from a PEM block "PRIVATE
// KEY" (PKCS#8), as openssl genpkey -algorithm ed25519 writes it. The error never
// quotes it.
func PrivateKey(text []byte) (ed25519.PrivateKey, error) {
	der, err := block(text, "PRIVATE KEY")
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, errors.New("no PKCS#8 private key")
	}
	if own, ok := key.(ed25519.PrivateKey); ok {
		return own, nil
	}
	return nil, fmt.Errorf("a private key of another kind than Ed25519 (%T)", key)
}

// PublicKey reads the Ed25519 key that verifies signatures, from a PEM block
// "PUBLIC KEY" (PKIX), as openssl pkey -pubout writes it.
func PublicKey(text []byte) (ed25519.PublicKey, error) {
	der, err := block(text, "PUBLIC KEY")
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, fmt.Errorf("no PKIX public key: %w", err)
	}
	if own, ok := key.(ed25519.PublicKey); ok {
		return own, nil
	}
	return nil, fmt.Errorf("a public key of another kind than Ed25519 (%T)", key)
}

func block(text []byte, kind string) ([]byte, error) {
	found, _ := pem.Decode(text)
	if found == nil {
		return nil, fmt.Errorf("no PEM block %q", kind)
	}
	if found.Type != kind {
		return nil, fmt.Errorf("a PEM block %q, where %q is needed", found.Type, kind)
	}
	return found.Bytes, nil
}
