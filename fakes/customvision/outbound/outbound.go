// Package outbound sends all requests of the fake to other machines: to the queues and containers of projects, and to
// images that are given by their URL. It sends requests only to hosts on an allow-list, so that a caller cannot use the
// fake to explore its network. It does not follow redirects, because they would bypass the list.
//
// A [Hook] in the context of a call intercepts every request and may respond to it instead of the host. Faults and the
// journal use it. Stop extending the package where it would have to know the purpose of a request.
package outbound

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
)

// Hosts is an allow-list of host names without a port. * matches any characters. This machine is always allowed:
// localhost, names that end in .localhost, 127.0.0.0/8 and ::1.
type Hosts []string

// ParseHosts returns an allow-list. The error names a pattern that is not valid.
func ParseHosts(patterns ...string) (Hosts, error) {
	hosts := Hosts{}
	for _, p := range patterns {
		p = strings.ToLower(strings.TrimSpace(p))
		if _, err := path.Match(p, ""); err != nil || p == "" || strings.ContainsAny(p, "/@") {
			return nil, fmt.Errorf("%q is not the name of a host, such as storage.example or *.blob.core.windows.net", p)
		}
		hosts = append(hosts, p)
	}
	return hosts, nil
}

// Check returns a [*HostError] if the host of a URL is not on the list.
func (h Hosts) Check(u *url.URL) error {
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if isThisMachine(host) {
		return nil
	}
	for _, pattern := range h {
		if ok, err := path.Match(pattern, host); err == nil && ok {
			return nil
		}
	}
	return &HostError{Host: host}
}

// HostError reports that a host is not on the allow-list.
type HostError struct {
	// Host is the host name without a port.
	Host string
}

// Error implements error.
func (e *HostError) Error() string {
	return fmt.Sprintf(
		"host %s is not on the list of hosts that this service may reach (--allow-host of cvconform serve, "+
			"or the options in Go)",
		e.Host,
	)
}

func isThisMachine(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

// Hook intercepts a request before it is sent. It returns the response of next, or its own.
type Hook func(r *http.Request, next http.RoundTripper) (*http.Response, error)

type hookKey struct{}

// WithHook returns a context whose requests the hook intercepts.
func WithHook(ctx context.Context, hook Hook) context.Context {
	return context.WithValue(ctx, hookKey{}, hook)
}

// NewClient returns a client that sends requests to the hosts only, and trusts the certificate authorities in roots;
// nil means those of the system. It has its own connections. It limits the time for a connection and for the response
// header; the caller's context limits the whole call.
func NewClient(hosts Hosts, roots *x509.CertPool) *http.Client {
	transport := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		TLSClientConfig:       &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:     true,
		MaxIdleConnsPerHost:   16,
		IdleConnTimeout:       3 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: 20 * time.Second,
	}
	return &http.Client{
		Transport:     &allowlistTransport{hosts, transport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// allowlistTransport is the transport of a client that NewClient returns.
type allowlistTransport struct {
	hosts Hosts
	next  http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (t *allowlistTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := t.hosts.Check(r.URL); err != nil {
		return nil, err
	}
	if hook, ok := r.Context().Value(hookKey{}).(Hook); ok {
		return hook(r, t.next)
	}
	return t.next.RoundTrip(r)
}
