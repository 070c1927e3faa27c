// Package trainingapi is a client of the Custom Vision Training API (v3.3 and
// v3.4-preview) that keeps the wire as it is: it sends what it is told, follows
// no redirect, repeats only what the service says that it did not take, and
// returns every call as one [evidence.Exchange], answered or not. The official SDKs cannot express the
// guide's calls (they drop the two URIs), so none is used.
//
// It models the calls that the contract needs and judges nothing.
package trainingapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/cvconform/cvconform/internal/evidence"
)

const (
	bodyLimit = 16 << 20 // bytes of an answer that are read and kept
)

// A Client calls one service. All fields but Timeout and Rate are needed.
type Client struct {
	Endpoint string // scheme://host:port, without a path
	Version  string // "v3.3"
	Key      string
	HTTP     *http.Client
	Now      func() time.Time
	Timeout  time.Duration // of one try of a call; 0 means none
	Rate     *rate.Limiter // before every try; nil means no limit
}

// A Call is one request to the Training API.
type Call struct {
	Name            string     // operation in the API reference: "CreateProject"
	Method          string     // "" means GET
	Path            string     // below /customvision/{version}/Training
	Query           url.Values // nil means none
	JSON            any        // body; nil means none
	Body            []byte     // body of another type, with Type
	Type            string
	KeyMode         string // "none" or "wrong"; "" means the right key
	Version         string // "" means the client's
	Uninterruptible bool   // a try that was begun is carried through although ctx ends meanwhile; Timeout bounds it
}

// WrongKey is sent where a call asks for a wrong key.
const WrongKey = "00000000000000000000000000000000"

// Do sends the call and returns what happened. The exchange is complete in
// every case: where no answer came, Status is 0 and Error says why. A call that
// the service did not take is made again as [Tries] says; the exchange has the
// last answer, and the others as refused.
func (c *Client) Do(ctx context.Context, call Call) evidence.Exchange {
	var refused []evidence.Refusal
	for {
		x := c.try(ctx, call)
		pause, again := RetryDelay(x, len(refused)+1, c.Timeout)
		if !again || !Sleep(ctx, pause) {
			if len(refused) > 0 {
				x.Refused, x.Began = refused, refused[0].Began
			}
			return x
		}
		refused = append(refused, NewRefusal(x))
	}
}

// try sends the call once.
func (c *Client) try(ctx context.Context, call Call) evidence.Exchange {
	x := evidence.Exchange{Call: call.Name, Key: "right"}
	if call.KeyMode != "" {
		x.Key = call.KeyMode
	}
	err := c.await(ctx)
	x.Began = c.Now()
	if call.Uninterruptible && ctx.Err() == nil {
		ctx = context.WithoutCancel(ctx)
	}
	if c.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.Timeout)
		defer cancel()
	}
	req, wrong := c.request(ctx, call, &x)
	switch {
	case err != nil:
		x.Error = err.Error()
	case wrong != nil:
		x.Error = fmt.Sprintf("%s: %v", notSent, wrong)
	default:
		if err := c.send(req, &x); err != nil {
			x.Error = c.describeError(ctx, x, err)
		}
	}
	x.Ended = c.Now()
	return x
}

// notSent begins the error of a call that never left.
const notSent = "not sent"

// Sent says whether the call left, so that the service may have done it even where
// it did not answer.
func Sent(x evidence.Exchange) bool { return !strings.HasPrefix(x.Error, notSent) }

// await waits for the call's turn.
func (c *Client) await(ctx context.Context) error {
	if c.Rate == nil {
		return nil
	}
	if c.Rate.Wait(ctx) != nil {
		<-ctx.Done() // it gives up as soon as it knows, which would look as if there were time left
		return fmt.Errorf("%s, it was not its turn in time: %w", notSent, context.Cause(ctx))
	}
	return nil
}

func (c *Client) request(ctx context.Context, call Call, x *evidence.Exchange) (*http.Request, error) {
	body, contentType := call.Body, call.Type
	if call.JSON != nil {
		var err error
		if body, err = json.Marshal(call.JSON); err != nil {
			return nil, fmt.Errorf("encode the body of %s: %w", call.Name, err)
		}
		contentType = "application/json"
	}
	x.Method, x.URL = methodOrGet(call.Method), c.url(call)
	x.RequestType, x.RequestBody = contentType, string(body)
	req, err := http.NewRequestWithContext(ctx, x.Method, x.URL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	req.Header.Set("Accept", "application/json")
	switch call.KeyMode {
	case "":
		req.Header.Set("Training-Key", c.Key)
	case "wrong":
		req.Header.Set("Training-Key", WrongKey)
	}
	return req, nil
}

// url spells the path as the guide does: /customvision/{version}/Training/…
func (c *Client) url(call Call) string {
	version := call.Version
	if version == "" {
		version = c.Version
	}
	u := c.Endpoint + "/customvision/" + version + "/Training" + call.Path
	if len(call.Query) > 0 {
		u += "?" + call.Query.Encode()
	}
	return u
}

func (c *Client) send(req *http.Request, x *evidence.Exchange) error {
	res, err := c.HTTP.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	x.Status, x.Protocol = res.StatusCode, res.Proto
	x.Header = headers(res.Header)
	body, err := io.ReadAll(io.LimitReader(res.Body, bodyLimit+1))
	x.Body = string(body[:min(len(body), bodyLimit)])
	switch {
	case err != nil:
		return fmt.Errorf("read the answer: %w", err)
	case len(body) > bodyLimit:
		return fmt.Errorf("it is longer than %d MiB", bodyLimit>>20)
	}
	return nil
}

// describeError says in the user's words why there was no whole answer.
func (c *Client) describeError(ctx context.Context, x evidence.Exchange, err error) string {
	late := ctx.Err() == context.DeadlineExceeded && c.Timeout > 0
	switch {
	case late && x.Status != 0:
		return fmt.Sprintf("its end did not come within %s (budget request)", c.Timeout)
	case late:
		return fmt.Sprintf("no answer within %s (budget request)", c.Timeout)
	}
	return Cause(err).Error()
}

// RecordedVerdictsHeader is a header that a replay sends, and no service: what the recording
// settles of the situation that the call makes. See the package recording.
const RecordedVerdictsHeader = "Cvconform-Settled"

// headers keeps the headers that a judgement or a reader may want.
func headers(h http.Header) map[string]string {
	out := map[string]string{}
	for _, name := range []string{"Content-Type", "Apim-Request-Id", "Request-Id", RetryAfter, "Location", "Www-Authenticate", RecordedVerdictsHeader} {
		if v := h.Get(name); v != "" {
			out[name] = v
		}
	}
	return out
}

func methodOrGet(method string) string {
	if method == "" {
		return http.MethodGet
	}
	return method
}
