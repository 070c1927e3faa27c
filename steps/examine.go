package steps

import (
	"context"

	"github.com/cvconform/cvconform/internal/preflight"
	"github.com/cvconform/cvconform/internal/preflight/finding"
	"github.com/cvconform/cvconform/internal/session"
)

// A Finding is the result of one check that is made before anything is judged.
// Check names it, State is ok, warning or failed, Observed describes the result,
// Fault names the probable cause, and Remedy says how to fix it.
type Finding = finding.Finding

// Examine makes the checks that a run makes before it judges the configured
// service, and returns their results. It ignores Evidence, Sign and Preflight. The
// error is a [*UsageError], or that of ctx.
func Examine(ctx context.Context, c Config) ([]Finding, error) {
	c.Evidence, c.Sign, c.Preflight = "", nil, ""
	s, err := c.settings()
	if err != nil {
		return nil, err
	}
	s.Preflight = session.Preflight{Enabled: true, CheckStorage: true}
	return preflight.Examine(ctx, s)
}
