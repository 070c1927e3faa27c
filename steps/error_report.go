package steps

import (
	"context"
	"errors"

	"github.com/cvconform/cvconform/internal/session"
	"github.com/cvconform/cvconform/steps/report"
)

// ErrorReport returns the report of a run of this configuration that did not begin
// because of err, an error of [Run] or [Certify]. It has no requirements, its verdict
// is invalid, and its Error is err. Written in the place of the report of an earlier
// run, it prevents that report from being taken for the result of this one.
func ErrorReport(c Config, err error) *Report {
	spec, _ := c.spec() // the zero value if the error is about the target
	s := session.Settings{Target: session.Target{Spec: spec}}
	s.Criteria.Only, s.Criteria.Skip, s.Criteria.Isolate = c.Only, c.Skip, c.Isolate
	_ = setProfile(c, &s) // an unknown profile may be the error
	return session.ErrorReport(s, report.RunError{Kind: errorKind(err), Message: err.Error(), Hint: Hint(err)})
}

// errorKind returns the kind of an error as reports show it.
func errorKind(err error) string {
	var usage *UsageError
	var environment *EnvironmentError
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "interrupted"
	case errors.As(err, &environment):
		return "environment"
	case errors.As(err, &usage):
		return "usage"
	}
	return "harness"
}
