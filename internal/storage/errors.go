package storage

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
)

// ErrNotFound is matched, by errors.Is, by the error of a call that names a
// queue, container or blob that storage does not have.
var ErrNotFound = errors.New("not found in storage")

// A opError is what was tried and what became of it, on one line; the SDK's
// own error, behind it, prints a page.
type opError struct {
	op  string
	err error
}

// wrapOp says what was tried, or nil if err is nil.
func wrapOp(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return &opError{op: fmt.Sprintf(format, args...), err: err}
}

// Error implements error.
func (f *opError) Error() string {
	var answer *azcore.ResponseError
	if errors.As(f.err, &answer) {
		return fmt.Sprintf("%s: storage answered %d %s", f.op, answer.StatusCode, answer.ErrorCode)
	}
	return fmt.Sprintf("%s: %v", f.op, f.err)
}

// Unwrap gives the SDK's error.
func (f *opError) Unwrap() error { return f.err }

// Is implements errors.Is for ErrNotFound.
func (f *opError) Is(target error) bool {
	var answer *azcore.ResponseError
	return target == ErrNotFound && errors.As(f.err, &answer) && answer.StatusCode == http.StatusNotFound
}

// ErrorStatus is the status and the error code with which storage refused a call; 0
// and "" where it did not answer.
func ErrorStatus(err error) (status int, code string) {
	var answer *azcore.ResponseError
	if !errors.As(err, &answer) {
		return 0, ""
	}
	return answer.StatusCode, answer.ErrorCode
}
