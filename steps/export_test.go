package steps

import (
	"context"
	"net"
	"time"

	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/engine"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/steps/report"
)

// CertifyBy is [Certify] with other controls, and with a selection.
func CertifyBy(ctx context.Context, c Config, reference, null target.Kind) (*Report, error) {
	s, err := c.settings()
	if err != nil {
		return nil, err
	}
	return s.withEvidence(func(w *evidence.Writer) (*Report, error) {
		return withControls(New(s, w), controlTargets{reference, null}).runRecorded(ctx)
	})
}

// Control judges one control over the storage of the configuration.
func Control(ctx context.Context, c Config, kind target.Kind) (*Report, error) {
	s, err := c.settings()
	if err != nil {
		return nil, err
	}
	s.target.Kind = kind
	h := New(s, nil)
	h.bundleSection = referencePart
	return h.runRecorded(ctx)
}

// ControlsOf sums up two controls.
func ControlsOf(reference, null *Report) report.Controls { return controlsOf(reference, null) }

// SelftestOf is [Selftest] with other defects and liberties than the chosen ones.
func SelftestOf(ctx context.Context, c SelftestConfig, defects, liberties []defect.Defect) (*Matrix, error) {
	s, err := c.settings()
	if err != nil {
		return nil, err
	}
	s.defects, s.variations = defects, liberties
	return s.run(ctx)
}

// WithDialer is the configuration of a run whose connections are opened by dial.
func WithDialer(c Config, dial func(ctx context.Context, network, address string) (net.Conn, error)) Config {
	c.dial = dial
	return c
}

// WithPollInterval is the configuration of a run that pauses so long between two looks.
func WithPollInterval(c Config, pace time.Duration) Config {
	c.pollInterval = pace
	return c
}

// Lineages are what a run performed that a report is of.
func Lineages(ctx context.Context, r *Report) ([]*situation.ActTree, error) {
	judge, err := WithGateway(r)
	if err != nil {
		return nil, err
	}
	return judge.ActTrees(ctx), nil
}

// Rejudge is what the records give by the rules of a report, had storage been seen
// by the gateway.
func Rejudge(ctx context.Context, r *Report, records []engine.TimelineRecord) (engine.Outcome, error) {
	judge, err := WithGateway(r)
	if err != nil {
		return engine.Outcome{}, err
	}
	return judge.Rejudge(ctx, records)
}

// WithGateway judges by the rules of a report, had storage been seen by the gateway.
func WithGateway(r *Report) (*engine.Run, error) {
	catalogue, err := features.Load()
	if err != nil {
		return nil, err
	}
	seen := r.Run
	seen.Visibility = report.Visibility{}
	rules, err := rulesOf(seen)
	if err != nil {
		return nil, err
	}
	chosen, _, err := engine.Select(catalogue, seen.Selection.Only, seen.Selection.Skip)
	return rules.engine(chosen), err
}
