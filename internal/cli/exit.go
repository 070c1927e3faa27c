package cli

import (
	"errors"
	"fmt"

	"github.com/cvconform/cvconform/steps"
	"github.com/cvconform/cvconform/steps/report"
)

// The exit codes.
const (
	OK            = 0   // conformant, with or without warnings, or nothing of the selection failed
	NotConformant = 1   // a must (with --strict a should) failed; a bundle is not valid; not everything is proven
	Drifted       = 1   // for drift: the fake differs from the recording
	Regressed     = 1   // for diff: a requirement is broken that was not
	Unhealthy     = 1   // for health: the fake does not serve
	Usage         = 2   // invalid arguments or configuration, an empty selection, an unusable bundle or key
	Inconclusive  = 3   // the evidence does not decide a must
	Environment   = 4   // storage or the target is not available, or created resources could not be deleted
	Harness       = 5   // an error of cvconform itself, or of a control
	Interrupted   = 130 // interrupted by a signal
)

// An exitError carries the exit code of a command that has printed its result.
type exitError struct {
	code      int
	remaining error // an error that is still to be printed; nil if there is none
}

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", e.code) }

// exitCode returns the exit code for a report.
func exitCode(r *report.Report) int {
	if !r.Run.Complete {
		return Interrupted
	}
	switch r.Verdict {
	case report.Invalid:
		return Harness
	case report.NotConformant:
		return NotConformant
	case report.RunInconclusive:
		return Inconclusive
	}
	if r.FailsStrictly() {
		return NotConformant
	}
	return OK
}

// exitStatus returns the error that gives a command with a report its exit code: err, or
// else the verdict. Resources that were left behind do not change the exit code of a
// verdict.
func exitStatus(r *report.Report, err error) error {
	code := exitCode(r)
	if code == OK {
		return err
	}
	var left *steps.LeftBehindError
	if err == nil || errors.As(err, &left) {
		return exitError{code: code, remaining: err}
	}
	return err
}

const exitCodes = `Exit codes: 0 conformant, or nothing of the selection failed · 1 not conformant, or with --strict a
broken should · 2 usage · 3 inconclusive · 4 no storage or no target · 5 error of cvconform itself, or of a
control · 130 interrupted`

// usage returns a usage error.
func usage(hint, format string, args ...any) error {
	return &steps.UsageError{Err: fmt.Errorf(format, args...), Hint: hint}
}
