package serve

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"github.com/cvconform/cvconform/internal/tlscert"
)

// TLS says how the API is served over TLS. The zero value means that it is not.
// The control plane never is.
type TLS struct {
	// Certificate and Key are names of PEM files.
	Certificate, Key string
	// Made asks for a certificate that is made for this server.
	SelfSigned bool
	// Hosts are names and addresses that a certificate that is made holds for,
	// beside those of this machine.
	Hosts []string
	// AuthorityFile gets what a client has to trust of a certificate that is
	// made. "" means a temporary file.
	CAFile string
}

func (t TLS) on() bool { return t.SelfSigned || t.Certificate != "" }

func (t TLS) check() error {
	const choose = "give --tls-cert and --tls-key, or --tls for a certificate that is made"
	switch {
	case (t.Certificate == "") != (t.Key == ""):
		return usage(choose, "--tls-cert and --tls-key belong together")
	case t.SelfSigned && t.Certificate != "":
		return usage(choose, "--tls makes a certificate, and --tls-cert names one")
	case !t.SelfSigned && t.CAFile != "":
		return usage(choose, "--tls-ca-file is for a certificate that --tls makes")
	case !t.SelfSigned && len(t.Hosts) > 0:
		return usage(choose, "--tls-host is for a certificate that --tls makes")
	}
	return nil
}

// setUpTLS gets the certificate, and writes the file of its authority.
func (s *server) setUpTLS() error {
	t := s.options.TLS
	if !t.on() {
		return nil
	}
	shown, err := tls.Certificate{}, error(nil)
	if t.SelfSigned {
		shown, err = s.makeCertificate()
	} else if shown, err = tls.LoadX509KeyPair(t.Certificate, t.Key); err != nil {
		err = usage("both have to be PEM files", "--tls-cert and --tls-key: %w", err)
	}
	s.tls = &tls.Config{Certificates: []tls.Certificate{shown}, MinVersion: tls.VersionTLS12}
	return err
}

// makeCertificate makes one for this machine, the address of --listen and the
// hosts that were asked for.
func (s *server) makeCertificate() (tls.Certificate, error) {
	hosts := append([]string{"localhost", "127.0.0.1", "::1"}, s.options.TLS.Hosts...)
	if host, _, err := net.SplitHostPort(s.options.Listen); err == nil && host != "" &&
		!net.ParseIP(host).IsUnspecified() {
		hosts = append(hosts, host)
	}
	made, err := tlscert.New(s.options.Now(), hosts...)
	if err != nil {
		return tls.Certificate{}, usage("", "--tls: %w", err)
	}
	return made.Server, s.writeAuthority(made.Authority)
}

// writeAuthority writes a file that goes when the server stops.
func (s *server) writeAuthority(pem []byte) error {
	name := s.options.TLS.CAFile
	if name == "" {
		folder, err := os.MkdirTemp("", "cvconform-ca-")
		if err != nil {
			return fmt.Errorf("make a folder for the CA certificate of --tls: %w", err)
		}
		s.onStop(func(context.Context) error { return os.Remove(folder) })
		name = filepath.Join(folder, "ca.pem")
	}
	name, err := filepath.Abs(name)
	if err != nil {
		return fmt.Errorf("find --tls-ca-file: %w", err)
	}
	if err := os.WriteFile(name, pem, 0o644); err != nil {
		return fmt.Errorf("write --tls-ca-file: %w", err)
	}
	s.onStop(func(context.Context) error { return os.Remove(name) })
	s.authority = name
	return nil
}
