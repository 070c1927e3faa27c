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

// findingText is a finding as one text.
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
			"through the proxy http://p:3128 (from the environment): connection refused | the network | check HTTP_PROXY, HTTPS_PROXY and NO_PROXY, or whether the proxy runs"},
		"a proxy that looks into TLS": {&client.ProxyError{Proxy: "http://p:3128", Err: certificate(x509.UnknownAuthorityError{})},
			"certificate signed by unknown authority | the command line | --ca-file FILE believes its authority"},
		"TLS is spoken":     {&target.SchemeError{Speaks: "https"}, "the port speaks https | the command line | --target https://h:1"},
		"HTTP is spoken":    {&target.SchemeError{Speaks: "http"}, "the port speaks http | the command line | --target http://h:1"},
		"no such name":      {&net.DNSError{Err: "no such host", Name: "h", IsNotFound: true}, "lookup h: no such host | the command line | check the name in --target"},
		"no name server":    {&net.DNSError{Err: "i/o timeout", Name: "h", IsTimeout: true}, "lookup h: i/o timeout | the network | is the way there open"},
		"refused":           {&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, "dial: connection refused | the service | is it running, and on that port? --budget ready=DURATION waits longer"},
		"no way":            {&net.OpError{Op: "dial", Err: syscall.EHOSTUNREACH}, "dial: no route to host | the network | is the way there open (firewall, VPN, proxy)? --budget ready=DURATION waits longer"},
		"silence":           {errors.New("GET domains got no response"), "GET domains got no response | the network | is the way there open"},
		"500":               {&target.ResponseError{Status: 500, Text: "500 Oh", Body: "no"}, "GET domains answered 500 Oh: no | the service | see what it says itself"},
		"an unknown CA":     {certificate(x509.UnknownAuthorityError{}), "certificate signed by unknown authority | the command line | --ca-file FILE believes its authority"},
		"another's name":    {certificate(x509.HostnameError{Certificate: &x509.Certificate{DNSNames: []string{"a"}}, Host: "h"}), "certificate is valid for a, not h | the command line | call it by a name that its certificate is for"},
		"expired":           {certificate(x509.CertificateInvalidError{Reason: x509.Expired}), "| the service | it needs a new certificate, or the clock of this machine is wrong"},
		"another weakness":  {certificate(x509.CertificateInvalidError{Reason: x509.TooManyIntermediates}), "| the service | it needs another certificate"},
		"an unready error":  {&target.NotReadyError{Endpoint: "http://h", Limit: time.Second, Err: syscall.ECONNREFUSED}, "http://h was not ready within 1s (budget ready): connection refused | the service |"},
		"a silent port":     {&target.NoResponseError{}, "the port accepts connections, but GET domains got no response | the service | see what it says itself, and whether the port"},
		"a closed door":     {&target.NoResponseError{Err: syscall.ECONNRESET}, "the port accepts connections, but GET domains got no response: connection reset by peer | the service |"},
		"no TLS":            {fmt.Errorf("get: %w", tls.RecordHeaderError{Msg: "no record"}), "| the command line | TLS is not spoken there: check the port in --target"},
		"a TLS alert":       {fmt.Errorf("get: %w", tls.AlertError(116)), "tls: certificate required | the service | it refuses TLS as cvconform speaks it: version 1.2 or 1.3, without a certificate"},
		"an error of a try": {fmt.Errorf("Get: %w", &net.OpError{Op: "read", Err: syscall.ECONNRESET}), "| the network |"},
	} {
		got := findingText(finding.Unreachable("http://h:1", c.err))
		assert.Contains(t, got, c.want, name)
		assert.True(t, strings.HasPrefix(got, "failed endpoint | "), name)
	}
}

func answer(status int, body string) evidence.Exchange {
	return evidence.Exchange{
		Call:     "GetDomains",
		Status:   status,
		Body:     body,
		Protocol: "HTTP/2.0",
		Header:   map[string]string{"Content-Type": "application/json"},
	}
}

