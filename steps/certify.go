package steps

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/cvconform/cvconform/fakes/azurite"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/steps/report"
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
		return nil, &UsageError{
			Err:  errors.New("a certificate is about the whole contract: it takes no selection"),
			Hint: "cvconform run judges a part of it",
		}
	}
	if c.Isolate {
		return nil, &UsageError{
			Err:  errors.New("a certificate is about situations as they are shared: it takes no isolation"),
			Hint: "cvconform run --isolate compares the two",
		}
	}
	s, err := c.settings()
	if err != nil {
		return nil, err
	}
	if s.target.Kind == target.Replay {
		return nil, &UsageError{
			Err:  errors.New("a certificate is about a service: a recording of one gets none"),
			Hint: "cvconform run judges it",
		}
	}
	if err := s.requireApproval(ctx); err != nil {
		return nil, err
	}
	return s.withEvidence(func(w *evidence.Writer) (*Report, error) {
		return withControls(New(s, w), controlTargets{target.Fake, target.Null}).runRecorded(ctx)
	})
}

// A controlTargets is what the controls are judged over.
type controlTargets struct{ reference, null target.Kind }

// withControls has the house judge the controls before anything else.
func withControls(h *Session, by controlTargets) *Session {
	h.controlTargets = by
	return h
}

// runControls has both controls judged, side by side, before the service under test
// is started: they cost seconds and must not disturb it.
func (h *Session) runControls(ctx context.Context) error {
	if h.controlTargets == (controlTargets{}) {
		return nil
	}
	lent, stop, err := h.controlStorage(ctx)
	if err != nil {
		return err
	}
	defer stop()
	var reference, null *Report
	both, inner := errgroup.WithContext(ctx)
	both.Go(func() (err error) {
		reference, err = h.runControl(inner, referencePart, h.controlTargets.reference, lent)
		return err
	})
	both.Go(func() (err error) {
		null, err = h.runControl(inner, nullPart, h.controlTargets.null, lent)
		return err
	})
	if err := both.Wait(); err != nil {
		return err
	}
	h.controls = controlsOf(reference, null)
	h.progressf("controls: reference %s, null %s", h.controls.Reference, h.controls.Null)
	return nil
}

// controlStorage is the Azurite for the controls: the run's, or one of their own where the
// run's storage is somebody else's.
func (h *Session) controlStorage(ctx context.Context) (*azurite.Instance, func(), error) {
	if h.azurite != nil {
		return h.azurite, func() {}, nil
	}
	s, err := Config{AzuriteImage: h.AzuriteImage, CacheDir: h.CacheDir, Progress: h.Progress}.settings()
	if err != nil {
		return nil, nil, err
	}
	own := New(s, nil)
	if _, err := own.startAzurite(ctx); err != nil {
		return nil, nil, err
	}
	return own.azurite, func() { _ = own.Close(context.WithoutCancel(ctx)) }, nil
}

// runControl has one control judged, by what the run is judged by. Its budgets are those
// of a service on this machine, whatever the run's are.
func (h *Session) runControl(
	ctx context.Context,
	part string,
	kind target.Kind,
	lent *azurite.Instance,
) (*Report, error) {
	c := Config{Profile: h.Config.Profile, Readings: h.Readings, Only: h.Only, Skip: h.Skip, Storage: string(lent.Kind)}
	if kind == target.Null {
		c.Budgets = map[string]time.Duration{"absence": 10 * time.Millisecond} // nothing is to come that could be missed
	}
	s, err := c.settings()
	if err != nil {
		return nil, err
	}
	s.target.Kind = kind
	own := New(s, h.bundle)
	own.bundleSection, own.sharedStorage = part, lent
	r, err := own.runRecorded(ctx)
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
	if why := referenceProblem(reference); why != "" {
		c.Problems = append(c.Problems, fmt.Sprintf("the reference is %s: %s", reference.Verdict, why))
	}
	for _, q := range null.Requirements {
		if q.Level == "must" && q.Verdict != report.Failed && q.Verdict != report.NotApplicable {
			c.Problems = append(c.Problems, fmt.Sprintf("the null server is %s by %s, which it has to fail", q.Verdict, q.ID))
		}
	}
	return c
}

// referenceProblem names a requirement that the reference did not keep, a must where there
// is one; "" where it kept all of them.
func referenceProblem(r *Report) string {
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
