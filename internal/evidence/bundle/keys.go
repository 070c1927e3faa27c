package bundle

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
)

// PrivateKey parses the Ed25519 key that signs bundles: a PEM block "PRIVATE KEY" (PKCS#8), as
// openssl genpkey -algorithm ed25519 writes it. The error never has the key in it.
func PrivateKey(text []byte) (ed25519.PrivateKey, error) {
	der, err := decodePEM(text, "PRIVATE KEY")
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, errors.New("not a PKCS#8 private key")
	}
	if own, ok := key.(ed25519.PrivateKey); ok {
		return own, nil
	}
	return nil, fmt.Errorf("not an Ed25519 private key but a %T", key)
}

// PublicKey parses the Ed25519 key that verifies signatures: a PEM block "PUBLIC KEY" (PKIX), as
// openssl pkey -pubout writes it.
func PublicKey(text []byte) (ed25519.PublicKey, error) {
	der, err := decodePEM(text, "PUBLIC KEY")
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, fmt.Errorf("not a PKIX public key: %w", err)
	}
	if own, ok := key.(ed25519.PublicKey); ok {
		return own, nil
	}
	return nil, fmt.Errorf("not an Ed25519 public key but a %T", key)
}

// decodePEM returns the content of the first PEM block, which must have that type.
func decodePEM(text []byte, blockType string) ([]byte, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("no PEM block %q", blockType)
	}
	if block.Type != blockType {
		return nil, fmt.Errorf("the PEM block is a %q (use a %q)", block.Type, blockType)
	}
	return block.Bytes, nil
}
