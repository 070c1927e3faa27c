package steps

import (
	"context"
	"errors"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/engine"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/steps/report"
)

// Report is the result of a run; see the JSON Schema cvconform/report/v1.
type Report = report.Report

// Run judges the configured service. A [*UsageError] or an [*EnvironmentError]
// says that nothing was judged. A run whose context ends returns the report of
// what there is, with Run.Complete false, or the context's error where there is
// nothing yet. What the run made and started is gone when it returns.
func Run(ctx context.Context, c Config) (*Report, error) {
	s, err := c.settings()
	if err != nil {
		return nil, err
	}
	if err := s.requireApproval(ctx); err != nil {
		return nil, err
	}
	return s.withEvidence(func(w *evidence.Writer) (*Report, error) { return New(s, w).runRecorded(ctx) })
}

// runLive builds the house, has everything performed and judged, and pulls it down.
func (h *Session) runLive(ctx context.Context) (*Report, error) {
	catalogue, err := features.Load()
	if err != nil {
		return nil, err
	}
	chosen, deselected, err := h.selectRequirements(catalogue)
	if err != nil {
		return nil, err
	}
	started := h.now()
	defer h.Close(context.WithoutCancel(ctx))
	if err := h.setUp(ctx); err != nil {
		return nil, errors.Join(err, h.cleanUpAfterFailedStart(context.WithoutCancel(ctx)))
	}
	if err := h.printPlan(ctx, chosen); err != nil {
		return nil, err
	}
	out, err := h.engine(chosen).Execute(ctx)
	if err != nil {
		return nil, err
	}
	left := h.deleteProjects(context.WithoutCancel(ctx))
	h.warnIfEnded(context.WithoutCancel(ctx))
	h.addReplayWarnings()
	r := h.report(out, catalogue, deselected)
	r.Run.Started, r.Run.Finished = started, h.now()
	r.Verdict = engine.RunVerdict(r)
	r.Warnings = append(r.Warnings, r.WarnedOrInconclusive()...)
	h.writeReport(r)
	return r, errors.Join(left, h.Close(context.WithoutCancel(ctx)))
}

// engine is what judges and performs the chosen requirements.
func (h *Session) engine(chosen []features.Requirement) *engine.Run {
	run := h.rules().engine(chosen)
	run.Perform, run.Parallel, run.ProjectSlots = h.perform, h.Parallel, h.projectSlots
	run.Observe = func(p engine.Progress) {
		if h.Progress != nil {
			h.Progress(Progress{Done: p.Done, All: p.All, Title: p.Title})
		}
	}
	return run
}

// perform performs a lineage; what it says of trouble shows no secret.
func (h *Session) perform(ctx context.Context, l *situation.ActTree, number int) (*evidence.Timeline, error) {
	timeline, err := h.performer().Perform(ctx, l, number)
	if err != nil {
		err = &redactedError{h.redact.Redact(err.Error()), err}
	}
	h.executionLog.add(l, timeline, err)
	h.countUnrecorded(timeline)
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

func (h *Session) report(out engine.Outcome, catalogue *features.Catalogue, deselected []string) *Report {
	r := &Report{
		Schema: report.Schema, Requirements: out.Requirements, Situations: out.Situations, Counts: out.Counts, Warnings: nonNil(h.warnings),
		Controls: h.controls,
		Run: report.Run{
			ID: h.id, Complete: out.Complete, Observed: out.Observed, GatewayBypassed: out.GatewayBypassed, Parallel: h.Parallel, Rerun: h.redact.Redact(h.Rerun),
			Plan:      situation.PlanVersion,
			Created:   &out.Created,
			Suite:     suite(catalogue),
			Target:    h.describeTarget(),
			Storage:   h.describeStorage(),
			Selection: report.Selection{Only: nonNil(h.Only), Skip: nonNil(h.Skip), Deselected: nonNil(deselected)},
		},
	}
	h.rules().write(&r.Run)
	return r
}

// nonNil makes nil an empty list, which is how JSON shows it.
func nonNil(list []string) []string { return append([]string{}, list...) }
