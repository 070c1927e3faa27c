package target

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/cvconform/cvconform/internal/trainingapi"
	"github.com/cvconform/cvconform/internal/trainingapi/client"
)

// probeInterval is the pause between two probes of a service.
const probeInterval = 50 * time.Millisecond

// ReadyOptions configures the wait for a service. All fields but BeforeProbe are required.
type ReadyOptions struct {
	HTTP        *http.Client
	Version     string                      // of the API
	Limit       time.Duration               // budget ready
	BeforeProbe func(context.Context) error // waits for the rate limit; nil means no limit
}

// A NotReadyError is the error of a service that did not become ready.
type NotReadyError struct {
	Endpoint string
	Limit    time.Duration // that was waited; 0 if the error was permanent
	Err      error
	Hint     string // where the service listens instead; "" if that is not known
	Output   string // last lines of the service's output; "" if there are none
}

// Error implements error.
func (e *NotReadyError) Error() string {
	text := fmt.Sprintf("%s cannot be used: %v", e.Endpoint, e.Err)
	if e.Limit > 0 {
		text = fmt.Sprintf("%s was not ready within %s (budget ready): %v", e.Endpoint, e.Limit, e.Err)
	}
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text + lastOutput(e.Output)
}

// Unwrap returns the cause.
func (e *NotReadyError) Unwrap() error { return e.Err }

// An EndedError is the error of a service that ended before it could be used.
type EndedError struct {
	How    string // such as "exit status 3"; "" if that is not known
	Output string // last lines of the service's output; "" if there are none
}

// Error implements error.
func (e *EndedError) Error() string {
	const text = "the service ended before it responded"
	output := lastOutput(e.Output)
	switch {
	case e.How == "":
		return text + output
	case output == "":
		return text + ", with " + e.How
	}
	return text + output + "\nand it ended with " + e.How
}

// lastOutput returns the part of an error message that quotes the service's output.
func lastOutput(log string) string {
	text := strings.TrimSpace(log)
	if text == "" {
		return ""
	}
	return "; its last output:\n" + text
}

// A ResponseError is a response to GET domains by a service that is not ready.
type ResponseError struct {
	Status int
	Text   string // of the status, such as "500 Internal Server Error"
	Body   string // its beginning
}

// Error implements error.
func (e *ResponseError) Error() string { return "GET domains returned " + e.Text + ": " + e.Body }

// A SchemeError is the error of a port that speaks the other one of http and https.
type SchemeError struct{ Speaks string }

// Error implements error.
func (e *SchemeError) Error() string { return "the port speaks " + e.Speaks }

// A NoResponseError is the error of a port that accepts connections and does not respond.
type NoResponseError struct {
	Err error // of the request; nil if it timed out
}

// Error implements error.
func (e *NoResponseError) Error() string {
	const text = "the port accepts connections, but GET domains got no response"
	if e.Err == nil {
		return text
	}
	return text + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *NoResponseError) Unwrap() error { return e.Err }

// Await waits until the service is ready: GET …/Training/domains with the key has a status below 500. The error is a
// [*NotReadyError] or an [*EndedError]. Await does not wait if the error is permanent.
func (s *Service) Await(ctx context.Context, o ReadyOptions) error {
	ctx, cancel := context.WithTimeout(ctx, o.Limit)
	defer cancel()
	tick := time.NewTicker(probeInterval)
	defer tick.Stop()
	var cause error
	for {
		err := s.probe(ctx, o)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, errNoTimeLeft):
		case ctx.Err() == nil && isPermanent(err):
			return &NotReadyError{Endpoint: s.Endpoint, Err: err, Output: s.Log()}
		case ctx.Err() == nil, cause == nil && hasType[*NoResponseError](err):
			cause = err
		case cause == nil:
			cause = errors.New("GET domains got no response")
		}
		select {
		case <-tick.C:
		case <-s.Done:
			return s.endedError()
		case <-ctx.Done():
			if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return ctx.Err()
			}
			return &NotReadyError{
				Endpoint: s.Endpoint,
				Limit:    o.Limit,
				Err:      cause,
				Hint:     s.otherListeners(cause),
				Output:   s.Log(),
			}
		}
	}
}

