package storage

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
)

// ErrNotFound is the error, by errors.Is, of an operation on a queue, container or blob that does not exist.
var ErrNotFound = errors.New("not found in storage")

// An opError is the error of a storage operation on one line. The text of the wrapped SDK error fills a page.
type opError struct {
	op  string
	err error
}

// wrapOp adds the operation to its error; it returns nil for nil.
func wrapOp(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return &opError{op: fmt.Sprintf(format, args...), err: err}
}

// Error implements error.
func (e *opError) Error() string {
	var response *azcore.ResponseError
	if errors.As(e.err, &response) {
		return fmt.Sprintf("%s: storage returned %d %s", e.op, response.StatusCode, response.ErrorCode)
	}
	return fmt.Sprintf("%s: %v", e.op, e.err)
}

// Unwrap returns the SDK's error.
func (e *opError) Unwrap() error { return e.err }

// Is implements errors.Is for ErrNotFound.
func (e *opError) Is(target error) bool {
	var response *azcore.ResponseError
	return target == ErrNotFound && errors.As(e.err, &response) && response.StatusCode == http.StatusNotFound
}

// ErrorStatus returns the status and the error code of storage's response; 0 and "" if there was none.
func ErrorStatus(err error) (status int, code string) {
	var response *azcore.ResponseError
	if !errors.As(err, &response) {
		return 0, ""
	}
	return response.StatusCode, response.ErrorCode
}

// statusOf returns the status of the response to an operation with that error.
func statusOf(err error, format string, args ...any) (int, error) {
	var response *azcore.ResponseError
	switch {
	case err == nil:
		return http.StatusOK, nil
	case errors.As(err, &response):
		return response.StatusCode, nil
	}
	return 0, wrapOp(err, format, args...)
}
