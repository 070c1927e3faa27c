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
	"net/http/httptrace"
	"net/url"
	"strings"
	"syscall"
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

// idleTimeout is how long an idle connection to the service is kept.
const idleTimeout = 3 * time.Second

// NewHTTP returns an HTTP client for [Client]. It follows no redirect, shares no connections with other clients, and
// uses HTTP/2 if TLS negotiates it.
func NewHTTP(o HTTPOptions) *http.Client {
	t := &http.Transport{
		DialContext:         o.Dial,
		MaxIdleConnsPerHost: 64,
		IdleConnTimeout:     idleTimeout,
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
	_, keptAlive := errors.AsType[*KeptAliveError](err)
	switch {
	case keptAlive:
		return err
	case errors.Is(err, io.EOF):
		return fmt.Errorf("the connection was closed without a response: %w", err)
	case strings.Contains(text, "malformed HTTP"), strings.Contains(text, "readLoopPeekFailLocked"):
		return errors.New("the response is not HTTP") // net/http has no type for these errors
	}
	return err
}

// A KeptAliveError is the error of a request on a connection that was kept alive after an earlier one, and that the
// service closed without a response. The request may have crossed the end of the connection.
type KeptAliveError struct {
	Idle time.Duration // how long the connection was idle before the request
	Err  error
}

// Error implements error.
func (e *KeptAliveError) Error() string {
	return fmt.Sprintf("the service closed the kept-alive connection on which the request was sent, after %s idle: the "+
		"keep-alive timeout of its HTTP server must be longer than %s, for which cvconform keeps an idle connection, and "+
		"it must not close a connection after a number of requests without Connection: close (%v)",
		e.Idle.Round(time.Millisecond), idleTimeout, e.Err)
}

// Unwrap returns the cause.
func (e *KeptAliveError) Unwrap() error { return e.Err }

// keptAliveError returns err, or a [*KeptAliveError] if it is that of a connection that was used before.
func keptAliveError(connection *httptrace.GotConnInfo, err error) error {
	cause := err
	if call, ok := errors.AsType[*url.Error](err); ok {
		cause = call.Err
	}
	closed := errors.Is(cause, io.EOF) || errors.Is(cause, syscall.ECONNRESET) || errors.Is(cause, syscall.EPIPE) ||
		strings.Contains(cause.Error(), "server closed idle connection") // net/http has no type for it
	if connection == nil || !connection.Reused || !closed {
		return err
	}
	return &KeptAliveError{Idle: connection.IdleTime, Err: cause}
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
