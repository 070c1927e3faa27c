// Package client calls the Custom Vision Training API and returns every call as one [evidence.Exchange], whether or not
// there was a response.
//
// It sends requests unchanged, follows no redirect, and retries only if the service says that it did not process the
// request. The official SDKs cannot send the guide's requests because they drop the two URIs, so none is used. The
// package judges nothing. Stop extending it when a call is not in [trainingapi.Routes].
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/cvconform/cvconform/internal/clock"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

const maxResponseBody = 16 << 20 // bytes that are read and kept

// A Client calls one service. All fields but Timeout and Rate are required.
type Client struct {
	Endpoint string // scheme://host:port, without a path
	Version  string // "v3.3"
	Key      string
	HTTP     *http.Client
	Now      func() time.Time
	Timeout  time.Duration // of one attempt; 0 means none
	Rate     *rate.Limiter // of attempts; nil means no limit
}

// A Call is one request to the Training API.
type Call struct {
	Name               string     // of the route: "CreateProject"
	Project, Iteration string     // ids in its path
	Query              url.Values // nil means none
	JSON               any        // body; nil means none
	Body               []byte     // body of another type, with Type
	Type               string
	KeyMode            string // "none" or "wrong"; "" means the client's key
	KeyHeader          string // name of the key's header, sent as it is; "" means Training-Key
	Version            string // "" means the client's
	Uninterruptible    bool   // an attempt that was started is completed even if ctx ends; Timeout bounds it
}

// WrongKey is the key that a call with the key mode "wrong" sends.
const WrongKey = "00000000000000000000000000000000"

// Do sends the call and returns the exchange. If there was no response, its Status is 0 and its Error gives the reason.
// Do retries as [RetryDelay] decides. The exchange has the last response, and the earlier ones as Refused.
func (c *Client) Do(ctx context.Context, call Call) evidence.Exchange {
	var refused []evidence.Refusal
	for {
		x := c.attempt(ctx, call)
		delay, retry := RetryDelay(x, len(refused)+1, c.Timeout)
		if !retry || clock.Sleep(ctx, delay) != nil {
			if len(refused) > 0 {
				x.Refused, x.Began = refused, refused[0].Began
			}
			return x
		}
		refused = append(refused, NewRefusal(x))
	}
}

// attempt sends the call once.
func (c *Client) attempt(ctx context.Context, call Call) evidence.Exchange {
	x := evidence.Exchange{Call: call.Name, Key: "right", KeyHeader: call.KeyHeader}
	if call.KeyMode != "" {
		x.Key = call.KeyMode
	}
	rateErr := c.waitForRate(ctx)
	x.Began = c.Now()
	if call.Uninterruptible && ctx.Err() == nil {
		ctx = context.WithoutCancel(ctx)
	}
	if c.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, c.Timeout, errTimeout)
		defer cancel()
	}
	req, err := c.request(ctx, call, &x)
	switch {
	case rateErr != nil:
		x.Error = rateErr.Error()
	case err != nil:
		x.Error = fmt.Sprintf("%s: %v", notSent, err)
	default:
		if err := c.send(req, &x); err != nil {
			x.Error = c.describeError(ctx, x, err)
		}
	}
	x.Ended = c.Now()
	return x
}

// errTimeout is why the context of an attempt ended that took longer than Timeout.
var errTimeout = errors.New("timeout")

// notSent begins the error of a request that was not sent.
const notSent = "not sent"

// Sent reports whether the request was sent. If it was, the service may have processed it even without a response.
func Sent(x evidence.Exchange) bool { return !strings.HasPrefix(x.Error, notSent) }

func (c *Client) waitForRate(ctx context.Context) error {
	if c.Rate == nil {
		return nil
	}
	if c.Rate.Wait(ctx) != nil {
		<-ctx.Done() // the limiter gives up early, while the time of ctx is not over
		return fmt.Errorf("%s, the rate limit did not allow it in time: %w", notSent, context.Cause(ctx))
	}
	return nil
}

