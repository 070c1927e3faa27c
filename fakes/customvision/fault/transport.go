package fault

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
)

// RoundTrip applies the effect to a request to storage. Errors have the form of Azure Storage. The caller must have
// applied the delay.
func (e Effect) RoundTrip(r *http.Request, next http.RoundTripper) (*http.Response, error) {
	switch {
	case e.Status != 0:
		closeBody(r)
		return e.errorResponse(r), nil
	case e.Reset:
		closeBody(r)
		return nil, fmt.Errorf("fault: %w", syscall.ECONNRESET)
	case e.Cut != nil && r.Body != nil:
		truncated := r.Clone(r.Context())
		truncated.Body = &truncatedBody{ReadCloser: r.Body, left: *e.Cut}
		return next.RoundTrip(truncated)
	}
	return next.RoundTrip(r)
}

// closeBody closes the body, as every http.RoundTripper must.
func closeBody(r *http.Request) {
	if r.Body != nil {
		_ = r.Body.Close()
	}
}

// errorResponse returns the error response of Azure Storage.
func (e Effect) errorResponse(r *http.Request) *http.Response {
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

// storageCode returns the most common error code of Azure Storage for a status (learn.microsoft.com, "Common REST API
// error codes").
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

// truncatedBody is a request body whose Read fails after some bytes. The transport then closes the connection.
type truncatedBody struct {
	io.ReadCloser
	left int
}

// Read implements io.Reader.
func (b *truncatedBody) Read(data []byte) (int, error) {
	if b.left == 0 {
		return 0, fmt.Errorf("fault: the body is truncated: %w", io.ErrUnexpectedEOF)
	}
	n, err := b.ReadCloser.Read(data[:min(len(data), b.left)])
	b.left -= n
	return n, err
}
