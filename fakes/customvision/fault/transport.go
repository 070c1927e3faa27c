package fault

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
)

// RoundTrip lets the effect act on a request to storage, in the form in which
// Azure Storage refuses. What is held must have been held before.
func (e Effect) RoundTrip(r *http.Request, next http.RoundTripper) (*http.Response, error) {
	switch {
	case e.Status != 0:
		drain(r)
		return e.refusal(r), nil
	case e.Reset:
		drain(r)
		return nil, fmt.Errorf("fault: %w", syscall.ECONNRESET)
	case e.Cut != nil && r.Body != nil:
		cut := r.Clone(r.Context())
		cut.Body = &cutBody{ReadCloser: r.Body, left: *e.Cut}
		return next.RoundTrip(cut)
	}
	return next.RoundTrip(r)
}

// drain does what a transport owes its caller: it closes the body.
func drain(r *http.Request) {
	if r.Body != nil {
		_ = r.Body.Close()
	}
}

func (e Effect) refusal(r *http.Request) *http.Response {
	code, message := e.Code, e.Message
	if code == "" {
		code = storageCode(e.Status)
	}
	if message == "" {
		message = http.StatusText(e.Status)
	}
	body := fmt.Sprintf(
		`<?xml version="1.0" encoding="utf-8"?><Error><Code>%s</Code><Message>%s</Message></Error>`,
		escape(code),
		escape(message),
	)
	header := http.Header{"Content-Type": {"application/xml"}, "X-Ms-Error-Code": {code}}
	e.SetRetryAfter(header)
	return &http.Response{
		Status: fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status)), StatusCode: e.Status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: header, Request: r,
		ContentLength: int64(len(body)), Body: io.NopCloser(strings.NewReader(body)),
	}
}

// storageCode is what Azure Storage says most often for a status
// (learn.microsoft.com, "Common REST API error codes").
func storageCode(status int) string {
	switch status {
	case http.StatusForbidden:
		return "AuthorizationPermissionMismatch"
	case http.StatusNotFound:
		return "ResourceNotFound"
	case http.StatusConflict:
		return "AccountBeingCreated"
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return "ServerBusy"
	case http.StatusInternalServerError:
		return "InternalError"
	}
	return "InvalidInput"
}

func escape(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}

// cutBody ends with an error after some bytes, upon which the transport breaks
// the connection off.
type cutBody struct {
	io.ReadCloser
	left int
}

func (c *cutBody) Read(data []byte) (int, error) {
	if c.left == 0 {
		return 0, fmt.Errorf("fault: the body is cut: %w", io.ErrUnexpectedEOF)
	}
	n, err := c.ReadCloser.Read(data[:min(len(data), c.left)])
	c.left -= n
	return n, err
}