// request builds the request and records it in x.
func (c *Client) request(ctx context.Context, call Call, x *evidence.Exchange) (*http.Request, error) {
	route, err := trainingapi.FindRoute(call.Name)
	if err != nil {
		return nil, err
	}
	body, contentType := call.Body, call.Type
	if call.JSON != nil {
		if body, err = json.Marshal(call.JSON); err != nil {
			return nil, fmt.Errorf("encode the body of %s: %w", call.Name, err)
		}
		contentType = "application/json"
	}
	x.Method, x.URL = route.Method, c.url(route, call)
	x.RequestType, x.RequestBody = contentType, string(body)
	req, err := http.NewRequestWithContext(ctx, x.Method, x.URL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	req.Header.Set("Accept", "application/json")
	header := call.KeyHeader
	if header == "" {
		header = "Training-Key"
	}
	switch call.KeyMode {
	case "":
		req.Header[header] = []string{c.Key} // not Set, which changes the case of the name
	case "wrong":
		req.Header[header] = []string{WrongKey}
	}
	return req, nil
}

func (c *Client) url(route trainingapi.Route, call Call) string {
	version := call.Version
	if version == "" {
		version = c.Version
	}
	u := c.Endpoint + route.Path(version, call.Project, call.Iteration)
	if len(call.Query) > 0 {
		u += "?" + call.Query.Encode()
	}
	return u
}

// send sends the request and records the response in x.
func (c *Client) send(req *http.Request, x *evidence.Exchange) error {
	var connection atomic.Pointer[httptrace.GotConnInfo]
	trace := &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) { connection.Store(&i) }}
	res, err := c.HTTP.Do(req.WithContext(httptrace.WithClientTrace(req.Context(), trace)))
	if err != nil {
		return keptAliveError(connection.Load(), err)
	}
	defer res.Body.Close()
	x.Status, x.Protocol = res.StatusCode, res.Proto
	x.Header = recordedHeaders(res.Header)
	body, err := io.ReadAll(io.LimitReader(res.Body, maxResponseBody+1))
	x.Body = string(body[:min(len(body), maxResponseBody)])
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF) && res.ContentLength > int64(len(body)):
		return fmt.Errorf("the body has %d bytes, its Content-Length says %d", len(body), res.ContentLength)
	case err != nil:
		return fmt.Errorf("read the response: %w", err)
	case len(body) > maxResponseBody:
		return fmt.Errorf("the response is longer than %d MiB", maxResponseBody>>20)
	}
	return nil
}

// describeError returns why there is no response, or an incomplete one. The context of the caller may have ended before
// the time of the attempt was over.
func (c *Client) describeError(ctx context.Context, x evidence.Exchange, err error) string {
	missing := "no response"
	if x.Status != 0 {
		missing = "the response did not end"
		if announced := x.Header[trainingapi.ContentLength]; announced != "" {
			missing += fmt.Sprintf(" after %d bytes (Content-Length: %s)", len(x.Body), announced)
		}
	}
	switch cause := context.Cause(ctx); {
	case cause == nil:
		return Cause(err).Error()
	case errors.Is(cause, errTimeout):
		return fmt.Sprintf("%s within %s (budget request)", missing, c.Timeout)
	default:
		return fmt.Sprintf("%s before the caller ended the call: %v", missing, cause)
	}
}

// recordedHeaders returns the headers that a check or a reader of the evidence may need.
func recordedHeaders(h http.Header) map[string]string {
	out := map[string]string{}
	for _, name := range []string{
		"Content-Type", trainingapi.ContentLength, trainingapi.ContentEncoding, "Apim-Request-Id", "Request-Id",
		trainingapi.RetryAfter, "Location", "Www-Authenticate",
	} {
		if v := h.Get(name); v != "" {
			out[name] = v
		}
	}
	return out
}