func hasType[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// errNoTimeLeft is the error of a probe that was not made because the time was over.
var errNoTimeLeft = errors.New("no time left for a probe")

// isPermanent reports whether a retry cannot succeed.
func isPermanent(err error) bool {
	name, ok := errors.AsType[*net.DNSError](err)
	return ok && name.IsNotFound || hasType[*SchemeError](err) || hasType[*tls.CertificateVerificationError](err)
}

// probe returns nil if the service is ready.
func (s *Service) probe(ctx context.Context, o ReadyOptions) error {
	if o.BeforeProbe != nil {
		if err := o.BeforeProbe(ctx); err != nil {
			return errNoTimeLeft
		}
	}
	// A request that is lost, for example while the service starts, leaves time for another.
	ctx, cancel := context.WithTimeout(ctx, o.Limit/2)
	defer cancel()
	res, body, err := s.getDomains(ctx, o, s.Endpoint)
	if err != nil {
		if strings.Contains(err.Error(), "server gave HTTP response to HTTPS client") { // net/http has no type for it
			return &SchemeError{"http"}
		}
		if !errors.Is(err, syscall.ECONNREFUSED) && s.speaksTLS(ctx, o) {
			return &SchemeError{"https"}
		}
		return err
	}
	if res.StatusCode >= 500 {
		return &ResponseError{Status: res.StatusCode, Text: res.Status, Body: trainingapi.Truncate(body)}
	}
	if res.StatusCode == http.StatusBadRequest && s.speaksTLS(ctx, o) { // many TLS servers respond so to plain HTTP
		return &SchemeError{"https"}
	}
	return nil
}

func (s *Service) getDomains(ctx context.Context, o ReadyOptions, endpoint string) (*http.Response, string, error) {
	url := endpoint + "/customvision/" + o.Version + "/Training/domains"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, "", err
	}
	req.Header.Set("Training-Key", s.TrainingKey)
	var connected atomic.Bool
	res, err := o.HTTP.Do(req.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		ConnectDone: func(_, _ string, err error) { connected.Store(connected.Load() || err == nil) },
		GotConn:     func(httptrace.GotConnInfo) { connected.Store(true) },
	})))
	if err != nil {
		return nil, "", connectionError(ctx, err, connected.Load())
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	return res, string(body), nil
}

// connectionError returns the error of a request without a response. connected reports whether there was a connection.
func connectionError(ctx context.Context, err error, connected bool) error {
	err = client.Cause(err)
	timedOut := errors.Is(ctx.Err(), context.DeadlineExceeded)
	switch {
	case hasType[*client.ProxyError](err),
		hasType[*tls.CertificateVerificationError](err),
		hasType[tls.RecordHeaderError](err):
		return err
	case connected && timedOut:
		return &NoResponseError{}
	case connected:
		return &NoResponseError{err}
	case timedOut:
		return errors.New("the connection timed out")
	}
	return err
}

// speaksTLS reports whether a port that was addressed by http speaks TLS.
func (s *Service) speaksTLS(ctx context.Context, o ReadyOptions) bool {
	host, isHTTP := strings.CutPrefix(s.Endpoint, "http://")
	if !isHTTP {
		return false
	}
	_, _, err := s.getDomains(ctx, o, "https://"+host)
	return err == nil || hasType[*tls.CertificateVerificationError](err)
}

// endedError returns the error of a service that has ended.
func (s *Service) endedError() *EndedError {
	e := &EndedError{Output: s.Log()}
	if s.Ended != nil {
		e.How = s.Ended()
	}
	return e
}

// otherListeners describes where a service listens that did not respond.
func (s *Service) otherListeners(cause error) string {
	if s.OtherListeners == nil || hasType[*ResponseError](cause) {
		return ""
	}
	return s.OtherListeners()
}
