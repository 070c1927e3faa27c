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

// waitLonger is the end of a remedy for a service that may become ready later.
const waitLonger = "Config.Budgets ready=DURATION waits longer"

// Unreachable interprets the error of a running service that did not become ready.
func Unreachable(endpoint string, err error) Finding {
	f := failed(Endpoint, Network,
		"is the network path open (firewall, VPN, proxy)? "+waitLonger, "%v", err)
	var proxy *client.ProxyError
	var scheme *target.SchemeError
	var certificate *tls.CertificateVerificationError
	var name *net.DNSError
	var response *target.ResponseError
	var noResponse *target.NoResponseError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	switch {
	case errors.As(err, &certificate): // first, because an intercepting proxy shows a certificate of its own
		f.Fault, f.Remedy = CertificateProblem(certificate)
	case errors.As(err, &proxy):
		f.Remedy = "check HTTP_PROXY, HTTPS_PROXY and NO_PROXY, and whether the proxy is running"
	case errors.As(err, &scheme):
		_, host, _ := strings.Cut(endpoint, "://")
		f.Fault, f.Remedy = Configuration, fmt.Sprintf("set Config.Target to %s://%s", scheme.Speaks, host)
	case errors.As(err, &record):
		f.Fault, f.Remedy = Configuration, "the port does not speak TLS: check the port in Config.Target"
	case errors.As(err, &alert):
		f.Fault, f.Remedy = Service, "the service refuses TLS 1.2 and 1.3 without a client certificate"
	case errors.As(err, &name) && name.IsNotFound:
		f.Fault, f.Remedy = Configuration, "check the host name in Config.Target"
	case errors.As(err, &response):
		f.Fault, f.Remedy = Service, checkLog+", or wait until it has started: "+waitLonger
	case errors.As(err, &noResponse):
		f.Fault, f.Remedy = Service, checkLog+", and the port in Config.Target; "+waitLonger
	case errors.Is(err, syscall.ECONNREFUSED):
		f.Fault, f.Remedy = Service, "is the service running, on that port? "+waitLonger
	}
	return f
}

// CertificateProblem returns the cause of a certificate that could not be verified, and a
// remedy.
func CertificateProblem(err *tls.CertificateVerificationError) (Fault, string) {
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &name):
		return Configuration, "use a host name that the certificate is valid for"
	case errors.As(err, &unknown):
		return Configuration, "set Config.CAFile to the CA certificate; " +
			"if you do not recognise the issuer, a proxy may be intercepting TLS"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return Service, "the service needs a new certificate, or the clock of this machine is wrong"
	}
	return Service, "the service needs another certificate"
}
