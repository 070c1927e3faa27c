package control

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// maxBody is the maximum size of a request body in bytes.
const maxBody = 1 << 20

// httpError is an error with the status of its response.
type httpError struct {
	status int
	err    error
}

// Error implements error.
func (e *httpError) Error() string { return e.err.Error() }

// Unwrap returns the cause.
func (e *httpError) Unwrap() error { return e.err }

func httpErrorf(status int, format string, args ...any) error {
	return &httpError{status, fmt.Errorf(format, args...)}
}

// text is the value of a response in plain text.
type text string

// withStatus is the value of a response with a status other than 200.
type withStatus struct {
	status int
	value  any
}

// respond calls a handler and writes its response.
func respond(handle func(*http.Request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		value, err := any(nil), error(nil)
		if r.Header.Get("Origin") != "" {
			err = httpErrorf(http.StatusForbidden, "requests from web pages are not allowed")
		} else {
			value, err = handle(r)
		}
		if err != nil {
			write(w, statusOf(err), map[string]string{"error": err.Error()})
			return
		}
		if v, ok := value.(withStatus); ok {
			write(w, v.status, v.value)
			return
		}
		write(w, http.StatusOK, value)
	})
}

func statusOf(err error) int {
	if known, ok := errors.AsType[*httpError](err); ok {
		return known.status
	}
	return http.StatusInternalServerError
}

func write(w http.ResponseWriter, status int, value any) {
	if plain, ok := value.(text); ok {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, string(plain))
		return
	}
	if value == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value) // fails only if the caller has disconnected
}

// readBody returns the body of a request. It ignores the content type, because curl -d sends that of a form.
func readBody(r *http.Request) ([]byte, error) {
	data, err := io.ReadAll(r.Body)
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, httpErrorf(http.StatusRequestEntityTooLarge, "the body is larger than %d bytes", maxBody)
	}
	if err != nil {
		return nil, httpErrorf(http.StatusBadRequest, "the body cannot be read: %w", err)
	}
	return data, nil
}

// decode decodes the JSON object in the body. Unknown members are an error.
func decode(r *http.Request, target any) error {
	data, err := readBody(r)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(target); err != nil {
		return httpErrorf(http.StatusBadRequest, "the body is not valid: %w", err)
	}
	return nil
}
