package steps

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/cvconform/cvconform/internal/azurite"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/report"
	"github.com/cvconform/cvconform/internal/target"
)

// The parts of a bundle that hold the controls.
const (
	referencePart = "controls/reference"
	nullPart      = "controls/null"
)

// Certify judges the configured service by the whole contract, as [Run] does,
// and proves itself by two controls, judged by the same engine over the same kind
// of storage: the fake, which has to be conformant, and a server that answers
// everything with 200 and {}, which has to fail every must that applies. Where a
// control comes out otherwise the verdict is invalid. A configuration that selects
// or isolates is a [*UsageError].
func Certify(ctx context.Context, c Config) (*Report, error) {
	if len(c.Only) > 0 || len(c.Skip) > 0 {
		return nil, &UsageError{Err: errors.New("a certificate is about the whole contract: it takes no selection"), Hint: "cvconform run judges a part of it"}
	}
	if c.Isolate {
		return nil, &UsageError{Err: errors.New("a certificate is about situations as they are shared: it takes no isolation"), Hint: "cvconform run --isolate compares the two"}
	}
	s, err := c.settle()
	if err != nil {
		return nil, err
	}
	if s.target.Kind == target.Replay {
		return nil, &UsageError{Err: errors.New("a certificate is about a service: a recording of one gets none"), Hint: "cvconform run judges it"}
	}
	if err := s.approve(ctx); err != nil {
		return nil, err
	}
	return s.recorded(func(w *evidence.Writer) (*Report, error) {
		return controlled(newHouse(s, w), pair{target.Fake, target.Null}).judge(ctx)
	})
}

// A pair is what the controls are judged over.
type pair struct{ reference, null target.Kind }

// controlled has the house judge the controls before anything else.
func controlled(h *house, by pair) *house {
	h.by = by
	return h
}

// control has both controls judged, side by side, before the service under test
// is started: they cost seconds and must not disturb it.
func (h *house) control(ctx context.Context) error {
	if h.by == (pair{}) {
		return nil
	}
	lent, stop, err := h.lend(ctx)
	if err != nil {
		return err
	}
	defer stop()
	var reference, null *Report
	both, inner := errgroup.WithContext(ctx)
	both.Go(func() (err error) {
		reference, err = h.one(inner, referencePart, h.by.reference, lent)
		return err
	})
	both.Go(func() (err error) {
		null, err = h.one(inner, nullPart, h.by.null, lent)
		return err
	})
	if err := both.Wait(); err != nil {
		return err
	}
	h.controls = controlsOf(reference, null)
	h.say("controls: reference %s, null %s", h.controls.Reference, h.controls.Null)
	return nil
}

// lend is the Azurite for the controls: the run's, or one of their own where the
// run's storage is somebody else's.
func (h *house) lend(ctx context.Context) (*azurite.Instance, func(), error) {
	if h.azurite != nil {
		return h.azurite, func() {}, nil
	}
	s, err := Config{AzuriteImage: h.AzuriteImage, CacheDir: h.CacheDir, Progress: h.Progress}.settle()
	if err != nil {
		return nil, nil, err
	}
	own := newHouse(s, nil)
	if _, err := own.startAzurite(ctx); err != nil {
		return nil, nil, err
	}
	return own.azurite, func() { _ = own.close(context.WithoutCancel(ctx)) }, nil
}

// one has one control judged, by what the run is judged by. Its budgets are those
// of a service on this machine, whatever the run's are.
func (h *house) one(ctx context.Context, part string, kind target.Kind, lent *azurite.Instance) (*Report, error) {
	c := Config{Profile: h.Config.Profile, Readings: h.Readings, Only: h.Only, Skip: h.Skip, Storage: string(lent.Kind)}
	if kind == target.Null {
		c.Budgets = map[string]time.Duration{"absence": 10 * time.Millisecond} // nothing is to come that could be missed
	}
	s, err := c.settle()
	if err != nil {
		return nil, err
	}
	s.target.Kind = kind
	own := newHouse(s, h.bundle)
	own.part, own.lent = part, lent
	r, err := own.judge(ctx)
	if err != nil {
		return nil, fmt.Errorf("control %s: %w", part, err)
	}
	if !r.Run.Complete {
		return nil, context.Cause(ctx)
	}
	return r, nil
}

// controlsOf sums up both controls, and says in what they did not come out as
// they have to.
func controlsOf(reference, null *Report) report.Controls {
	c := report.Controls{Reference: string(reference.Verdict), Null: string(null.Verdict)}
	if why := unsound(reference); why != "" {
		c.Problems = append(c.Problems, fmt.Sprintf("the reference is %s: %s", reference.Verdict, why))
	}
	for _, q := range null.Requirements {
		if q.Level == "must" && q.Verdict != report.Failed && q.Verdict != report.NotApplicable {
			c.Problems = append(c.Problems, fmt.Sprintf("the null server is %s by %s, which it has to fail", q.Verdict, q.ID))
		}
	}
	return c
}

// unsound names a requirement that the reference did not keep, a must where there
// is one; "" where it kept all of them.
func unsound(r *Report) string {
	why := ""
	for _, q := range r.Requirements {
		switch q.Verdict {
		case report.Passed, report.Observed, report.NotApplicable:
			continue
		}
		said := fmt.Sprintf("%s %s: %s", q.ID, q.Verdict, q.Reason)
		if q.Level == "must" {
			return said
		}
		why = cmp.Or(why, said)
	}
	return why
}
