package session

import (
	"errors"
	"fmt"
	"os/exec"

	"github.com/cvconform/cvconform/internal/docker"
	"github.com/cvconform/cvconform/internal/preflight/finding"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/internal/textfmt"
	"github.com/cvconform/cvconform/internal/userr"
)

// raiseReady is the hint to wait longer for the service.
const raiseReady = "Config.Budgets ready=DURATION waits longer"

// An UnreachableError reports that a running service did not become ready.
type UnreachableError struct {
	Finding finding.Finding
	Err     error
}

// Error returns the message.
func (e *UnreachableError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *UnreachableError) Unwrap() error { return e.Err }

// readinessError returns the error for a service that did not become ready.
// started is nil if it ended at once.
func readinessError(s Settings, started *target.Service, notes *Notes, err error) error {
	if s.Target.Kind == target.Endpoint {
		f := finding.Unreachable(started.Endpoint, notes.redactError(err))
		if s.Preflight.Fatal {
			ReportFinding(notes, f)
		}
		err = notes.redactError(fmt.Errorf("target %s: %w; the cause seems to be %s", s.Target, err, f.Fault))
		return &userr.EnvironmentError{Err: &UnreachableError{f, err}, Hint: f.Remedy}
	}
	hint := "it has to keep running until it is stopped, and to listen on the port in the variable PORT"
	var unready *target.NotReadyError
	var response *target.ResponseError
	switch {
	case s.Target.Kind == target.Function:
		hint = "Config.Start has to return the address at which the service responds until it is stopped; " + raiseReady
	case errors.As(err, &unready) && unready.Limit == 0:
		hint = "it has to speak plain HTTP on the port in the variable PORT"
	case errors.As(err, &response):
		hint = raiseReady
	case unready != nil:
		hint = started.ListenHint + "; " + raiseReady
	}
	return &userr.EnvironmentError{Err: notes.redactError(fmt.Errorf("target %s: %w", s.Target, err)), Hint: hint}
}

// startError returns the error for a service that could not be started.
func startError(s Settings, notes *Notes, err error) error {
	var ended *target.EndedError
	var image *docker.ImageError
	hint := ""
	switch {
	case errors.As(err, &ended):
		return readinessError(s, nil, notes, err)
	case errors.As(err, &image) && image.Image == s.Target.Value:
		hint = "is its name right, and may this machine pull it? docker pull " + s.Target.Value
	case errors.Is(err, exec.ErrNotFound):
		hint = "a program that is not in PATH needs its folder: exec:./NAME"
	}
	return &userr.EnvironmentError{Err: notes.redactError(fmt.Errorf("target %s: %w", s.Target, err)), Hint: hint}
}

// ReportFinding reports a finding as progress.
func ReportFinding(notes *Notes, f finding.Finding) {
	for _, line := range f.Lines() {
		notes.Progressf("preflight  %s", textfmt.EscapeControl(line))
	}
}
