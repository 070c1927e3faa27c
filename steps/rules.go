package steps

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/reading"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/steps/report"
)

// ruleset are what a verdict is a function of, beside the evidence: all of it is
// in the report, and for the replay of a polled recording in its results, so that anyone can
// judge again.
type ruleset struct {
	profileName        string                 // the profile's name
	profile            situation.Integrations // the URIs that it claims
	platforms          []string               // that the domain exports, as the service lists them; empty: not known
	provoked           []string               // failures that there is a way to provoke
	readings           reading.Set
	budgets            budget.Set
	isolate            bool
	visibility         report.Visibility     // of storage
	replayed           bool                  // the target is a recording
	recordedVisibility report.Visibility     // of storage when that recording was made
	results            check.RecordedResults // of that recording, if it was polled; nil otherwise
}

// rules are those of the run, once the domain is known.
func (h *Session) rules() ruleset {
	r := ruleset{profileName: h.Config.Profile, profile: h.profile, platforms: h.domain.ExportablePlatforms,
		readings: h.readings, budgets: h.budgets, isolate: h.Isolate, visibility: h.visibility, replayed: h.target.Kind == target.Replay,
		results: h.recordedResults}
	if h.recording != nil {
		r.recordedVisibility = h.recording.Head.Storage.Visibility
	}
	if h.comparedRecording != nil {
		r.recordedVisibility = h.comparedRecording.Storage.Visibility
		r.platforms = h.comparedRecording.Target.Platforms
	}
	for _, name := range []string{target.TrainingFailure, target.ExportFailure} {
		if h.provoke[failures()[name]] != "" {
			r.provoked = append(r.provoked, name)
		}
	}
	return r
}

// failures are the failures that can be provoked, by name.
func failures() map[string]situation.Failure {
	return map[string]situation.Failure{
		target.TrainingFailure: situation.TrainingFailure,
		target.ExportFailure:   situation.ExportFailure,
	}
}

// write puts the rules into a report.
func (r ruleset) write(run *report.Run) {
	run.Profile, run.Platforms, run.Provoked = r.profileName, r.platforms, r.provoked
	run.Readings, run.Isolate, run.Budgets = r.readings, r.isolate, map[string]string{}
	for name, d := range r.budgets {
		run.Budgets[name] = d.String()
	}
	run.Visibility, run.RecordedVisibility = r.visibility, r.recordedVisibility
}

// rulesOf reads the rules out of a report; the error says what it lacks.
func rulesOf(run report.Run) (r ruleset, err error) {
	r = ruleset{profileName: run.Profile, platforms: run.Platforms, provoked: run.Provoked, isolate: run.Isolate,
		visibility: run.Visibility, recordedVisibility: run.RecordedVisibility, replayed: run.Target.Kind == string(target.Replay)}
	known := false
	if r.profile, known = profiles()[run.Profile]; !known {
		return r, fmt.Errorf("no profile %q", run.Profile)
	}
	if err := errors.Join(run.Visibility.Validate(), run.RecordedVisibility.Validate()); err != nil {
		return r, err
	}
	if r.readings, err = reading.Resolve(run.Readings); err != nil {
		return r, err
	}
	limits := map[string]time.Duration{}
	for name, text := range run.Budgets {
		if limits[name], err = time.ParseDuration(text); err != nil {
			return r, fmt.Errorf("budget %s: %w", name, err)
		}
	}
	if r.budgets, err = budget.Local().With(limits); err != nil {
		return r, err
	}
	if len(run.Readings) != len(r.readings) || len(limits) != len(r.budgets) {
		return r, fmt.Errorf(
			"%d readings and %d budgets, where there are %d and %d",
			len(run.Readings),
			len(limits),
			len(r.readings),
			len(r.budgets),
		)
	}
	return r, nil
}

// engine judges these requirements by the rules; how situations are performed is
// left open.
func (r ruleset) engine(chosen []features.Requirement) *engine.Run {
	return &engine.Run{
		Requirements: chosen,
		Define:       definitions(r.profile, sortPlatforms(r.platforms)),
		Applicable:   r.applicable,
		Isolate:      r.isolate,
		Terms: engine.Terms{
			Readings:      r.readings,
			Budgets:       r.budgets,
			Visibility:    r.visibility,
			HasContainers: r.profile.Container,
			Replayed:      r.replayed,
			Recorded:      r.results,
		},
	}

}

// applicable says why a scenario does not apply to this run; "" where it does.
func (r ruleset) applicable(s features.Scenario, done situation.Situation) string {
	switch {
	case s.Needs("notifications") && !r.profile.Queue:
		return fmt.Sprintf("profile %s does not claim notifications", r.profileName)
	case s.Needs("backup") && !r.profile.Container:
		return fmt.Sprintf("profile %s does not claim backups", r.profileName)
	case s.Needs("provoked-training-failure") && !slices.Contains(r.provoked, target.TrainingFailure):
		return "needs a way to make a training fail: --provoke training-failure=NAME-PREFIX"
	case s.Needs("provoked-export-failure") && !slices.Contains(r.provoked, target.ExportFailure):
		return "needs a way to make an export fail: --provoke export-failure=NAME-PREFIX"
	case r.visibility.IsPolled() && done.Last().UsesDeniedStorage():
		return "needs the gateway, which alone can refuse what the service sends: this run lists storage instead"
	case r.recordedVisibility.IsPolled() && done.Last().UsesDeniedStorage():
		return "needs the gateway, which alone can refuse what the service sends: storage was listed when this was recorded"
	}
	return ""
}

// sameScope says whether two runs were judged by the same readings, the same claim and
// the same part of the contract.
func sameScope(a, b report.Run) bool {
	return a.Profile == b.Profile && maps.Equal(a.Readings, b.Readings) &&
		slices.Equal(a.Selection.Deselected, b.Selection.Deselected)
}
