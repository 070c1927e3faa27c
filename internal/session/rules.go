package session

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
	"github.com/cvconform/cvconform/internal/evidence/recording"
	"github.com/cvconform/cvconform/internal/reading"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/steps/report"
)

// Domains are the facts about the domains of a service that the verdicts depend on.
type Domains struct {
	Platforms []string // to which the domain of the projects exports, in the service's order; empty if not known
	Detection bool     // whether the service lists an object-detection domain
}

func recordedDomains(r *recording.Recording) Domains {
	return Domains{r.Run.Platforms, r.Run.ObjectDetection}
}

// Rules are everything besides the evidence that the verdicts depend on. A report
// holds all of them, so that its evidence can be judged again.
type Rules struct {
	ProfileName string
	Profile     situation.Integrations // the URIs that the profile claims
	Domains
	Provoked   []string // failures that can be provoked
	Readings   reading.Set
	Budgets    budget.Set
	Isolate    bool
	Visibility report.Visibility // of storage
	Replayed   bool              // the target is a recording
	// RecordedVisibility is the visibility of storage when that recording was made.
	RecordedVisibility report.Visibility
	// RecordedResults are those of the recording if it was polled; nil otherwise.
	RecordedResults check.RecordedResults
	Definitions     Definitions
}

// Rules returns the rules of a run on a service with these domains, whose storage
// has this visibility.
func (s Settings) Rules(domains Domains, v report.Visibility) Rules {
	r := Rules{
		ProfileName: s.Criteria.ProfileName,
		Profile:     s.Criteria.Profile,
		Domains:     domains,
		Provoked:    s.Target.provoked(),
		Readings:    s.Criteria.Readings,
		Budgets:     s.Criteria.Budgets,
		Isolate:     s.Criteria.Isolate,
		Visibility:  v,
		Replayed:    s.Target.Kind == target.Replay,
		Definitions: s.Criteria.Definitions,
	}
	if recorded := s.Target.Recording; recorded != nil {
		r.RecordedVisibility = recorded.Run.Visibility
	}
	if compared := s.Target.Compared; compared != nil {
		r.RecordedVisibility = compared.Run.Visibility
		r.Domains = recordedDomains(compared)
	}
	return r
}

// write writes the rules into a report.
func (r Rules) write(run *report.Run) {
	run.Profile, run.Platforms, run.Provoked = r.ProfileName, r.Platforms, r.Provoked
	run.ObjectDetection = r.Detection
	run.Readings, run.Isolate, run.Budgets = r.Readings, r.Isolate, map[string]string{}
	for name, d := range r.Budgets {
		run.Budgets[name] = d.String()
	}
	run.Visibility, run.RecordedVisibility = r.Visibility, r.RecordedVisibility
}

// ReadRules reads the rules from a report. The error names the missing or
// invalid ones.
func ReadRules(run report.Run, definitions Definitions) (r Rules, err error) {
	r = Rules{ProfileName: run.Profile, Domains: Domains{run.Platforms, run.ObjectDetection}, Provoked: run.Provoked,
		Isolate:    run.Isolate,
		Visibility: run.Visibility, RecordedVisibility: run.RecordedVisibility,
		Replayed: run.Target.Kind == string(target.Replay), Definitions: definitions}
	known := false
	if r.Profile, known = Profiles()[run.Profile]; !known {
		return r, fmt.Errorf("unknown profile %q", run.Profile)
	}
	if err := errors.Join(run.Visibility.Validate(), run.RecordedVisibility.Validate()); err != nil {
		return r, err
	}
	if r.Readings, err = reading.Resolve(run.Readings); err != nil {
		return r, err
	}
	limits := map[string]time.Duration{}
	for name, text := range run.Budgets {
		if limits[name], err = time.ParseDuration(text); err != nil {
			return r, fmt.Errorf("budget %s: %w", name, err)
		}
	}
	if r.Budgets, err = budget.Local().With(limits); err != nil {
		return r, err
	}
	if len(run.Readings) != len(r.Readings) || len(limits) != len(r.Budgets) {
		return r, fmt.Errorf("it has %d readings and %d budgets, but there are %d and %d",
			len(run.Readings), len(limits), len(r.Readings), len(r.Budgets))
	}
	return r, nil
}

// Engine returns an engine that judges these requirements by the rules. The
// caller sets how situations are performed.
func (r Rules) Engine(chosen []features.Requirement) *engine.Run {
	return &engine.Run{
		Requirements: chosen,
		Define:       r.Definitions(r.Profile, SortPlatforms(r.Platforms)),
		Applicable:   r.applicable,
		Isolate:      r.Isolate,
		Terms: engine.Terms{
			Readings:      r.Readings,
			Budgets:       r.Budgets,
			Visibility:    r.Visibility,
			HasContainers: r.Profile.Container,
			Replayed:      r.Replayed,
			Recorded:      r.RecordedResults,
		},
	}
}

// applicable returns why a scenario does not apply to the run, or "" if it does.
func (r Rules) applicable(s features.Scenario, done situation.Situation) string {
	switch {
	case s.Needs("notifications") && !r.Profile.Queue:
		return fmt.Sprintf("profile %s does not claim notifications", r.ProfileName)
	case s.Needs("backup") && !r.Profile.Container:
		return fmt.Sprintf("profile %s does not claim backups", r.ProfileName)
	case s.Needs("provoked-training-failure") && !slices.Contains(r.Provoked, target.TrainingFailure):
		return "needs a project name prefix that makes a training fail (provoke training-failure)"
	case s.Needs("provoked-export-failure") && !slices.Contains(r.Provoked, target.ExportFailure):
		return "needs a project name prefix that makes an export fail (provoke export-failure)"
	case !r.Detection && slices.ContainsFunc(done.Acts, func(a situation.Act) bool { return a.Detection }):
		return "GetDomains lists no object-detection domain"
	case r.Visibility.IsPolled() && done.Last().UsesDeniedStorage():
		return "needs the gateway, which alone can refuse the service's storage requests: this run polls storage"
	case r.RecordedVisibility.IsPolled() && done.Last().UsesDeniedStorage():
		return "needs the gateway, which alone can refuse the service's storage requests: " +
			"storage was polled in the recorded run"
	}
	return ""
}

// PlatformOrder returns the platforms of the API reference in the order in which
// scenarios export to them.
func PlatformOrder() []string { return []string{"CoreML", "TensorFlow", "ONNX", "DockerFile", "VAIDK"} }

// SortPlatforms returns the platforms that the contract knows, in order. If the
// platforms of the domain are not known, it returns all.
func SortPlatforms(exportable []string) []string {
	if len(exportable) == 0 {
		return PlatformOrder()
	}
	var out []string
	for _, p := range PlatformOrder() {
		if slices.Contains(exportable, p) {
			out = append(out, p)
		}
	}
	return out
}

// SameScope reports whether two runs were judged by the same readings, the same
// profile and the same part of the contract.
func SameScope(a, b report.Run) bool {
	return a.Profile == b.Profile && maps.Equal(a.Readings, b.Readings) &&
		slices.Equal(a.Selection.Deselected, b.Selection.Deselected)
}
