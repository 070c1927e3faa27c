package steps

import (
	"context"
	"net"
	"time"

	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/engine"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/report"
	"github.com/cvconform/cvconform/internal/situation"
	"github.com/cvconform/cvconform/internal/target"
)

// CertifyBy is [Certify] with other controls, and with a selection.
func CertifyBy(ctx context.Context, c Config, reference, null target.Kind) (*Report, error) {
	s, err := c.settle()
	if err != nil {
		return nil, err
	}
	return s.recorded(func(w *evidence.Writer) (*Report, error) {
		return controlled(newHouse(s, w), pair{reference, null}).judge(ctx)
	})
}

// Control judges one control over the storage of the configuration.
func Control(ctx context.Context, c Config, kind target.Kind) (*Report, error) {
	s, err := c.settle()
	if err != nil {
		return nil, err
	}
	s.target.Kind = kind
	h := newHouse(s, nil)
	h.part = referencePart
	return h.judge(ctx)
}

// ControlsOf sums up two controls.
func ControlsOf(reference, null *Report) report.Controls { return controlsOf(reference, null) }

// SelftestOf is [Selftest] with other defects and liberties than the chosen ones.
func SelftestOf(ctx context.Context, c SelftestConfig, defects, liberties []defect.Defect) (*Matrix, error) {
	s, err := c.settle()
	if err != nil {
		return nil, err
	}
	s.defects, s.liberties = defects, liberties
	return s.run(ctx)
}

// Dialled is the configuration of a run whose connections are opened by dial.
func Dialled(c Config, dial func(ctx context.Context, network, address string) (net.Conn, error)) Config {
	c.dial = dial
	return c
}

// Paced is the configuration of a run that pauses so long between two looks.
func Paced(c Config, pace time.Duration) Config {
	c.pace = pace
	return c
}

// Lineages are what a run performed that a report is of.
func Lineages(ctx context.Context, r *Report) ([]*situation.Lineage, error) {
	judge, err := gatewayed(r)
	if err != nil {
		return nil, err
	}
	return judge.Lineages(ctx), nil
}

// Rejudged is what the records give by the rules of a report, had storage been seen
// by the gateway.
func Rejudged(ctx context.Context, r *Report, records []engine.Record) (engine.Outcome, error) {
	judge, err := gatewayed(r)
	if err != nil {
		return engine.Outcome{}, err
	}
	return judge.Again(ctx, records)
}

// gatewayed judges by the rules of a report, had storage been seen by the gateway.
func gatewayed(r *Report) (*engine.Run, error) {
	catalogue, err := features.Load()
	if err != nil {
		return nil, err
	}
	seen := r.Run
	seen.Sight = nil
	rules, err := rulesOf(seen)
	if err != nil {
		return nil, err
	}
	chosen, _, err := engine.Select(catalogue, seen.Selection.Only, seen.Selection.Skip)
	return rules.engine(chosen), err
}
