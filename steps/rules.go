package steps

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine"
	"github.com/cvconform/cvconform/internal/reading"
	"github.com/cvconform/cvconform/internal/report"
	"github.com/cvconform/cvconform/internal/situation"
	"github.com/cvconform/cvconform/internal/target"
)

// rules are what a verdict is a function of, beside the evidence: all of it is
// in the report, so that anyone can judge again.
type rules struct {
	claims    string            // the profile's name
	profile   situation.Storage // the URIs that it claims
	platforms []string          // that the domain exports, as the service lists them; empty: not known
	provoked  []string          // failures that there is a way to provoke
	readings  reading.Set
	budgets   budget.Set
	isolate   bool
	sight     check.Sight
	replayed  bool        // the target is a recording
	recorded  check.Sight // of that recording
}

// rules are those of the run, once the domain is known.
func (h *house) rules() rules {
	r := rules{claims: h.Config.Profile, profile: h.profile, platforms: h.domain.ExportablePlatforms,
		readings: h.readings, budgets: h.budgets, isolate: h.Isolate, sight: h.seeing, replayed: h.target.Kind == target.Replay}
	if h.recording != nil {
		r.recorded, _ = sightOf(h.recording.Head.Storage.Sight, h.profile) // was checked when it was read
	}
	if h.imitated != nil {
		r.recorded, _ = sightOf(h.imitated.Storage.Sight, h.profile)
		r.platforms = h.imitated.Target.Platforms
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
	return map[string]situation.Failure{target.TrainingFailure: situation.TrainingFailure, target.ExportFailure: situation.ExportFailure}
}

// write puts the rules into a report.
func (r rules) write(run *report.Run) {
	run.Profile, run.Platforms, run.Provoked = r.claims, r.platforms, r.provoked
	run.Readings, run.Isolate, run.Budgets = r.readings, r.isolate, map[string]string{}
	for name, d := range r.budgets {
		run.Budgets[name] = d.String()
	}
	run.Sight, run.Recorded = written(r.sight), written(r.recorded)
}

// written is a sight as reports have it; nil is the gateway.
func written(s check.Sight) *report.Sight {
	if !s.Listing {
		return nil
	}
	return &report.Sight{Kind: listingKind, DeletedBlobs: s.Deleted, Versions: s.Versions, OverwrittenBlobs: s.Overwritten}
}

// rulesOf reads the rules out of a report; the error says what it lacks.
func rulesOf(run report.Run) (r rules, err error) {
	r = rules{claims: run.Profile, platforms: run.Platforms, provoked: run.Provoked, isolate: run.Isolate,
		replayed: run.Target.Kind == string(target.Replay)}
	known := false
	if r.profile, known = profiles()[run.Profile]; !known {
		return r, fmt.Errorf("no profile %q", run.Profile)
	}
	if r.sight, err = sightOf(run.Sight, r.profile); err != nil {
		return r, err
	}
	if r.recorded, err = sightOf(run.Recorded, r.profile); err != nil {
		return r, err
	}
	if r.readings, err = reading.With(run.Readings); err != nil {
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
		return r, fmt.Errorf("%d readings and %d budgets, where there are %d and %d", len(run.Readings), len(limits), len(r.readings), len(r.budgets))
	}
	return r, nil
}

// The kinds of sight, as reports name them.
const (
	gatewayKind = "gateway"
	listingKind = "listing"
)

// sightOf reads how the run saw storage.
func sightOf(s *report.Sight, profile situation.Storage) (check.Sight, error) {
	switch {
	case s == nil || *s == (report.Sight{Kind: gatewayKind}):
		return check.Sight{}, nil
	case s.Kind == listingKind:
		return check.Sight{Listing: true, Containers: profile.Container, Deleted: s.DeletedBlobs, Versions: s.Versions, Overwritten: s.OverwrittenBlobs}, nil
	}
	return check.Sight{}, fmt.Errorf("no sight %q that proves what it says", s.Kind)
}

// engine judges these requirements by the rules; how situations are performed is
// left open.
func (r rules) engine(chosen []features.Requirement) *engine.Run {
	return &engine.Run{
		Requirements: chosen,
		Define:       definitions(r.profile, ordered(r.platforms)),
		Applicable:   r.applicable,
		Readings:     r.readings,
		Budgets:      r.budgets,
		Isolate:      r.isolate,
		Sight:        r.sight,
		Replayed:     r.replayed,
	}
}

// applicable says why a scenario does not apply to this run; "" where it does.
func (r rules) applicable(s features.Scenario, done situation.Situation) string {
	switch {
	case s.Needs("notifications") && !r.profile.Queue:
		return fmt.Sprintf("profile %s does not claim notifications", r.claims)
	case s.Needs("backup") && !r.profile.Container:
		return fmt.Sprintf("profile %s does not claim backups", r.claims)
	case s.Needs("provoked-training-failure") && !slices.Contains(r.provoked, target.TrainingFailure):
		return "needs a way to make a training fail: --provoke training-failure=NAME-PREFIX"
	case s.Needs("provoked-export-failure") && !slices.Contains(r.provoked, target.ExportFailure):
		return "needs a way to make an export fail: --provoke export-failure=NAME-PREFIX"
	case r.sight.Listing && done.Last().Forbids():
		return "needs the gateway, which alone can refuse what the service sends: this run lists storage instead"
	case r.recorded.Listing && done.Last().Forbids():
		return "needs the gateway, which alone can refuse what the service sends: storage was listed when this was recorded"
	}
	return ""
}

// same says whether two runs were judged by the same readings, the same claim and
// the same part of the contract.
func same(a, b report.Run) bool {
	return a.Profile == b.Profile && maps.Equal(a.Readings, b.Readings) && slices.Equal(a.Selection.Deselected, b.Selection.Deselected)
}
