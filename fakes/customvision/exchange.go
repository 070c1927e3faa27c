package customvision

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/cvconform/cvconform/fakes/customvision/journal"
)

// exchange is a request and its response. It collects their journal entry and log record.
type exchange struct {
	http.ResponseWriter
	entry     journal.Entry
	startedAt time.Time
	request   boundedBuffer
	response  boundedBuffer
}

type exchangeKey struct{}

// exchangeOf returns the exchange of a request's context.
func exchangeOf(ctx context.Context) *exchange { return ctx.Value(exchangeKey{}).(*exchange) }

// recordExchange calls a handler and records the request and the response.
func (s *Server) recordExchange(h http.Handler, w http.ResponseWriter, r *http.Request) {
	x := &exchange{ResponseWriter: w, startedAt: s.now()}
	x.entry = journal.Entry{At: x.startedAt, Kind: journal.API, Method: r.Method, URL: r.URL.RequestURI()}
	if isText(r.Header.Get("Content-Type")) && r.Body != nil {
		r.Body = struct {
			io.Reader
			io.Closer
		}{io.TeeReader(r.Body, &x.request), r.Body}
	}
	defer s.record(x)
	h.ServeHTTP(x, r.WithContext(context.WithValue(r.Context(), exchangeKey{}, x)))
}

// record adds an exchange to the journal and the log. It is deferred, so that a request whose handler panicked is
// recorded too.
func (s *Server) record(x *exchange) {
	e := x.entry
	e.TookMs = milliseconds(s.clock.Now().Sub(x.startedAt))
	e.Request, e.Response = x.request.text(), x.response.text()
	s.journal.Add(e)
	s.options.Logger.Info("call", slog.String("operation", e.Operation), slog.String("project", e.Project),
		slog.Int("status", e.Status), slog.Float64("ms", e.TookMs), slog.String("fault", e.Fault))
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func (x *exchange) WriteHeader(status int) {
	if x.entry.Status == 0 {
		x.entry.Status = status
	}
	x.ResponseWriter.WriteHeader(status)
}

func (x *exchange) Write(data []byte) (int, error) {
	n, err := x.ResponseWriter.Write(data)
	if isText(x.Header().Get("Content-Type")) {
		_, _ = x.response.Write(data[:n])
	}
	return n, err
}

// Unwrap is used by [http.ResponseController].
func (x *exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }

func isText(contentType string) bool {
	if contentType == "" {
		return true // some clients send JSON without a type
	}
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil &&
		(strings.HasPrefix(kind, "text/") || strings.HasSuffix(kind, "json") || strings.HasSuffix(kind, "xml"))
}

// boundedBuffer keeps the first bytes that are written to it, up to the limit of the journal.
type boundedBuffer struct{ bytes.Buffer }

func (b *boundedBuffer) Write(data []byte) (int, error) {
	if room := journal.Body - b.Len(); room > 0 {
		b.Buffer.Write(data[:min(room, len(data))])
	}
	return len(data), nil
}

// text returns the kept bytes as valid UTF-8. The limit may have split a character.
func (b *boundedBuffer) text() string { return strings.ToValidUTF8(b.String(), "\ufffd") }
