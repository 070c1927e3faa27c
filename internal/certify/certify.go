// Package certify judges a service for a certificate: by the whole contract, and
// with two controls that prove that the harness itself works.
//
// The reference control is the fake, which must be conformant. The null control is
// a server that responds to every call with 200 and {}, which must fail every must
// that applies. Stop extending the package if an addition is about the service:
// the contract judges that.
package certify

import (
	"cmp"
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/cvconform/cvconform/fakes/azurite"
	"github.com/cvconform/cvconform/internal/evidence/bundle"
	"github.com/cvconform/cvconform/internal/plan"
	"github.com/cvconform/cvconform/internal/preflight"
	"github.com/cvconform/cvconform/internal/session"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/steps/report"
)

// The parts of a bundle that hold the evidence of the controls.
const (
	ReferencePart = "controls/reference"
	NullPart      = "controls/null"
)

// Controls are the kinds of servers that the controls are judged over.
type Controls struct{ Reference, Null target.Kind }

// Default returns the controls of every certificate.
func Default() Controls { return Controls{Reference: target.Fake, Null: target.Null} }

// Run judges the service under test with these controls.
func Run(ctx context.Context, s session.Settings, by Controls) (*report.Report, error) {
	return session.Run(ctx, s, session.Hooks{
		Preflight: preflight.Check,
		Announce:  plan.Announce,
		Controls: func(ctx context.Context, st *session.Storage, bundle *bundle.Writer) (report.Controls, error) {
			return runControls(ctx, s, st, bundle, by)
		},
	})
}

// runControls judges both controls at the same time.
func runControls(
	ctx context.Context,
	s session.Settings,
	st *session.Storage,
	bundle *bundle.Writer,
	by Controls,
) (report.Controls, error) {
	notes := session.NewNotes(s)
	shared, stop, err := controlStorage(ctx, s, st, notes)
	if err != nil {
		return report.Controls{}, err
	}
	defer stop()
	var reference, null *report.Report
	group, inner := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		reference, err = runControl(inner, s, ReferencePart, by.Reference, shared, bundle)
		return err
	})
	group.Go(func() (err error) {
		null, err = runControl(inner, s, NullPart, by.Null, shared, bundle)
		return err
	})
	if err := group.Wait(); err != nil {
		return report.Controls{}, err
	}
	controls := Summarize(reference, null)
	notes.Progressf("controls: reference %s, null %s", controls.Reference, controls.Null)
	return controls, nil
}

// controlStorage returns the Azurite for the controls: that of the run, or a
// separate one if the run uses external storage.
func controlStorage(
	ctx context.Context,
	s session.Settings,
	st *session.Storage,
	notes *session.Notes,
) (*azurite.Instance, func(), error) {
	if st.Azurite != nil {
		return st.Azurite, func() {}, nil
	}
	own := session.StorageSettings{Kind: "auto", AzuriteImage: s.Storage.AzuriteImage, CacheDir: s.Storage.CacheDir}
	var cleanups session.Cleanups
	started, err := session.StartAzurite(ctx, own, nil, notes, &cleanups)
	if err != nil {
		return nil, nil, err
	}
	return started, func() { _ = cleanups.Run(context.WithoutCancel(ctx)) }, nil
}

// runControl judges one control by the criteria of the run.
func runControl(
	ctx context.Context,
	certified session.Settings,
	part string,
	kind target.Kind,
	shared *azurite.Instance,
	bundle *bundle.Writer,
) (*report.Report, error) {
	s, err := session.Control(certified, kind, shared)
	if err != nil {
		return nil, err
	}
	r, err := session.RunPart(ctx, s, bundle, part)
	if err != nil {
		return nil, fmt.Errorf("control %s: %w", part, err)
	}
	if !r.Run.Complete {
		return nil, context.Cause(ctx)
	}
	return r, nil
}

// Summarize returns the verdicts of both controls, and how they differ from the
// verdicts that they must have.
func Summarize(reference, null *report.Report) report.Controls {
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

// referenceProblem returns a requirement that the reference did not fulfil, if
// possible a must; "" if it fulfilled all.
func referenceProblem(r *report.Report) string {
	first := ""
	for _, q := range r.Requirements {
		switch q.Verdict {
		case report.Passed, report.Observed, report.NotApplicable:
			continue
		}
		text := fmt.Sprintf("%s %s: %s", q.ID, q.Verdict, q.Reason)
		if q.Level == "must" {
			return text
		}
		first = cmp.Or(first, text)
	}
	return first
}
