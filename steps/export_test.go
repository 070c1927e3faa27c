package steps

import (
	"context"
	"net"

	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/report"
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
