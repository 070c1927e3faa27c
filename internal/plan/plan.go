// Package plan forecasts the things that a run will create, from the situations that
// it will perform, and refuses runs on other machines that are not approved.
//
// Package estimate does the arithmetic. Stop extending this package if it would
// have to send anything but the request for the domains.
package plan

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/estimate"
	"github.com/cvconform/cvconform/internal/reading"
	"github.com/cvconform/cvconform/internal/session"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/internal/trainingapi"
	"github.com/cvconform/cvconform/internal/userr"
)

// Forecast returns the forecast of a run with these settings. It creates nothing. Its
// only request is for the domains of a running service.
func Forecast(ctx context.Context, s session.Settings) (*estimate.Forecast, error) {
	catalogue, err := features.Load()
	if err != nil {
		return nil, err
	}
	chosen, _, err := s.Criteria.Select(catalogue)
	if err != nil {
		return nil, err
	}
	visibility, err := session.PredictVisibility(s)
	if err != nil {
		return nil, err
	}
	domains, unknown := fetchDomains(ctx, s)
	return forecast(ctx, s, s.Rules(domains, visibility), s.Pace.ProjectSlots, chosen, unknown)
}

// fetchDomains returns the facts about the domains of the service, or why the
// platforms to which it exports are not known.
func fetchDomains(ctx context.Context, s session.Settings) (known session.Domains, unknown string) {
	all := session.Domains{Detection: true}
	switch {
	case s.Target.IsFake():
		return all, "" // the fake exports to every platform
	case s.Target.Kind != target.Endpoint:
		return all, "the service is not started yet"
	}
	notes := session.NewNotes(s)
	var domains []trainingapi.Domain
	response := s.NewClient(s.Target.Value, s.Target.TrainingKey, notes.Now).GetDomains(ctx)
	if err := trainingapi.Decode(notes.Redactor.Exchange(response), &domains); err != nil {
		return all, err.Error()
	}
	domain, _ := trainingapi.ChooseDomain(domains)
	_, known.Detection = trainingapi.ChooseDetectionDomain(domains)
	if len(domain.ExportablePlatforms) == 0 {
		return known, "the service offers no exportable classification domain"
	}
	known.Platforms = domain.ExportablePlatforms
	return known, ""
}

// forecast returns the forecast of a run that judges the chosen requirements.
func forecast(
	ctx context.Context,
	s session.Settings,
	rules session.Rules,
	slots int,
	chosen []features.Requirement,
	unknown string,
) (*estimate.Forecast, error) {
	f, err := estimate.New(rules.Engine(chosen).ActTrees(ctx), assumptions(s, slots), s.Criteria.Budgets)
	if err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	f.Target, f.APIVersion = s.Target.String(), s.Criteria.Readings[reading.APIVersion]
	f.Profile, f.Tier = s.Criteria.ProfileName, s.Pace.Tier
	f.Platforms, f.UnknownReason = session.SortPlatforms(rules.Platforms), unknown
	f.Probe = s.Preflight.CheckStorage
	return &f, nil
}

// assumptions returns durations that are typical of the real service with ten
// images, or of a service on this machine.
func assumptions(s session.Settings, slots int) estimate.Assumptions {
	a := estimate.Assumptions{
		Training:     10 * time.Minute,
		Export:       time.Minute,
		Call:         time.Second,
		Poll:         s.Pace.PollInterval,
		Parallel:     s.Pace.Parallel,
		ProjectSlots: slots,
	}
	if s.Target.Local() {
		a.Training, a.Export, a.Call = time.Second, time.Second, 10*time.Millisecond
	}
	if limit := float64(s.Network.Limit); limit > 0 && !math.IsInf(limit, 1) && limit != math.MaxFloat64 {
		a.Rate = limit
	}
	return a
}

// An UnapprovedError reports that a run over a service on another machine was not
// approved, although it creates things there that cost money.
type UnapprovedError struct {
	Target   string
	Forecast *estimate.Forecast // of the run
}

// Error returns the message.
func (e *UnapprovedError) Error() string {
	return fmt.Sprintf("target %s is not on this machine: a run creates projects there, and trains them", e.Target)
}

// RequireApproval returns an error if the service is on another machine and the
// run is not approved. The error is a [*userr.UsageError] that wraps an
// [*UnapprovedError].
func RequireApproval(ctx context.Context, s session.Settings) error {
	if s.Approved || s.Target.Local() {
		return nil
	}
	f, err := Forecast(ctx, s)
	if err != nil {
		return err
	}
	return &userr.UsageError{
		Err:  &UnapprovedError{Target: s.Target.String(), Forecast: f},
		Hint: "read the plan (steps.Plan), then set Config.Yes",
	}
}

// Announce reports the forecast of a run over a service on another machine, before
// the run begins. It is a hook of [session.Run].
func Announce(ctx context.Context, sess *session.Session, chosen []features.Requirement) error {
	if sess.Settings.Target.Local() {
		return nil
	}
	f, err := forecast(ctx, sess.Settings, sess.Rules(), sess.ProjectSlots(), chosen, "")
	if err != nil {
		return err
	}
	sess.Notes.Progressf("plan: %s", f.Summary())
	return nil
}
