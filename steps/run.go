package steps

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/engine"
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
	catalogue, err := features.Load()
	if err != nil {
		return nil, err
	}
	chosen, deselected, err := engine.Select(catalogue, s.Only, s.Skip)
	if err != nil {
		return nil, &UsageError{Err: err, Hint: "cvconform list shows all requirements"}
	}
	started := now()
	h := &house{settings: s, id: uuid.NewString()[:8]}
	defer h.close(context.WithoutCancel(ctx))
	if err := h.build(ctx); err != nil {
		return nil, err
	}
	out, err := h.run(chosen).Do(ctx)
	if err != nil {
		return nil, err
	}
	h.mourn()
	r := h.report(out, catalogue, deselected)
	r.Run.Started, r.Run.Finished = started, now()
	r.Verdict = engine.RunVerdict(r)
	r.Warnings = append(r.Warnings, r.Unsettled()...)
	return r, errors.Join(h.close(context.WithoutCancel(ctx)))
}

// now is the clock of the harness: evidence is stamped with it.
func now() time.Time { return time.Now() }

func (h *house) run(chosen []features.Requirement) *engine.Run {
	return &engine.Run{
		Requirements: chosen,
		Define:       definitions(h.profile, ordered(h.domain.ExportablePlatforms)),
		Applicable:   h.applicable,
		Perform:      h.world().Perform,
		Readings:     h.readings,
		Budgets:      h.budgets,
		Parallel:     h.Parallel,
		Isolate:      h.Isolate,
		Observe: func(p engine.Progress) {
			if h.Progress != nil {
				h.Progress(Progress{Done: p.Done, All: p.All, Title: p.Title})
			}
		},
	}
}

// applicable says why a scenario does not apply to this run; "" where it does.
func (h *house) applicable(s features.Scenario, _ situation.Situation) string {
	switch {
	case s.Needs("notifications") && !h.profile.Queue:
		return fmt.Sprintf("profile %s does not claim notifications", h.Config.Profile)
	case s.Needs("backup") && !h.profile.Container:
		return fmt.Sprintf("profile %s does not claim backups", h.Config.Profile)
	case s.Needs("provoked-training-failure") && h.provoke[situation.TrainingFailure] == "":
		return "needs a way to make a training fail: --provoke training-failure=NAME-PREFIX"
	case s.Needs("provoked-export-failure") && h.provoke[situation.ExportFailure] == "":
		return "needs a way to make an export fail: --provoke export-failure=NAME-PREFIX"
	}
	return ""
}

func (h *house) report(out engine.Outcome, catalogue *features.Catalogue, deselected []string) *Report {
	version, revision := Version()
	r := &Report{
		Schema: report.Schema, Requirements: out.Requirements, Situations: out.Situations, Counts: out.Counts, Warnings: h.warnings,
		Run: report.Run{
			ID: h.id, Complete: out.Complete, Profile: h.Config.Profile, Readings: h.readings, Observed: out.Observed,
			Budgets: map[string]string{}, Parallel: h.Parallel, Isolate: h.Isolate, Again: h.redact.Redact(h.again()),
			Suite:     report.Suite{Version: version, Revision: revision, FeaturesDigest: catalogue.Digest, Musts: catalogue.Count(features.Must)},
			Target:    h.describeTarget(),
			Storage:   h.describeStorage(),
			Selection: report.Selection{Only: some(h.Only), Skip: some(h.Skip), Deselected: some(deselected)},
		},
	}
	for name, d := range h.budgets {
		r.Run.Budgets[name] = d.String()
	}
	r.Warnings = some(r.Warnings)
	return r
}

// mourn adds a warning where the service ended by itself while it was judged.
func (h *house) mourn() {
	select {
	case <-h.service.Done:
		h.warnings = append(h.warnings, "the service ended by itself during the run; its last output:\n"+h.redact.Redact(h.service.Log()))
	default:
	}
}

// some makes nil an empty list, which is how JSON shows it.
func some(list []string) []string { return append([]string{}, list...) }
