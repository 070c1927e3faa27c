// Package userr holds the errors that a user can act on. Each has a hint, which
// says how to fix the problem, apart from its message, which describes the failure.
// Hints name fields of the public configuration (Config.FIELD), never flags.
//
// Errors of the harness itself do not belong here. Extend this package only if
// a caller has to handle a further group of errors differently.
package userr

import (
	"errors"
	"fmt"
)

// A UsageError reports a mistake in the configuration. Nothing was started.
type UsageError struct {
	Err  error
	Hint string // how to fix it; "" if the message is enough
}

// Error returns the message without the hint.
func (e *UsageError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *UsageError) Unwrap() error { return e.Err }

// Usagef returns a [*UsageError] with a formatted message.
func Usagef(hint, format string, args ...any) error {
	return &UsageError{Err: fmt.Errorf(format, args...), Hint: hint}
}

// An EnvironmentError reports that storage or the service under test is not
// available, so nothing was judged.
type EnvironmentError struct {
	Err  error
	Hint string // how to fix it; "" if the message is enough
}

// Error returns the message without the hint.
func (e *EnvironmentError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *EnvironmentError) Unwrap() error { return e.Err }

// Environmentf returns an [*EnvironmentError] with a formatted message.
func Environmentf(hint, format string, args ...any) error {
	return &EnvironmentError{Err: fmt.Errorf(format, args...), Hint: hint}
}

// A LeftBehindError reports that some of the things a run created could not be
// deleted.
type LeftBehindError struct {
	Err   error
	RunID string // of the run that created them; "" if they are of several runs
	Hint  string // how to delete them
}

// Error returns the message without the hint.
func (e *LeftBehindError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *LeftBehindError) Unwrap() error { return e.Err }

// Hint returns the hint of the first error of this package in err's chain, or ""
// if there is none.
func Hint(err error) string {
	var usage *UsageError
	var environment *EnvironmentError
	var left *LeftBehindError
	switch {
	case errors.As(err, &usage):
		return usage.Hint
	case errors.As(err, &environment):
		return environment.Hint
	case errors.As(err, &left):
		return left.Hint
	}
	return ""
}
