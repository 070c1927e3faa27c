package steps

import (
	"github.com/cvconform/cvconform/internal/userr"
	"github.com/cvconform/cvconform/internal/version"
)

// A UsageError reports a mistake in the configuration: nothing was started. Its
// field Err is the cause, and Hint says how to fix it ("" if the message is
// enough). Hints name the fields of [Config].
type UsageError = userr.UsageError

// An EnvironmentError reports that storage or the service under test is not
// available: nothing was judged. Its field Err is the cause, and Hint says how to
// fix it ("" if the message is enough).
type EnvironmentError = userr.EnvironmentError

// A LeftBehindError reports that some of the things a run created could not be
// deleted. Its field Err says which, and why; RunID is the id of that run ("" if
// they are of several), for [CleanConfig]; Hint says how to delete them.
type LeftBehindError = userr.LeftBehindError

// Hint returns the hint of a [*UsageError], an [*EnvironmentError] or a
// [*LeftBehindError] in err's chain, or "" if there is none.
func Hint(err error) string { return userr.Hint(err) }

// formatHint returns the hint of an error in brackets.
func formatHint(err error) string {
	if h := Hint(err); h != "" {
		return " (" + h + ")"
	}
	return ""
}

// Version returns the version of this module and the revision it was built
// from, as the Go toolchain stamped them. If it stamped none, Version returns
// "devel" and "".
func Version() (module, revision string) { return version.Read() }
