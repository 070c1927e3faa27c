// Package tlscert makes the certificate of a server that people develop
// against: signed by an authority of its own, whose key is forgotten at once, so
// that a client that trusts the authority trusts that one server and nothing
// else.
//
// Stop extending it where a certificate would have to outlive its process.
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

// Lifetime is how long a certificate holds. It begins an hour early, for clients
// whose clock is behind.
const (
	Lifetime = 30 * 24 * time.Hour
	backdate = time.Hour
)

// Certificate is a certificate that was made.
type Certificate struct {
	// Server is what the server shows: its certificate and its key.
	Server tls.Certificate
	// Authority is the certificate that clients have to trust, as PEM.
	Authority []byte
}

// New makes a certificate for hosts, which are names or IP addresses, from now
// on for [Lifetime].
func New(now time.Time, hosts ...string) (*Certificate, error) {
	authority, authorityKey, err := sign(authorityTemplate(now), nil, nil)
	if err != nil {
		return nil, fmt.Errorf("make a certificate authority: %w", err)
	}
	server, key, err := sign(serverTemplate(now, hosts), authority, authorityKey)
	if err != nil {
		return nil, fmt.Errorf("make a certificate for %v: %w", hosts, err)
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
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
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

// sign makes a key and its certificate, which signs itself where there is no
// parent.
func sign(
	template, parent *x509.Certificate,
	parentKey *ecdsa.PrivateKey,
) (*x509.Certificate, *ecdsa.PrivateKey, error) {
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
	made, err := x509.ParseCertificate(raw)
	return made, key, err
}
