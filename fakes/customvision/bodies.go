package customvision

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
)

// readJSON decodes a request body into target. If optional is true, an empty body leaves target unchanged. All
// operations use it, so they refuse other kinds of body in the same way.
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
	return jsonError(json.Unmarshal(data, target))
}

// readBatch reads a batch of images. A body that is no such document, or whose images are no list of objects, gives an
// empty batch: the service then responds that it has no images, which is public (github.com/Azure/azure-sdk-for-python,
// issues 17734 and 24026).
func readBatch[T any](r *request) (batch T, err error) {
	var body json.RawMessage
	if err := readJSON(r, &body, true); err != nil || body == nil {
		return batch, err
	}
	err = json.Unmarshal(body, &batch)
	other, ok := errors.AsType[*json.UnmarshalTypeError](err)
	if ok && (other.Field == "" || other.Field == "images") {
		return *new(T), nil
	}
	return batch, jsonError(err)
}

// jsonError converts an error of decoding a body.
func jsonError(err error) error {
	if known, ok := errors.AsType[*apiError](err); ok {
		return known
	}
	const message = "The body is not the expected JSON document"
	if wrong, ok := errors.AsType[*json.SyntaxError](err); ok {
		return errInvalid(fmt.Sprintf("%s: %v at byte %d.", message, wrong, wrong.Offset))
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
		return errInvalid(fmt.Sprintf("%s: %s cannot be a JSON %s.", message, wrong.Field, wrong.Value))
	}
	if err != nil {
		return errInvalid(message + ".")
	}
	return nil
}

// checkMediaType returns an error unless the body has one of the given media types. A body without a Content-Type
// is accepted.
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

// bodyError converts an error of reading a body. A body that exceeds its limit keeps its own error.
func bodyError(err error) error {
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooLarge
	}
	return errInvalid("The body cannot be read.")
}

// readUpTo returns at most limit+1 bytes and discards the rest. The extra byte shows that the limit is exceeded.
func readUpTo(r io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	_, err = io.Copy(io.Discard, r)
	return data, err
}
