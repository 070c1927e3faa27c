package serve

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"github.com/cvconform/cvconform/internal/tlscert"
	"github.com/cvconform/cvconform/internal/userr"
)

// A certificate is the TLS configuration of the API.
type certificate struct {
	config *tls.Config    // nil for plain HTTP
	caFile string         // the file of the created authority; "" if none was created
	roots  *x509.CertPool // that the fake trusts; nil means those of the system
}

// setUpTLS loads or creates the certificate.
func (s *server) setUpTLS() (c certificate, err error) {
	if s.options.TLS.isEnabled() {
		if c, err = s.loadCertificate(); err != nil {
			return c, err
		}
	}
	c.roots, err = s.trustedAuthorities(c)
	return c, err
}

// trustedAuthorities returns those of the system, that of the server's own certificate, because the fake fetches its
// own links, and those of Options.CAFile.
func (s *server) trustedAuthorities(c certificate) (*x509.CertPool, error) {
	if c.config == nil && s.options.CAFile == "" {
		return nil, nil
	}
	roots, err := x509.SystemCertPool()
	if s.options.CAFile != "" {
		if roots, err = tlscert.ReadAuthorities(s.options.CAFile); err != nil {
			return nil, userr.Usagef("give the certificate of the authority that signed the server's, as PEM",
				"Options.CAFile %s: %w", s.options.CAFile, err)
		}
	}
	if err != nil {
		roots = x509.NewCertPool() // this system has none
	}
	if c.config != nil {
		roots.AddCert(c.config.Certificates[0].Leaf)
	}
	return roots, nil
}

// loadCertificate loads or creates the certificate of the API.
func (s *server) loadCertificate() (certificate, error) {
	t := s.options.TLS
	var loaded tls.Certificate
	var caFile string
	var err error
	if t.Generate {
		loaded, caFile, err = s.createCertificate()
	} else if loaded, err = tls.LoadX509KeyPair(t.Certificate, t.Key); err != nil {
		err = userr.Usagef("both must be PEM files", "Options.TLS.Certificate and Options.TLS.Key: %w", err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{loaded}, MinVersion: tls.VersionTLS12}
	return certificate{config: config, caFile: caFile}, err
}

// createCertificate creates a certificate for this machine, the host of Options.Listen
// and Options.TLS.Hosts.
func (s *server) createCertificate() (created tls.Certificate, caFile string, err error) {
	hosts := append([]string{"localhost", "127.0.0.1", "::1"}, s.options.TLS.Hosts...)
	if host, _, err := net.SplitHostPort(s.options.Listen); err == nil && host != "" &&
		!net.ParseIP(host).IsUnspecified() {
		hosts = append(hosts, host)
	}
	pair, err := tlscert.New(s.options.Now(), hosts...)
	if err != nil {
		return tls.Certificate{}, "", userr.Usagef("", "Options.TLS.Hosts: %w", err)
	}
	caFile, err = s.writeCAFile(pair.Authority)
	return pair.Server, caFile, err
}

// writeCAFile writes the certificate of the authority to a file, which is deleted when
// the server stops, and returns its absolute path.
func (s *server) writeCAFile(pem []byte) (string, error) {
	name := s.options.TLS.CAFile
	if name == "" {
		folder, err := os.MkdirTemp("", "cvconform-ca-")
		if err != nil {
			return "", fmt.Errorf("create a folder for the CA certificate: %w", err)
		}
		s.onStop(func(context.Context) error { return os.Remove(folder) })
		name = filepath.Join(folder, "ca.pem")
	}
	name, err := filepath.Abs(name)
	if err != nil {
		return "", fmt.Errorf("resolve the path of the CA certificate: %w", err)
	}
	if err := os.WriteFile(name, pem, 0o644); err != nil {
		return "", fmt.Errorf("write the CA certificate: %w", err)
	}
	s.onStop(func(context.Context) error { return os.Remove(name) })
	return name, nil
}
