package steps

import (
	"context"
	"errors"
	"time"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/engine"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/report"
	"github.com/cvconform/cvconform/internal/situation"
)

// Report is the result of a run; see the JSON Schema cvconform/report/v1.
type Report = report.Report

// Run judges the configured service. A [*UsageError] or an [*EnvironmentError]
// says that nothing was judged. A run whose context ends returns the report of
// what there is, with Run.Complete false, or the context's error where there is
// nothing yet. What the run made and started is gone when it returns.
func Run(ctx context.Context, c Config) (*Report, error) {
	s, err := c.settle()
	if err != nil {
		return nil, err
	}
	if err := s.approve(ctx); err != nil {
		return nil, err
	}
	return s.recorded(func(w *evidence.Writer) (*Report, error) { return newHouse(s, w).judge(ctx) })
}

// newClock returns the clock of a run. It looks at the time of day once, and
// counts from there: evidence has to agree with itself, even where somebody sets
// the machine's clock meanwhile.
func newClock() func() time.Time {
	began := time.Now().UTC()
	return func() time.Time { return began.Add(time.Since(began)) }
}

// live builds the house, has everything performed and judged, and pulls it down.
func (h *house) live(ctx context.Context) (*Report, error) {
	catalogue, err := features.Load()
	if err != nil {
		return nil, err
	}
	chosen, deselected, err := h.choose(catalogue)
	if err != nil {
		return nil, err
	}
	started := h.now()
	defer h.close(context.WithoutCancel(ctx))
	if err := h.build(ctx); err != nil {
		return nil, errors.Join(err, h.abandon(context.WithoutCancel(ctx)))
	}
	if err := h.announce(ctx, chosen); err != nil {
		return nil, err
	}
	out, err := h.engine(chosen).Do(ctx)
	if err != nil {
		return nil, err
	}
	left := h.collect(context.WithoutCancel(ctx))
	h.mourn(context.WithoutCancel(ctx))
	h.confess()
	r := h.report(out, catalogue, deselected)
	r.Run.Started, r.Run.Finished = started, h.now()
	r.Verdict = engine.RunVerdict(r)
	r.Warnings = append(r.Warnings, r.Unsettled()...)
	h.file(r)
	return r, errors.Join(left, h.close(context.WithoutCancel(ctx)))
}

// engine is what judges and performs the chosen requirements.
func (h *house) engine(chosen []features.Requirement) *engine.Run {
	run := h.rules().engine(chosen)
	run.Perform, run.Parallel, run.Places = h.perform, h.Parallel, h.places
	run.Observe = func(p engine.Progress) {
		if h.Progress != nil {
			h.Progress(Progress{Done: p.Done, All: p.All, Title: p.Title})
		}
	}
	return run
}

// perform performs a lineage; what it says of trouble shows no secret.
func (h *house) perform(ctx context.Context, l *situation.Lineage, number int) (*evidence.Timeline, error) {
	timeline, err := h.world().Perform(ctx, l, number)
	if err != nil {
		err = &redactedError{h.redact.Redact(err.Error()), err}
	}
	h.records.keep(l, timeline, err)
	h.count(timeline)
	return timeline, err
}

// A redactedError is an error whose text shows no secret.
type redactedError struct {
	text string
	err  error
}

func (e *redactedError) Error() string { return e.text }

func (e *redactedError) Unwrap() error { return e.err }

// suite names this program and the features that it judges by.
func suite(c *features.Catalogue) report.Suite {
	version, revision := Version()
	return report.Suite{Version: version, Revision: revision, FeaturesDigest: c.Digest, Musts: c.Count(features.Must)}
}

func (h *house) report(out engine.Outcome, catalogue *features.Catalogue, deselected []string) *Report {
	r := &Report{
		Schema: report.Schema, Requirements: out.Requirements, Situations: out.Situations, Counts: out.Counts, Warnings: some(h.warnings),
		Controls: h.controls,
		Run: report.Run{
			ID: h.id, Complete: out.Complete, Observed: out.Observed, Around: out.Around, Parallel: h.Parallel, Again: h.redact.Redact(h.again()),
			Plan:      situation.PlanVersion,
			Made:      &out.Made,
			Suite:     suite(catalogue),
			Target:    h.describeTarget(),
			Storage:   h.describeStorage(),
			Selection: report.Selection{Only: some(h.Only), Skip: some(h.Skip), Deselected: some(deselected)},
		},
	}
	h.rules().write(&r.Run)
	return r
}

// some makes nil an empty list, which is how JSON shows it.
func some(list []string) []string { return append([]string{}, list...) }
