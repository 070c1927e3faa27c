package finding_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/preflight/finding"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/internal/trainingapi/client"
)

// findingText returns the fields of a finding in one line.
func findingText(f finding.Finding) string {
	return fmt.Sprintf("%s %s | %s | %s | %s", f.State, f.Check, f.Observed, f.Fault, f.Remedy)
}

func TestUnreachable(t *testing.T) {
	certificate := func(err error) error { return fmt.Errorf("get: %w", &tls.CertificateVerificationError{Err: err}) }
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"a proxy": {&client.ProxyError{Proxy: "http://p:3128", Err: syscall.ECONNREFUSED},
			"through the proxy http://p:3128 (from the environment): connection refused | the network | check HTTP_PROXY, HTTPS_PROXY and NO_PROXY, and whether the proxy is running"},
		"a proxy that intercepts TLS": {&client.ProxyError{Proxy: "http://p:3128", Err: certificate(x509.UnknownAuthorityError{})},
			"certificate signed by unknown authority | the configuration | set Config.CAFile to the CA certificate"},
		"TLS is spoken":     {&target.SchemeError{Speaks: "https"}, "the port speaks https | the configuration | set Config.Target to https://h:1"},
		"HTTP is spoken":    {&target.SchemeError{Speaks: "http"}, "the port speaks http | the configuration | set Config.Target to http://h:1"},
		"no such name":      {&net.DNSError{Err: "no such host", Name: "h", IsNotFound: true}, "lookup h: no such host | the configuration | check the host name in Config.Target"},
		"no name server":    {&net.DNSError{Err: "i/o timeout", Name: "h", IsTimeout: true}, "lookup h: i/o timeout | the network | is the network path open"},
		"refused":           {&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, "dial: connection refused | the service | is the service running, on that port? Config.Budgets ready=DURATION waits longer"},
		"no way":            {&net.OpError{Op: "dial", Err: syscall.EHOSTUNREACH}, "dial: no route to host | the network | is the network path open (firewall, VPN, proxy)? Config.Budgets ready=DURATION waits longer"},
		"silence":           {errors.New("GET domains got no response"), "GET domains got no response | the network | is the network path open"},
		"500":               {&target.ResponseError{Status: 500, Text: "500 Oh", Body: "no"}, "GET domains returned 500 Oh: no | the service | check the log of the service"},
		"an unknown CA":     {certificate(x509.UnknownAuthorityError{}), "certificate signed by unknown authority | the configuration | set Config.CAFile to the CA certificate"},
		"another's name":    {certificate(x509.HostnameError{Certificate: &x509.Certificate{DNSNames: []string{"a"}}, Host: "h"}), "certificate is valid for a, not h | the configuration | use a host name that the certificate is valid for"},
		"expired":           {certificate(x509.CertificateInvalidError{Reason: x509.Expired}), "| the service | the service needs a new certificate, or the clock of this machine is wrong"},
		"another weakness":  {certificate(x509.CertificateInvalidError{Reason: x509.TooManyIntermediates}), "| the service | the service needs another certificate"},
		"an unready error":  {&target.NotReadyError{Endpoint: "http://h", Limit: time.Second, Err: syscall.ECONNREFUSED}, "http://h was not ready within 1s (budget ready): connection refused | the service |"},
		"a silent port":     {&target.NoResponseError{}, "the port accepts connections, but GET domains got no response | the service | check the log of the service, and the port"},
		"a closed door":     {&target.NoResponseError{Err: syscall.ECONNRESET}, "the port accepts connections, but GET domains got no response: connection reset by peer | the service |"},
		"no TLS":            {fmt.Errorf("get: %w", tls.RecordHeaderError{Msg: "no record"}), "| the configuration | the port does not speak TLS: check the port in Config.Target"},
		"a TLS alert":       {fmt.Errorf("get: %w", tls.AlertError(116)), "tls: certificate required | the service | the service refuses TLS 1.2 and 1.3 without a client certificate"},
		"an error of a try": {fmt.Errorf("Get: %w", &net.OpError{Op: "read", Err: syscall.ECONNRESET}), "| the network |"},
	} {
		got := findingText(finding.Unreachable("http://h:1", c.err))
		assert.Contains(t, got, c.want, name)
		assert.True(t, strings.HasPrefix(got, "failed endpoint | "), name)
	}
}

// response returns the response to a call.
func response(status int, body string) evidence.Exchange {
	return evidence.Exchange{
		Call:     "GetDomains",
		Status:   status,
		Body:     body,
		Protocol: "HTTP/2.0",
		Header:   map[string]string{"Content-Type": "application/json"},
	}
}

