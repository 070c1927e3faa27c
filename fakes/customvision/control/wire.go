package control

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// maxBody bounds what is read, in bytes.
const maxBody = 1 << 20

// refusal is an error with the status of its answer.
type refusal struct {
	status int
	err    error
}

func (r *refusal) Error() string { return r.err.Error() }
func (r *refusal) Unwrap() error { return r.err }

func refuse(status int, format string, args ...any) error {
	return &refusal{status, fmt.Errorf(format, args...)}
}

// text is an answer for people.
type text string

// reply is an answer that is neither 200 nor a refusal.
type reply struct {
	status int
	value  any
}

// answer is the one place that writes.
func answer(handle func(*http.Request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		value, err := any(nil), error(nil)
		if r.Header.Get("Origin") != "" {
			err = refuse(http.StatusForbidden, "calls from web pages are refused")
		} else {
			value, err = handle(r)
		}
		if err != nil {
			write(w, status(err), map[string]string{"error": err.Error()})
			return
		}
		if own, ok := value.(reply); ok {
			write(w, own.status, own.value)
			return
		}
		write(w, http.StatusOK, value)
	})
}

func status(err error) int {
	if refused, ok := errors.AsType[*refusal](err); ok {
		return refused.status
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
	_ = encoder.Encode(value) // an error is that of a caller who went away
}

// body reads what was sent. The content type is not asked for: curl -d sends
// that of a form.
func body(r *http.Request) ([]byte, error) {
	data, err := io.ReadAll(r.Body)
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, refuse(http.StatusRequestEntityTooLarge, "the body is larger than %d bytes", maxBody)
	}
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "the body cannot be read: %w", err)
	}
	return data, nil
}

// decode reads a JSON object whose members are all known.
func decode(r *http.Request, target any) error {
	data, err := body(r)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(target); err != nil {
		return refuse(http.StatusBadRequest, "the body is not what was expected: %w", err)
	}
	return nil
}
