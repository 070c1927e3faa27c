package client

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

// HTTPOptions configures how the service is reached. The zero value is ready to use.
type HTTPOptions struct {
	// Dial opens the connections; no proxy is used then. nil means the machine's network and the proxies of the
	// environment: HTTP_PROXY, HTTPS_PROXY, NO_PROXY.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Roots holds the certificate authorities to trust. nil means those of the system.
	Roots *x509.CertPool
	// Insecure turns off the verification of certificates.
	Insecure bool
}

// NewHTTP returns an HTTP client for [Client]. It follows no redirect, shares no connections with other clients, and
// uses HTTP/2 if TLS negotiates it.
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
		Transport:     proxyErrorTransport{t},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// proxyErrorTransport names the proxy in the error of a call that goes through one, because the caller may not know
// that the environment sets one.
type proxyErrorTransport struct{ *http.Transport }

// RoundTrip implements [http.RoundTripper].
func (p proxyErrorTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := p.Transport.RoundTrip(r)
	if err == nil || p.Proxy == nil {
		return res, err
	}
	if proxy, proxyErr := p.Proxy(r); proxyErr == nil && proxy != nil {
		err = &ProxyError{Proxy: proxy.Redacted(), Err: err}
	}
	return res, err
}

// Cause returns the cause of a failed call in plain words, without the URL.
func Cause(err error) error {
	if call, ok := errors.AsType[*url.Error](err); ok {
		err = call.Err
	}
	text := err.Error()
	switch {
	case errors.Is(err, io.EOF):
		return fmt.Errorf("the connection was closed without a response: %w", err)
	case strings.Contains(text, "malformed HTTP"), strings.Contains(text, "readLoopPeekFailLocked"):
		return errors.New("the response is not HTTP") // net/http has no type for these errors
	}
	return err
}

// A ProxyError is the error of a call through a proxy.
type ProxyError struct {
	Proxy string // its URL, without a password
	Err   error
}

// Error implements error.
func (e *ProxyError) Error() string {
	return fmt.Sprintf("through the proxy %s (from the environment): %v", e.Proxy, e.Err)
}

// Unwrap returns the cause.
func (e *ProxyError) Unwrap() error { return e.Err }