func TestAnswers(t *testing.T) {
	const there = "ok endpoint | http://h answers over HTTP/2.0 |  | "
	elsewhere := answer(302, "")
	elsewhere.Header["Location"] = "https://login.example/"
	page := answer(200, "<p>hello</p>")
	page.Header = map[string]string{"Content-Type": "text/html; charset=utf-8"}
	served, unserved := answer(200, "[]"), answer(404, "nothing")
	for name, c := range map[string]struct {
		x     evidence.Exchange
		other *evidence.Exchange
		want  []string
	}{
		"all is well": {answer(200, "[]"), nil, []string{there, "ok key | accepted |  | ", "ok version | v3.3 is served |  | "}},
		"no answer": {evidence.Exchange{Call: "GetDomains", Error: "EOF"}, nil,
			[]string{"failed endpoint | GetDomains got no response: EOF | the network | try again, or give it longer: --budget request=DURATION"}},
		"half an answer": {evidence.Exchange{Call: "GetDomains", Status: 200, Error: "unexpected EOF"}, nil,
			[]string{"failed endpoint | GetDomains answered 200, but the response is incomplete: unexpected EOF | the service | it has to end its answers; --budget request=DURATION gives it longer"}},
		"a proxy's answer": {answer(407, ""), nil, []string{"failed endpoint | GetDomains answered 407: (empty body) | the network | " +
			"the proxy needs a name and a password, in HTTP_PROXY or HTTPS_PROXY: http://NAME:PASSWORD@HOST:PORT"}},
		"400": {answer(400, "no"), nil, []string{there, "failed domains | GetDomains answered 400: no | the service | GET domains has to list the domains"}},
		"a page": {page, nil, []string{there, "failed domains | GetDomains answered 200, but not with the expected JSON (text/html): <p>hello</p> " +
			"(invalid character '<' looking for beginning of value) | the command line | a web page is there: is --target the endpoint of a Custom Vision training resource?"}},
		"a redirect": {elsewhere, nil,
			[]string{"failed endpoint | GetDomains answered 302 (redirect to https://login.example/, not followed): (empty body) | the command line | give --target the address that the service itself has"}},
		"500": {answer(500, "oh"), nil, []string{"failed endpoint | GetDomains answered 500: oh | the service | see what it says itself"}},
		"401": {answer(401, `{"error":{"code":"401"}}`), nil, []string{there,
			`failed key | GetDomains answered 401: {"error":{"code":"401"}} | the command line | check CVCONFORM_TRAINING_KEY or --training-key-file: ` +
				"it has to be a key of the training resource (not of the prediction resource) whose endpoint this is"}},
		"403": {answer(403, ""), nil, []string{there, "failed key | GetDomains answered 403: (empty body) | the command line | check CVCONFORM_TRAINING_KEY or --training-key-file: " +
			"it has to be a key of the training resource (not of the prediction resource) whose endpoint this is,\n" +
			"and the resource has to accept calls from this network (its page Networking)"}},
		"429": {answer(429, ""), nil, []string{there, "failed key | GetDomains answered 429 (no Retry-After, so no retry): (empty body) | the service | wait until its quota is there again, or lower --rate"}},
		"the other version": {answer(404, "nothing"), &served, []string{there,
			"failed version | v3.3 is not served, v3.4-preview is: GetDomains answered 404: nothing | the command line | --api-version v3.4-preview"}},
		"no version": {answer(404, "nothing"), &unserved, []string{there,
			"failed version | neither v3.3 nor v3.4-preview is served: GetDomains answered 404: nothing | the command line | " +
				"is this the endpoint of a Custom Vision training resource? In the portal it is on the page Keys and Endpoint"}},
	} {
		found, goOn := finding.CheckResponse("http://h", c.x, "v3.3", "v3.4-preview", c.other)
		var got []string
		for _, f := range found {
			got = append(got, findingText(f))
		}
		assert.Equal(t, c.want, got, name)
		assert.Equal(t, name == "all is well", goOn, name)
	}
}

func TestOffers(t *testing.T) {
	const compact = `[{"name":"General","type":"Classification"},{"name":"General (compact)","type":"Classification","exportable":true,"exportablePlatforms":["CoreML","ONNX"]}]`
	const general = `[{"name":"General","type":"Classification"}]`
	for want, f := range map[string]finding.Finding{
		"ok domains | 2, of which General (compact) is used, for CoreML, ONNX |  | ": finding.CheckDomains(answer(200, compact), true),
		"failed domains | 1, of which none is exportable | the service | a classification domain has to be exportable; " +
			"--profile notifications judges what needs no export": finding.CheckDomains(answer(200, general), true),
		"ok domains | 1, of which none is exportable, and none needs to be |  | ":                          finding.CheckDomains(answer(200, general), false),
		"failed domains | GetDomains answered 400: no | the service | GET domains has to list the domains": finding.CheckDomains(answer(400, "no"), true),
	} {
		assert.Equal(t, want, findingText(f))
	}
}

func TestListed(t *testing.T) {
	hundred := "[" + strings.Repeat(`{"name":"x"},`, 99) + `{"name":"fail-cvconform-1"}]`
	for want, f := range map[string]finding.Finding{
		"ok projects | 0 there already |  | ": finding.CheckProjects(answer(200, "[]")),
		"warning projects | 2 there already, of which 1 look like cvconform's | the command line | cvconform clean removes what interrupted runs left": finding.CheckProjects(
			answer(200, `[{"name":"mine"},{"name":"cvconform-20260301t120000-0123abcd-01"}]`)),
		"warning projects | 100 there already, of which 1 look like cvconform's | the command line | cvconform clean removes what interrupted runs left\n" +
			"remove some: Azure allows 2 with tier F0, 100 with tier S0": finding.CheckProjects(answer(200, hundred)),
		"warning projects | 100 there already | the command line | remove some: Azure allows 2 with tier F0, 100 with tier S0": finding.CheckProjects(
			answer(200, strings.Replace(hundred, "cvconform-", "", 1))),
		"failed projects | GetDomains answered 403: no | the service | GET projects has to list the projects; on Azure the key's resource may lack the right to it": finding.CheckProjects(answer(403, "no")),
	} {
		assert.Equal(t, want, findingText(f))
	}
}
