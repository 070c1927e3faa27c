package customvision

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// asyncResponse is a response to a call that starts work.
type asyncResponse struct {
	value any
	sent  func() // is called when the response was sent
}

// respondBefore schedules work and returns the response that precedes it. The work is pending at once, so that an
// advance of the clock after the response completes it. It does not begin before the response was sent, so that no
// message about the work precedes the response.
func (s *Server) respondBefore(
	value any,
	d time.Duration,
	kind string,
	project uuid.UUID,
	work func(context.Context),
) asyncResponse {
	sent := make(chan struct{})
	s.scheduler.after(d, kind, project, func(ctx context.Context) {
		select {
		case <-sent:
		case <-ctx.Done():
		}
		work(ctx)
	})
	return asyncResponse{value, func() { close(sent) }}
}

// statusOnly is a response without a body.
type statusOnly int

// file is a response that is not JSON.
type file struct {
	contentType string
	data        []byte
}

// statusCoder is a value with a status other than 200.
type statusCoder interface{ statusCode() int }

// write sends the response to a request: the error if there is one, otherwise value. All responses are sent here.
func (s *Server) write(w http.ResponseWriter, r *http.Request, value any, err error) {
	if work, ok := value.(asyncResponse); ok {
		defer work.sent()
		value = work.value
	}
	if blob, ok := value.(storedFile); ok && err == nil {
		blob.ServeHTTP(w, r)
		return
	}
	status := http.StatusOK
	if err != nil {
		problem := s.problem(err)
		if exchangeOf(r.Context()).entry.Operation == operationDownload {
			sendBlobError(w, problem)
			return
		}
		if s.sendWithReason(w, r, problem) {
			return
		}
		value, status = problem.body(), problem.status
	}
	if coder, ok := value.(statusCoder); ok {
		status = coder.statusCode()
	}
	s.send(w, status, value)
}

// problem converts any error into an error response.
func (s *Server) problem(err error) *apiError {
	if known, ok := errors.AsType[*apiError](err); ok {
		return known
	}
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return errTooLarge(tooLarge.Limit)
	}
	s.options.Logger.Error("unexpected error", "error", err)
	return &apiError{
		status:  http.StatusInternalServerError,
		code:    "ErrorUnknown",
		message: "The service met an unexpected error.",
	}
}

func (s *Server) send(w http.ResponseWriter, status int, value any) {
	setCommonHeaders(w.Header())
	if value == nil {
		value = statusOnly(http.StatusNoContent)
	}
	if statusCode, ok := value.(statusOnly); ok {
		w.WriteHeader(int(statusCode))
		return
	}
	content, err := render(value)
	if err != nil {
		s.options.Logger.Error("cannot encode a response", "error", err)
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", content.contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(content.data)))
	w.WriteHeader(status)
	if _, err := w.Write(content.data); err != nil {
		s.options.Logger.Debug("cannot send a response", "error", err)
	}
	_ = http.NewResponseController(w).Flush()
}

func render(value any) (file, error) {
	switch content := value.(type) {
	case file:
		return content, nil
	case webPage:
		return content.file, nil
	}
	data, err := encode(value)
	return file{"application/json; charset=utf-8", data}, err
}

// setCommonHeaders sets the headers that all recorded responses have.
func setCommonHeaders(h http.Header) {
	id := uuid.NewString()
	h.Set("Request-Id", id)
	h.Set("Apim-Request-Id", id)
	h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains; preload")
	h.Set("X-Content-Type-Options", "nosniff")
}
