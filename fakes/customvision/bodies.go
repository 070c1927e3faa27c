package customvision

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
)

// readJSON reads a body; an empty one leaves the target as it is, if allowed.
// It is the one place that reads JSON, so that every operation refuses other
// kinds of body in the same way.
func readJSON(r *request, target any, optional bool) error {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return bodyError(err)
	}
	if optional && len(bytes.TrimSpace(data)) == 0 {
		return nil
	}
	if err := r.checkMediaType("application/json"); err != nil {
		return err
	}
	err = json.Unmarshal(data, target)
	if known, ok := errors.AsType[*apiError](err); ok {
		return known
	}
	if err != nil {
		return errInvalid("The body is not the JSON document that was expected.")
	}
	return nil
}

// checkType refuses a body of another kind. One without a kind is taken for what
// the operation wants.
func (r *request) checkMediaType(kinds ...string) error {
	header := r.Header.Get("Content-Type")
	if header == "" || slices.Contains(kinds, r.mediaType()) {
		return nil
	}
	return errMediaType(header, kinds)
}

func (r *request) mediaType() string {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return kind
}

// unreadable keeps the one error of reading that has an answer of its own.
func bodyError(err error) error {
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooLarge
	}
	return errInvalid("The body cannot be read.")
}

// readUpTo reads one byte more than most, so that too much can be told from
// enough, and drops the rest.
func readUpTo(r io.Reader, most int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		return nil, err
	}
	_, err = io.Copy(io.Discard, r)
	return data, err
}
