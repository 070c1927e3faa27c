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

// A failure is what was tried and what became of it, on one line; the SDK's
// own error, behind it, prints a page.
type failure struct {
	tried string
	err   error
}

// failed says what was tried, or nil if err is nil.
func failed(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return &failure{tried: fmt.Sprintf(format, args...), err: err}
}

// Error implements error.
func (f *failure) Error() string {
	var answer *azcore.ResponseError
	if errors.As(f.err, &answer) {
		return fmt.Sprintf("%s: storage answered %d %s", f.tried, answer.StatusCode, answer.ErrorCode)
	}
	return fmt.Sprintf("%s: %v", f.tried, f.err)
}

// Unwrap gives the SDK's error.
func (f *failure) Unwrap() error { return f.err }

// Is implements errors.Is for ErrNotFound.
func (f *failure) Is(target error) bool {
	var answer *azcore.ResponseError
	return target == ErrNotFound && errors.As(f.err, &answer) && answer.StatusCode == http.StatusNotFound
}

// Answered is the status and the error code with which storage refused a call; 0
// and "" where it did not answer.
func Answered(err error) (status int, code string) {
	var answer *azcore.ResponseError
	if !errors.As(err, &answer) {
		return 0, ""
	}
	return answer.StatusCode, answer.ErrorCode
}
