// Package drift compares a recording with the fake: the fake performs the
// recorded situations again, and its responses and messages are compared with the
// recorded ones.
//
// Package recording does the comparison. Stop extending this package if an
// addition is about the contract: a difference is no verdict.
package drift

import (
	"context"
	"fmt"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/engine"
	"github.com/cvconform/cvconform/internal/evidence/recording"
	"github.com/cvconform/cvconform/internal/reading"
	"github.com/cvconform/cvconform/internal/session"
	"github.com/cvconform/cvconform/steps/report"
)

// CheckReproducible returns an error if this program cannot perform the recorded
// run.
func CheckReproducible(run report.Run) error {
	if _, known := session.Profiles()[run.Profile]; !known {
		return fmt.Errorf("unknown profile %q", run.Profile)
	}
	if _, err := reading.Resolve(run.Readings); err != nil {
		return err
	}
	catalogue, err := features.Load()
	if err != nil {
		return err
	}
	_, _, err = engine.Select(catalogue, run.Selection.Only, run.Selection.Skip)
	return err
}

// Run performs the recorded situations on the fake, with the settings that
// [session.Reference] returns, and compares. ignore are patterns of known
// differences.
func Run(
	ctx context.Context,
	s session.Settings,
	recorded *recording.Recording,
	ignore []string,
) (*recording.Drift, error) {
	r, reference, err := session.RunReference(ctx, s)
	if err != nil {
		return nil, err
	}
	if !r.Run.Complete {
		return nil, context.Cause(ctx)
	}
	if err := session.HarnessError(r.Requirements); err != nil {
		return nil, fmt.Errorf("the fake could not perform the recording: %w", err)
	}
	return recording.Compare(recorded.Histories(), reference.Histories(), ignore...), nil
}
