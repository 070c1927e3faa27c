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

// probeInterval is the pause between two questions whether a service is ready.
const probeInterval = 50 * time.Millisecond

// ReadyOptions is how a service is waited for. All fields but Pace are needed.
type ReadyOptions struct {
	HTTP          *http.Client
	Version       string                      // of the API
	Limit         time.Duration               // budget ready
	ProbeInterval func(context.Context) error // before every question; nil means that nothing is in the way
}

// An NotReadyError says that a service was not ready, and why.
type NotReadyError struct {
	Endpoint string
	Limit    time.Duration // that was waited for; 0 where waiting was of no use
	Err      error
	Hint     string // what may be the matter, by the look of it; "" where nothing is known
	Output   string // the last lines of the service's; "" where there are none
}

// Error says all of it.
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

// An EndedError says that a service ended before it could be used.
type EndedError struct {
	How    string // such as "exit status 3"; "" where nobody can tell
	Output string // the last lines of the service's; "" where there are none
}

// Error says all of it.
func (e *EndedError) Error() string {
	const text = "the service ended before it answered"
	output := lastOutput(e.Output)
	switch {
	case e.How == "":
		return text + output
	case output == "":
		return text + ", with " + e.How
	}
	return text + output + "\nand it ended with " + e.How
}

// An ResponseError is an answer to GET domains that a service gives that is not ready.
type ResponseError struct {
	Status int
	Text   string // of the status, such as "500 Internal Server Error"
	Body   string // its beginning
}

// Error quotes the answer.
func (e *ResponseError) Error() string { return "GET domains answered " + e.Text + ": " + e.Body }

// A SchemeError says that a port speaks the other of http and https.
type SchemeError struct{ Speaks string }

// Error names what is spoken there.
func (e *SchemeError) Error() string { return e.Speaks + " is spoken there" }

// A NoResponseError says that something takes connections where the service should be,
// and does not answer.
type NoResponseError struct {
	Err error // what came of the question; nil where nothing came
}

// Error says so.
func (e *NoResponseError) Error() string {
	const text = "somebody takes connections there, but GET domains is not answered"
	if e.Err == nil {
		return text
	}
	return text + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *NoResponseError) Unwrap() error { return e.Err }

// Await returns when the service is ready: GET …/Training/domains with the key
// answers anything below 500. The error is an [*UnreadyError] or an [*EndedError];
// what does not get better by waiting is not waited for.
func (s *Service) Await(ctx context.Context, p ReadyOptions) error {
	ctx, cancel := context.WithTimeout(ctx, p.Limit)
	defer cancel()
	tick := time.NewTicker(probeInterval)
	defer tick.Stop()
	var why error
	for {
		err := s.probe(ctx, p)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, errNoTimeLeft):
		case ctx.Err() == nil && isPermanent(err):
			return &NotReadyError{Endpoint: s.Endpoint, Err: err, Output: s.Log()}
		case ctx.Err() == nil, why == nil && isSilent(err):
			why = err
		case why == nil:
			why = errors.New("GET domains got no response")
		}
		select {
		case <-tick.C:
		case <-s.Done:
			return s.endedError()
		case <-ctx.Done():
			if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return ctx.Err()
			}
			return &NotReadyError{Endpoint: s.Endpoint, Limit: p.Limit, Err: why, Hint: s.elsewhere(why), Output: s.Log()}
		}
	}
}

func isSilent(err error) bool {
	var silent *NoResponseError
	return errors.As(err, &silent)
}

// errNoTimeLeft says that there was no time left for another question.
var errNoTimeLeft = errors.New("not asked")

// isPermanent says whether an error stays as it is, however long one waits.
func isPermanent(err error) bool {
	var scheme *SchemeError
	var certificate *tls.CertificateVerificationError
	var name *net.DNSError
	return errors.As(err, &scheme) || errors.As(err, &certificate) || errors.As(err, &name) && name.IsNotFound
}

func (s *Service) probe(ctx context.Context, p ReadyOptions) error {
	if p.ProbeInterval != nil {
		if err := p.ProbeInterval(ctx); err != nil {
			return errNoTimeLeft
		}
	}
	// A question that is lost, such as one of the first moment, leaves time for another.
	ctx, cancel := context.WithTimeout(ctx, p.Limit/2)
	defer cancel()
	res, body, err := s.probeOnce(ctx, p, s.Endpoint)
	if err != nil {
		if strings.Contains(err.Error(), "server gave HTTP response to HTTPS client") { // net/http has no type for it
			return &SchemeError{"http"}
		}
		if !errors.Is(err, syscall.ECONNREFUSED) && s.speaksTLS(ctx, p) {
			return &SchemeError{"https"}
		}
		return err
	}
	if res.StatusCode >= 500 {
		return &ResponseError{Status: res.StatusCode, Text: res.Status, Body: trainingapi.Truncate(body)}
	}
	if res.StatusCode == http.StatusBadRequest && s.speaksTLS(ctx, p) { // what many servers of TLS answer to plain HTTP
		return &SchemeError{"https"}
	}
	return nil
}

// probeOnce makes the one call that tells.
func (s *Service) probeOnce(ctx context.Context, p ReadyOptions, endpoint string) (*http.Response, string, error) {
	req, err := http.NewRequestWithContext(
		ctx,
		http.MethodGet,
		endpoint+"/customvision/"+p.Version+"/Training/domains",
		nil,
	)
	if err != nil {
		return nil, "", err
	}
	req.Header.Set("Training-Key", s.TrainingKey)
	var connected atomic.Bool
	res, err := p.HTTP.Do(req.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		ConnectDone: func(_, _ string, err error) { connected.Store(connected.Load() || err == nil) },
		GotConn:     func(httptrace.GotConnInfo) { connected.Store(true) },
	})))
	if err != nil {
		return nil, "", unanswered(ctx, err, connected.Load())
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	return res, string(body), nil
}

// unanswered is the error of a question that got no response; connected is whether there
// was a connection to whoever should give it.
func unanswered(ctx context.Context, err error, connected bool) error {
	err = client.Cause(err)
	var proxy *client.ProxyError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	late := errors.Is(ctx.Err(), context.DeadlineExceeded)
	switch {
	case errors.As(err, &proxy), errors.As(err, &certificate), errors.As(err, &record):
		return err
	case connected && late:
		return &NoResponseError{}
	case connected:
		return &NoResponseError{err}
	case late:
		return errors.New("no connection comes about")
	}
	return err
}

// speaksTLS says whether TLS is spoken where plain HTTP was tried.
func (s *Service) speaksTLS(ctx context.Context, p ReadyOptions) bool {
	host, plain := strings.CutPrefix(s.Endpoint, "http://")
	if !plain {
		return false
	}
	_, _, err := s.probeOnce(ctx, p, "https://"+host)
	var certificate *tls.CertificateVerificationError
	return err == nil || errors.As(err, &certificate)
}

// endedError is the error of a service that has ended.
func (s *Service) endedError() *EndedError {
	e := &EndedError{Output: s.Log()}
	if s.Ended != nil {
		e.How = s.Ended()
	}
	return e
}

// elsewhere says where the service can be found that does not answer.
func (s *Service) elsewhere(why error) string {
	var answer *ResponseError
	if s.OtherListeners == nil || errors.As(why, &answer) {
		return ""
	}
	return s.OtherListeners()
}

// lastOutput is the tail of what the service printed, for an error message.
func lastOutput(log string) string {
	text := strings.TrimSpace(log)
	if text == "" {
		return ""
	}
	return "; its last output:\n" + text
}
