package session

import (
	"context"
	"errors"
	"fmt"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/cleanup"
	"github.com/cvconform/cvconform/internal/engine"
	"github.com/cvconform/cvconform/internal/engine/perform"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/reading"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/steps/report"
)

// A Session is one run that is set up: everything that performing situations
// needs. It is composed of parts that are ready; [Compose] makes it.
type Session struct {
	Settings    Settings
	Notes       *Notes
	Storage     *Storage
	Observation *Observation
	Service     *Service
	Unconfirmed *cleanup.Unconfirmed

	records    *Records
	slots      int // projects at a time; 0 means any number
	unrecorded *unrecordedCalls
	recorded   check.RecordedResults // of a polled recording that is replayed; nil otherwise
}

// Compose returns a session of parts that are ready.
func Compose(s Settings, notes *Notes, st *Storage, o *Observation, v *Service, records *Records) *Session {
	return &Session{
		Settings: s, Notes: notes, Storage: st, Observation: o, Service: v, records: records,
		Unconfirmed: &cleanup.Unconfirmed{}, slots: s.Pace.ProjectSlots, unrecorded: &unrecordedCalls{},
	}
}

// Rules returns the rules by which the run is judged.
func (h *Session) Rules() Rules {
	r := h.Settings.Rules(h.Service.Domain.ExportablePlatforms, h.Observation.Visibility)
	r.RecordedResults = h.recorded
	return r
}

// ProjectSlots returns how many projects the run may have at a time; 0 means any
// number.
func (h *Session) ProjectSlots() int { return h.slots }

// Performer returns a performer of situations on the service.
func (h *Session) Performer() *perform.Performer {
	p := &perform.Performer{
		RunID:          h.Notes.RunID,
		Client:         h.Service.Client,
		LinkClient:     h.Service.Client.HTTP,
		Account:        h.Storage.Account,
		Observer:       h.Observation.Observer,
		Budgets:        h.Settings.Criteria.Budgets,
		PollInterval:   h.Settings.Pace.PollInterval,
		Now:            h.Notes.Now,
		Redact:         h.Notes.Redactor,
		ServiceContext: h.Service.Alive,
		ProjectSettings: perform.ProjectSettings{
			Domain:          h.Service.Domain,
			BodyForm:        h.Settings.Criteria.Readings[reading.CreateForm] == "body",
			FailurePrefixes: h.Settings.Target.Provoke,
		},
		Hooks: perform.Hooks{OnUnconfirmedProject: h.Unconfirmed.Add},
	}
	h.records.attach(p)
	return p
}

// perform performs an act tree. Its error shows no secret.
func (h *Session) perform(ctx context.Context, tree *situation.ActTree, number int) (*evidence.Timeline, error) {
	timeline, err := h.Performer().Perform(ctx, tree, number)
	if err != nil {
		err = &redactedError{h.Notes.Redactor.Redact(err.Error()), err}
	}
	h.records.log.add(tree, timeline, err)
	h.unrecorded.count(h.Settings.Target, timeline)
	return timeline, err
}

// engine returns the engine that performs and judges the chosen requirements.
func (h *Session) engine(chosen []features.Requirement) *engine.Run {
	run := h.Rules().Engine(chosen)
	run.Perform, run.Parallel, run.ProjectSlots = h.perform, h.Settings.Pace.Parallel, h.slots
	run.Observe = func(p engine.Progress) {
		h.Notes.progressCounts(Progress{Done: p.Done, All: p.All, Title: p.Title})
	}
	return run
}

// Projects returns the cleaner of the projects of the run.
func (h *Session) Projects() cleanup.RunProjects {
	return cleanup.RunProjects{
		Service:     cleanupService(h.Settings, h.Service.Client, h.Notes),
		Run:         h.Notes.RunID,
		Unconfirmed: h.Unconfirmed,
		Patience:    h.Settings.Criteria.Budgets[budget.Request],
		Pause:       h.Settings.Pace.PollInterval,
		Now:         h.Notes.Now,
	}
}

// DeleteProjects deletes the projects of the run that still exist on a service
// that keeps running.
func (h *Session) DeleteProjects(ctx context.Context) error {
	if h.Settings.Target.Kind != target.Endpoint {
		return nil
	}
	err := h.Projects().Delete(ctx)
	var unlisted *cleanup.ProjectsUnlistedError
	if errors.As(err, &unlisted) {
		const text = "projects of run %s may still exist, because they could not be listed: %v; steps.Clean deletes them"
		h.Notes.Warn(text, h.Notes.RunID, unlisted)
		h.Notes.Progressf(text, h.Notes.RunID, unlisted)
		return nil
	}
	return leftBehindError(err, h.Notes.RunID)
}

// DeleteUnconfirmedProjects deletes the project of the preflight after a run that
// ended before it judged anything.
func (h *Session) DeleteUnconfirmedProjects(ctx context.Context) error {
	if !h.Unconfirmed.Any() {
		return nil
	}
	return h.DeleteProjects(ctx)
}

// report returns the report of what the engine found.
func (h *Session) report(
	out engine.Outcome,
	catalogue *features.Catalogue,
	deselected []string,
	controls report.Controls,
) *report.Report {
	c := h.Settings.Criteria
	r := &report.Report{
		Schema:       report.Schema,
		Requirements: out.Requirements,
		Situations:   out.Situations,
		Counts:       out.Counts,
		Warnings:     h.Notes.Warnings(),
		Controls:     controls,
		Run: report.Run{
			ID:              h.Notes.RunID,
			Complete:        out.Complete,
			Observed:        out.Observed,
			GatewayBypassed: out.GatewayBypassed,
			Parallel:        h.Settings.Pace.Parallel,
			Rerun:           h.Notes.Redactor.Redact(h.Settings.Output.Rerun),
			Plan:            situation.PlanVersion,
			Created:         &out.Created,
			Suite:           SuiteReport(catalogue),
			Target:          h.Service.describe(h.Settings),
			Storage:         DescribeStorage(h.Storage, h.Observation),
			Selection: report.Selection{
				Only: c.Only, Skip: c.Skip, Deselected: deselected,
			},
		},
	}
	h.Rules().write(&r.Run)
	return r
}

// HarnessError returns an error for the first requirement that the harness could
// not judge; nil if there is none.
func HarnessError(requirements []report.Requirement) error {
	for _, q := range requirements {
		if q.Verdict == report.HarnessError || q.Verdict == report.NotRun {
			return fmt.Errorf("%s %s: %s", q.ID, q.Verdict, q.Reason)
		}
	}
	return nil
}
