package finding

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"

	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/internal/trainingapi/client"
)

// Unreachable says what it means that a running service did not get ready.
func Unreachable(endpoint string, err error) Finding {
	f := failed(
		Endpoint,
		Network,
		"is the way there open (firewall, VPN, proxy)? --budget ready=DURATION waits longer",
		"%v",
		err,
	)
	var proxy *client.ProxyError
	var scheme *target.SchemeError
	var certificate *tls.CertificateVerificationError
	var name *net.DNSError
	var answer *target.ResponseError
	var silent *target.NoResponseError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	switch {
	case errors.As(err, &certificate): // a proxy that looks into TLS shows its own
		f.Fault, f.Remedy = CertificateProblem(certificate)
	case errors.As(err, &proxy):
		f.Remedy = "check HTTP_PROXY, HTTPS_PROXY and NO_PROXY, or whether the proxy runs"
	case errors.As(err, &scheme):
		_, host, _ := strings.Cut(endpoint, "://")
		f.Fault, f.Remedy = CommandLine, fmt.Sprintf("--target %s://%s", scheme.Speaks, host)
	case errors.As(err, &record):
		f.Fault, f.Remedy = CommandLine, "TLS is not spoken there: check the port in --target"
	case errors.As(err, &alert):
		f.Fault, f.Remedy = Service, "it refuses TLS as cvconform speaks it: version 1.2 or 1.3, without a certificate of its own"
	case errors.As(err, &name) && name.IsNotFound:
		f.Fault, f.Remedy = CommandLine, "check the name in --target"
	case errors.As(err, &answer):
		f.Fault, f.Remedy = Service, "see what it says itself, or wait until it has started: --budget ready=DURATION waits longer"
	case errors.As(err, &silent):
		f.Fault, f.Remedy = Service, "see what it says itself, and whether the port in --target is its own; --budget ready=DURATION waits longer"
	case errors.Is(err, syscall.ECONNREFUSED):
		f.Fault, f.Remedy = Service, "is it running, and on that port? --budget ready=DURATION waits longer"
	}
	return f
}

// CertificateProblem is whose fault a certificate is that does not hold, and what to do.
func CertificateProblem(err *tls.CertificateVerificationError) (Fault, string) {
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &name):
		return CommandLine, "call it by a name that its certificate is for"
	case errors.As(err, &unknown):
		return CommandLine, "--ca-file FILE believes its authority; if that is none that you know, somebody stands in between"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return Service, "it needs a new certificate, or the clock of this machine is wrong"
	}
	return Service, "it needs another certificate"
}
