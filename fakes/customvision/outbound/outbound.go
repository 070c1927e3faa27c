// Package outbound is the one door through which the fake reaches other
// machines: queues and containers of projects, and images that are given by
// their URL. Only hosts of an allow-list are reached, so that whoever may call
// the fake cannot use it to look around in its network; redirects are not
// followed, since they would lead past the list.
//
// A [Hook] in a call's context sees every request on its way out, and may answer
// in the other side's place: that is how faults and the journal get at the
// traffic. Stop extending it where it would have to know what a request means.
package outbound

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
)

// Hosts is an allow-list: host names without a port, in which * stands for any
// characters. This machine (localhost and what ends in .localhost, 127.0.0.0/8,
// ::1) is always on it.
type Hosts []string

// ParseHosts makes a list. The error names a pattern that cannot be read.
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

// Check returns an error that names the host if it is not on the list.
func (h Hosts) Check(u *url.URL) error {
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if onThisMachine(host) {
		return nil
	}
	for _, pattern := range h {
		if ok, err := path.Match(pattern, host); err == nil && ok {
			return nil
		}
	}
	return &HostError{Host: host}
}

// HostError says that a host is not on the allow-list.
type HostError struct {
	// Host is its name, without a port.
	Host string
}

func (e *HostError) Error() string {
	return fmt.Sprintf("host %s is not on the list of hosts that this service may reach", e.Host)
}

func onThisMachine(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

// Hook sees a request before it is sent, and returns its answer: that of next,
// or one of its own.
type Hook func(r *http.Request, next http.RoundTripper) (*http.Response, error)

type hookKey struct{}

// WithHook returns a context whose requests pass through the hook.
func WithHook(ctx context.Context, hook Hook) context.Context {
	return context.WithValue(ctx, hookKey{}, hook)
}

// NewClient returns a client that reaches the hosts only. It has connections of
// its own and bounds what a call waits for, not the call: that is its context's.
func NewClient(hosts Hosts) *http.Client {
	transport := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
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

type allowlistTransport struct {
	hosts Hosts
	next  http.RoundTripper
}

func (d *allowlistTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := d.hosts.Check(r.URL); err != nil {
		return nil, err
	}
	if hook, ok := r.Context().Value(hookKey{}).(Hook); ok {
		return hook(r, d.next)
	}
	return d.next.RoundTrip(r)
}
