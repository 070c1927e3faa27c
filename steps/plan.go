package steps

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/engine"
	"github.com/cvconform/cvconform/internal/estimate"
	"github.com/cvconform/cvconform/internal/reading"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// A Forecast is what a run will create, and about how long it will take; see the
// JSON Schema cvconform/plan/v1.
type Forecast = estimate.Forecast

// Plan says what a run of that configuration will create, from the very
// situations that it will perform. Nothing is created, and nothing is sent, but
// for the question which domains a running service offers: it decides how many
// exports there are. Where that is not answered, or the service has yet to be
// started, the forecast is of all platforms, and says so. The error is a
// [*UsageError].
func Plan(ctx context.Context, c Config) (*Forecast, error) {
	s, err := c.settings()
	if err != nil {
		return nil, err
	}
	return s.forecast(ctx)
}

func (s settings) forecast(ctx context.Context) (*Forecast, error) {
	catalogue, err := features.Load()
	if err != nil {
		return nil, err
	}
	chosen, _, err := s.selectRequirements(catalogue)
	if err != nil {
		return nil, err
	}
	h := New(s, nil)
	if err := h.predictObserver(); err != nil {
		return nil, err
	}
	unknown := h.fetchDomains(ctx)
	return h.estimate(ctx, chosen, unknown)
}

// selectRequirements takes the requirements that the configuration selects; the others are
// deselected.
func (s settings) selectRequirements(
	catalogue *features.Catalogue,
) (chosen []features.Requirement, deselected []string, err error) {
	if chosen, deselected, err = engine.Select(catalogue, s.Only, s.Skip); err != nil {
		return nil, nil, &UsageError{Err: err, Hint: "cvconform list shows all requirements"}
	}
	return chosen, deselected, nil
}

// fetchDomains asks a running service for its domains; it says why they are not known,
// "" where they are.
func (h *Session) fetchDomains(ctx context.Context) string {
	switch {
	case h.target.IsFake():
		return "" // the fake's domain exports to every platform
	case h.target.Kind != target.Endpoint:
		return "the service is not started yet"
	}
	h.client = h.clientOf(h.target.Value, h.TrainingKey)
	var domains []trainingapi.Domain
	if err := trainingapi.Decode(h.redact.Exchange(h.client.GetDomains(ctx)), &domains); err != nil {
		return err.Error()
	}
	h.domain, _ = trainingapi.ChooseDomain(domains)
	if len(h.domain.ExportablePlatforms) == 0 {
		return "the service offers no exportable classification domain"
	}
	return ""
}

// estimate is what performing the chosen requirements' situations will create.
func (h *Session) estimate(ctx context.Context, chosen []features.Requirement, unknown string) (*Forecast, error) {
	f, err := estimate.New(h.engine(chosen).ActTrees(ctx), h.assumptions(), h.budgets)
	if err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	f.Target, f.APIVersion, f.Profile, f.Tier = h.target.String(), h.readings[reading.APIVersion], h.Config.Profile, h.Tier
	f.Platforms, f.UnknownReason, f.Probe = sortPlatforms(h.domain.ExportablePlatforms), unknown, h.preflight.checkStorage
	return &f, nil
}

// assumptions are how long things take that nobody has measured yet: on the real
// service with ten images, or on this machine.
func (h *Session) assumptions() estimate.Assumptions {
	a := estimate.Assumptions{
		Training:     10 * time.Minute,
		Export:       time.Minute,
		Call:         time.Second,
		Poll:         h.poll,
		Parallel:     h.Parallel,
		ProjectSlots: h.projectSlots,
	}
	if h.target.Local() {
		a.Training, a.Export, a.Call = time.Second, time.Second, 10*time.Millisecond
	}
	if limit := float64(h.reach.limit); limit > 0 && !math.IsInf(limit, 1) && limit != math.MaxFloat64 {
		a.Rate = limit
	}
	return a
}

// An UnapprovedError says that a run over a service elsewhere was not approved
// (Config.Yes): it creates things there that cost.
type UnapprovedError struct {
	Target   string
	Forecast *Forecast // what the run will create
}

// Error says what has to be approved.
func (e *UnapprovedError) Error() string {
	return fmt.Sprintf("target %s is not on this machine: a run creates projects there, and trains them", e.Target)
}

// requireApproval refuses a run over a service elsewhere that nobody has said yes to.
func (s settings) requireApproval(ctx context.Context) error {
	if s.Yes || s.target.Local() {
		return nil
	}
	f, err := s.forecast(ctx)
	if err != nil {
		return err
	}
	return &UsageError{Err: &UnapprovedError{Target: s.target.String(), Forecast: f},
		Hint: "read what cvconform plan says, then give --yes"}
}

// printPlan says, of a service elsewhere, what is about to be created.
func (h *Session) printPlan(ctx context.Context, chosen []features.Requirement) error {
	if h.target.Local() {
		return nil
	}
	f, err := h.estimate(ctx, chosen, "")
	if err != nil {
		return err
	}
	h.progressf("plan: %s", f.Summary())
	return nil
}
