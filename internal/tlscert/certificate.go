// Package tlscert creates the certificate of a development server. A certificate authority that is created for this
// purpose signs it, and its private key is discarded. So a client that trusts the authority trusts that one server
// only. The package also reads the certificate authorities that a client trusts.
//
// Stop extending the package where a certificate would have to outlive its process.
package tlscert

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"net"
	"time"
)

const (
	// Lifetime is the lifetime of a certificate.
	Lifetime = 30 * 24 * time.Hour
	// backdate is how long before its creation a certificate becomes valid, for clients whose clocks are behind.
	backdate = time.Hour
)

// Certificate is the certificate of a server with the certificate of its authority.
type Certificate struct {
	// Server is the certificate and the private key of the server.
	Server tls.Certificate
	// Authority is the certificate that clients must trust, in PEM.
	Authority []byte
}

// New creates a certificate for hosts, which are names or IP addresses. It is valid for [Lifetime] from now.
func New(now time.Time, hosts ...string) (*Certificate, error) {
	authority, authorityKey, err := sign(authorityTemplate(now), nil, nil)
	if err != nil {
		return nil, fmt.Errorf("create a certificate authority: %w", err)
	}
	server, key, err := sign(serverTemplate(now, hosts), authority, authorityKey)
	if err != nil {
		return nil, fmt.Errorf("create a certificate for %v: %w", hosts, err)
	}
	return &Certificate{
		Server:    tls.Certificate{Certificate: [][]byte{server.Raw}, PrivateKey: key, Leaf: server},
		Authority: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority.Raw}),
	}, nil
}

func authorityTemplate(now time.Time) *x509.Certificate {
	return &x509.Certificate{
		Subject:   pkix.Name{CommonName: "cvconform development CA"},
		NotBefore: now.Add(-backdate), NotAfter: now.Add(Lifetime),
		KeyUsage: x509.KeyUsageCertSign, IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
	}
}

func serverTemplate(now time.Time, hosts []string) *x509.Certificate {
	template := &x509.Certificate{
		Subject:   pkix.Name{CommonName: "cvconform serve"},
		NotBefore: now.Add(-backdate), NotAfter: now.Add(Lifetime),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	return template
}

// sign creates a key and its certificate. Without a parent the certificate is self-signed.
func sign(template, parent *x509.Certificate, parentKey *ecdsa.PrivateKey) (
	*x509.Certificate, *ecdsa.PrivateKey, error,
) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	if parent == nil {
		parent, parentKey = template, key
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, parentKey)
	if err != nil {
		return nil, nil, err
	}
	certificate, err := x509.ParseCertificate(raw)
	return certificate, key, err
}
