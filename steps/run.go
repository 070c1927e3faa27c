package steps

import (
	"context"

	"github.com/cvconform/cvconform/internal/plan"
	"github.com/cvconform/cvconform/internal/preflight"
	"github.com/cvconform/cvconform/internal/session"
	"github.com/cvconform/cvconform/steps/report"
)

// Report is the result of a run. The JSON Schema cvconform/report/v1 describes its
// JSON form.
type Report = report.Report

// Run judges the configured service. A [*UsageError] or an [*EnvironmentError]
// means that nothing was judged. If ctx ends, Run returns the report of the situations
// judged so far, with Run.Complete false, or the error of ctx if there is none yet.
// Before it returns, Run deletes everything that it created and stops everything
// that it started; a [*LeftBehindError], with or without a report, means that it
// could not.
func Run(ctx context.Context, c Config) (*Report, error) {
	return run(ctx, c, nil)
}

// run judges the configured service, unless accept returns an error for the estimate. A nil
// accept accepts every estimate.
func run(ctx context.Context, c Config, accept func(*Forecast) error) (*Report, error) {
	s, err := c.settings()
	if err != nil {
		return nil, err
	}
	if err := plan.RequireApproval(ctx, s); err != nil {
		return nil, err
	}
	if accept != nil {
		f, err := plan.Forecast(ctx, s)
		if err == nil {
			err = accept(f)
		}
		if err != nil {
			return nil, err
		}
	}
	return session.Run(ctx, s, session.Hooks{Preflight: preflight.Check, Announce: plan.Announce})
}
