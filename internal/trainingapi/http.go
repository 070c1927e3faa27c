package trainingapi

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// HTTPOptions says how the service is reached. The zero value is ready.
type HTTPOptions struct {
	// Dial opens the connections, and no proxy is used. nil means the machine's own
	// network, and the proxies of the environment: HTTP_PROXY, HTTPS_PROXY, NO_PROXY.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Roots are the authorities that are trusted. nil means the system's.
	Roots *x509.CertPool
	// Insecure trusts everybody: no certificate is verified.
	Insecure bool
}

// NewHTTP returns an HTTP client as [Client] needs it: it follows no redirect,
// keeps its connections to itself, and speaks HTTP/2 where TLS agrees on it.
func NewHTTP(o HTTPOptions) *http.Client {
	t := &http.Transport{
		DialContext:         o.Dial,
		MaxIdleConnsPerHost: 64,
		IdleConnTimeout:     3 * time.Second,
		ForceAttemptHTTP2:   true,
		TLSClientConfig:     &tls.Config{RootCAs: o.Roots, InsecureSkipVerify: o.Insecure, MinVersion: tls.VersionTLS12},
	}
	if o.Dial == nil {
		t.Proxy = http.ProxyFromEnvironment
	}
	return &http.Client{
		Transport: proxyErrorTransport{t},
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}
}

// proxyErrorTransport names the proxy where a call failed that went through one: nobody who
// has forgotten the variable would look there.
type proxyErrorTransport struct{ *http.Transport }

// RoundTrip implements [http.RoundTripper].
func (p proxyErrorTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := p.Transport.RoundTrip(r)
	if err == nil || p.Proxy == nil {
		return res, err
	}
	if proxy, wrong := p.Proxy(r); wrong == nil && proxy != nil {
		err = &ProxyError{Proxy: proxy.Redacted(), Err: err}
	}
	return res, err
}

// Cause is what went wrong with a call in plain words, without the address, which
// whoever tells of the call tells too.
func Cause(err error) error {
	var call *url.Error
	if errors.As(err, &call) {
		err = call.Err
	}
	text := err.Error()
	switch {
	case errors.Is(err, io.EOF):
		return fmt.Errorf("the connection was closed without an answer: %w", err)
	case strings.Contains(text, "malformed HTTP"),
		strings.Contains(text, "readLoopPeekFailLocked"): // net/http has no type for them
		return errors.New("what came is not HTTP")
	}
	return err
}

// A ProxyError is the trouble of a call that was to go through a proxy.
type ProxyError struct {
	Proxy string // its URL, without a password
	Err   error
}

// Error names the proxy.
func (e *ProxyError) Error() string {
	return fmt.Sprintf("through the proxy %s (of the environment): %v", e.Proxy, e.Err)
}

// Unwrap returns the cause.
func (e *ProxyError) Unwrap() error { return e.Err }
