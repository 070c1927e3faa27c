package customvision

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
)

// sendWithReason sends an error response with a reason phrase of its own, which net/http does not support. SDKs show
// that phrase to their users. It reports false, and sends nothing, if the problem has none or if there is no
// connection to write to, as with HTTP/2.
func (s *Server) sendWithReason(w http.ResponseWriter, r *http.Request, problem *apiError) bool {
	x, ok := w.(*exchange)
	if !ok || problem.reason == "" {
		return false
	}
	content, err := render(problem.body())
	if err != nil {
		return false
	}
	// The connection is closed afterwards, so a caller that still sends its request would not read the response.
	_, _ = io.CopyN(io.Discard, r.Body, maxBatch)
	connection, buffer, err := http.NewResponseController(x.ResponseWriter).Hijack()
	if err != nil {
		return false
	}
	defer connection.Close()
	setCommonHeaders(x.Header())
	x.Header().Set("Content-Type", content.contentType)
	x.Header().Set("Date", s.options.Clock.Now().UTC().Format(http.TimeFormat))
	x.entry.Status = problem.status
	_, _ = x.response.Write(content.data)
	response := http.Response{
		Status:     fmt.Sprintf("%d %s", problem.status, problem.reason),
		StatusCode: problem.status, ProtoMajor: 1, ProtoMinor: 1, Header: x.Header(), Request: r, Close: true,
		ContentLength: int64(len(content.data)), Body: io.NopCloser(bytes.NewReader(content.data)),
	}
	if response.Write(buffer) == nil {
		_ = buffer.Flush()
	}
	return true
}

// lacksLength reports whether a POST has neither a length nor the encoding chunked. The web server in front of the
// service refuses such a request before it looks at it (github.com/MicrosoftDocs/azure-docs/issues/65022). Only
// requests over HTTP/1 have these headers, and only those that a server has received.
func lacksLength(r *http.Request) bool {
	return r.Method == http.MethodPost && r.ProtoMajor == 1 && r.Context().Value(http.ServerContextKey) != nil &&
		r.Header.Get("Content-Length") == "" && len(r.TransferEncoding) == 0
}

// webPage is a response of the web server in front of the service.
type webPage struct {
	file
	status int
}

func (p webPage) statusCode() int { return p.status }

func lengthRequired() webPage {
	const page = "<!DOCTYPE html><html><head><title>Length Required</title></head><body><h2>Length Required</h2>" +
		"<p>HTTP Error 411. The request must be chunked or have a content length.</p></body></html>"
	return webPage{file{"text/html; charset=us-ascii", []byte(page)}, http.StatusLengthRequired}
}
