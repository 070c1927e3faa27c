package serve

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"github.com/cvconform/cvconform/internal/tlscert"
	"github.com/cvconform/cvconform/internal/userr"
)

// A certificate is the TLS configuration of the API.
type certificate struct {
	config *tls.Config // nil for plain HTTP
	caFile string      // the file of the created authority; "" if none was created
}

// setUpTLS loads or creates the certificate.
func (s *server) setUpTLS() (certificate, error) {
	t := s.options.TLS
	if !t.isEnabled() {
		return certificate{}, nil
	}
	var loaded tls.Certificate
	var caFile string
	var err error
	if t.Generate {
		loaded, caFile, err = s.createCertificate()
	} else if loaded, err = tls.LoadX509KeyPair(t.Certificate, t.Key); err != nil {
		err = userr.Usagef("both must be PEM files", "Options.TLS.Certificate and Options.TLS.Key: %w", err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{loaded}, MinVersion: tls.VersionTLS12}
	return certificate{config, caFile}, err
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