func TestCheckResponse(t *testing.T) {
	const responds = "ok endpoint | http://h responds over HTTP/2.0 |  | "
	elsewhere := response(302, "")
	elsewhere.Header["Location"] = "https://login.example/"
	page := response(200, "<p>hello</p>")
	page.Header = map[string]string{"Content-Type": "text/html; charset=utf-8"}
	served, unserved := response(200, "[]"), response(404, "nothing")
	for name, c := range map[string]struct {
		x     evidence.Exchange
		other *evidence.Exchange
		want  []string
	}{
		"all is well": {response(200, "[]"), nil, []string{responds, "ok key | accepted |  | ", "ok version | v3.3 is served |  | "}},
		"no response": {evidence.Exchange{Call: "GetDomains", Error: "EOF"}, nil,
			[]string{"failed endpoint | GetDomains got no response: EOF | the network | try again; Config.Budgets request=DURATION waits longer"}},
		"an incomplete response": {evidence.Exchange{Call: "GetDomains", Status: 200, Error: "unexpected EOF"}, nil,
			[]string{"failed endpoint | GetDomains returned 200, but the response is incomplete: unexpected EOF | the service | the service must complete its responses; Config.Budgets request=DURATION waits longer"}},
		"a response of a proxy": {response(407, ""), nil, []string{"failed endpoint | GetDomains returned 407: (empty body) | the network | " +
			"the proxy needs a user name and a password, in HTTP_PROXY or HTTPS_PROXY: http://NAME:PASSWORD@HOST:PORT"}},
		"400": {response(400, "no"), nil, []string{responds, "failed domains | GetDomains returned 400: no | the service | GET domains must list the domains"}},
		"a web page": {page, nil, []string{responds, "failed domains | GetDomains returned 200, but not the expected JSON (text/html): <p>hello</p> " +
			"(invalid character '<' looking for beginning of value) | the configuration | the response is a web page: is Config.Target the endpoint of a Custom Vision training resource?"}},
		"a redirect": {elsewhere, nil,
			[]string{"failed endpoint | GetDomains returned 302 (redirect to https://login.example/, not followed): (empty body) | the configuration | set Config.Target to the address of the service itself"}},
		"500": {response(500, "oh"), nil, []string{"failed endpoint | GetDomains returned 500: oh | the service | check the log of the service"}},
		"401": {response(401, `{"error":{"code":"401"}}`), nil, []string{responds,
			`failed key | GetDomains returned 401: {"error":{"code":"401"}} | the configuration | check Config.TrainingKey: ` +
				"it must be a key of the training resource, not of the prediction resource"}},
		"403": {response(403, ""), nil, []string{responds, "failed key | GetDomains returned 403: (empty body) | the configuration | check Config.TrainingKey: " +
			"it must be a key of the training resource, not of the prediction resource,\n" +
			"and the resource must accept requests from this network (page Networking in the portal)"}},
		"429": {response(429, ""), nil, []string{responds, "failed key | GetDomains returned 429 (no Retry-After, so no retry): (empty body) | the service | wait until the quota is available again, or lower Config.Rate"}},
		"the other version": {response(404, "nothing"), &served, []string{responds,
			"failed version | v3.3 is not served, v3.4-preview is: GetDomains returned 404: nothing | the configuration | set Config.Readings api-version=v3.4-preview"}},
		"no version": {response(404, "nothing"), &unserved, []string{responds,
			"failed version | neither v3.3 nor v3.4-preview is served: GetDomains returned 404: nothing | the configuration | " +
				"is this the endpoint of a Custom Vision training resource? The portal shows it on the page Keys and Endpoint"}},
	} {
		found, more := finding.CheckResponse("http://h", c.x, "v3.3", "v3.4-preview", c.other)
		var got []string
		for _, f := range found {
			got = append(got, findingText(f))
		}
		assert.Equal(t, c.want, got, name)
		assert.Equal(t, name == "all is well", more, name)
	}
}

func TestCheckDomains(t *testing.T) {
	const compact = `[{"name":"General","type":"Classification"},{"name":"General (compact)","type":"Classification","exportable":true,"exportablePlatforms":["CoreML","ONNX"]}]`
	const general = `[{"name":"General","type":"Classification"}]`
	for want, f := range map[string]finding.Finding{
		"ok domains | 2, of which General (compact) is used, for CoreML, ONNX |  | ": finding.CheckDomains(response(200, compact), true),
		"failed domains | 1, of which none is exportable | the service | a classification domain must be exportable; " +
			"Config.Profile notifications needs no export": finding.CheckDomains(response(200, general), true),
		"ok domains | 1, of which none is exportable, but no export is needed |  | ":                     finding.CheckDomains(response(200, general), false),
		"failed domains | GetDomains returned 400: no | the service | GET domains must list the domains": finding.CheckDomains(response(400, "no"), true),
	} {
		assert.Equal(t, want, findingText(f))
	}
}

func TestCheckProjects(t *testing.T) {
	hundred := "[" + strings.Repeat(`{"name":"x"},`, 99) + `{"name":"fail-cvconform-1"}]`
	for want, f := range map[string]finding.Finding{
		"ok projects | 0 exist |  | ": finding.CheckProjects(response(200, "[]")),
		"warning projects | 2 exist, of which 1 have a name of cvconform | the configuration | steps.Clean deletes those of interrupted runs": finding.CheckProjects(
			response(200, `[{"name":"mine"},{"name":"cvconform-20260301t120000-0123abcd-01"}]`)),
		"warning projects | 100 exist, of which 1 have a name of cvconform | the configuration | steps.Clean deletes those of interrupted runs\n" +
			"delete projects: Azure allows 2 with tier F0, 100 with tier S0": finding.CheckProjects(response(200, hundred)),
		"warning projects | 100 exist | the configuration | delete projects: Azure allows 2 with tier F0, 100 with tier S0": finding.CheckProjects(
			response(200, strings.Replace(hundred, "cvconform-", "", 1))),
		"failed projects | GetDomains returned 403: no | the service | GET projects must list the projects; on Azure the resource of the key may lack the permission": finding.CheckProjects(response(403, "no")),
	} {
		assert.Equal(t, want, findingText(f))
	}
}
