package session

import (
	"context"
	"errors"
	"fmt"
	"slices"

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
// needs. [Compose] returns one.
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
	shared     *perform.Shared
	recorded   check.RecordedResults // of a polled recording that is replayed; nil otherwise
}

// Compose returns a session of parts that are ready.
func Compose(s Settings, notes *Notes, st *Storage, o *Observation, v *Service, records *Records) *Session {
	return &Session{
		Settings: s, Notes: notes, Storage: st, Observation: o, Service: v, records: records,
		Unconfirmed: &cleanup.Unconfirmed{}, slots: s.Pace.ProjectSlots, unrecorded: &unrecordedCalls{},
		shared: &perform.Shared{},
	}
}

// Rules returns the rules by which the run is judged.
func (s *Session) Rules() Rules {
	domains := Domains{s.Service.Domain.ExportablePlatforms, s.Service.DetectionDomain.ID != ""}
	r := s.Settings.Rules(domains, s.Observation.Visibility)
	r.RecordedResults = s.recorded
	return r
}

// ProjectSlots returns how many projects the run may have at a time; 0 means any
// number.
func (s *Session) ProjectSlots() int { return s.slots }

// Performer returns a performer of situations on the service.
func (s *Session) Performer() *perform.Performer {
	p := &perform.Performer{
		RunID:          s.Notes.RunID,
		Client:         s.Service.Client,
		LinkClient:     s.Service.Client.HTTP,
		Account:        s.Storage.Account,
		Observer:       s.Observation.Observer,
		Budgets:        s.Settings.Criteria.Budgets,
		Readings:       s.Settings.Criteria.Readings,
		PollInterval:   s.Settings.Pace.PollInterval,
		Now:            s.Notes.Now,
		Redact:         s.Notes.Redactor,
		ServiceContext: s.Service.Alive,
		Shared:         s.shared,
		ProjectSettings: perform.ProjectSettings{
			Domain:          s.Service.Domain,
			DetectionDomain: s.Service.DetectionDomain,
			BodyForm:        s.Settings.Criteria.Readings[reading.CreateForm] == "body",
			FailurePrefixes: s.Settings.Target.Provoke,
		},
		Hooks: perform.Hooks{OnUnconfirmedProject: s.Unconfirmed.Add},
	}
	s.records.attach(p)
	return p
}

// perform performs an act tree. Its error shows no secret.
func (s *Session) perform(
	ctx context.Context,
	tree *situation.ActTree,
	number int,
	actsEnded func(),
) (*evidence.Timeline, error) {
	timeline, err := s.Performer().Perform(ctx, tree, number, actsEnded)
	if err != nil {
		err = &redactedError{s.Notes.Redactor.Redact(err.Error()), err}
	}
	s.records.log.add(tree, timeline, err)
	s.unrecorded.count(s.Settings.Target, timeline)
	return timeline, err
}

// engine returns the engine that performs and judges the chosen requirements.
func (s *Session) engine(chosen []features.Requirement) *engine.Run {
	run := s.Rules().Engine(chosen)
	run.Perform, run.Parallel, run.ProjectSlots = s.perform, s.Settings.Pace.Parallel, s.slots
	run.Observe = func(p engine.Progress) {
		s.Notes.progressCounts(Progress{Done: p.Done, All: p.All, Title: p.Title})
	}
	return run
}

// Projects returns the cleaner of the projects of the run.
func (s *Session) Projects() cleanup.RunProjects {
	return cleanup.RunProjects{
		Service:     cleanupService(s.Settings, s.Service.Client, s.Notes),
		Run:         s.Notes.RunID,
		Unconfirmed: s.Unconfirmed,
		Patience:    s.Settings.Criteria.Budgets[budget.Request],
		Pause:       s.Settings.Pace.PollInterval,
		Now:         s.Notes.Now,
	}
}

// DeleteProjects deletes the projects of the run that still exist on a service
// that keeps running.
func (s *Session) DeleteProjects(ctx context.Context) error {
	if s.Settings.Target.Kind != target.Endpoint {
		return nil
	}
	err := s.Projects().Delete(ctx)
	var unlisted *cleanup.ProjectsUnlistedError
	if errors.As(err, &unlisted) {
		const text = "projects of run %s may still exist, because they could not be listed: %v; steps.Clean deletes them"
		s.Notes.Warn(text, s.Notes.RunID, unlisted)
		s.Notes.Progressf(text, s.Notes.RunID, unlisted)
		return nil
	}
	return leftBehindError(err, s.Notes.RunID)
}

// DeleteUnconfirmedProjects deletes the project of the preflight after a run that
// ended before it judged anything.
func (s *Session) DeleteUnconfirmedProjects(ctx context.Context) error {
	if !s.Unconfirmed.Any() {
		return nil
	}
	return s.DeleteProjects(ctx)
}

// report returns the report of the engine's results.
func (s *Session) report(
	out engine.Outcome,
	catalogue *features.Catalogue,
	deselected []string,
	controls report.Controls,
) *report.Report {
	c := s.Settings.Criteria
	r := &report.Report{
		Schema:       report.Schema,
		Requirements: out.Requirements,
		Situations:   out.Situations,
		Counts:       out.Counts,
		Warnings:     slices.Concat(s.Notes.Warnings(), out.Late),
		Controls:     controls,
		Run: report.Run{
			ID:              s.Notes.RunID,
			Complete:        out.Complete,
			Observed:        out.Observed,
			GatewayBypassed: out.GatewayBypassed,
			Parallel:        s.Settings.Pace.Parallel,
			Rerun:           s.Notes.Redactor.Redact(s.Settings.Output.Rerun),
			Strict:          s.Settings.Output.Strict,
			Plan:            situation.PlanVersion,
			Created:         &out.Created,
			Suite:           SuiteReport(catalogue),
			Target:          s.Service.describe(s.Settings),
			Storage:         DescribeStorage(s.Storage, s.Observation),
			Selection: report.Selection{
				Only: c.Only, Skip: c.Skip, Deselected: deselected,
			},
		},
	}
	r.Run.Target.Name = s.Notes.Redactor.Redact(s.Settings.Target.String())
	s.Rules().write(&r.Run)
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
