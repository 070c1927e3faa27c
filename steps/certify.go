package steps

import (
	"context"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/certify"
	"github.com/cvconform/cvconform/internal/plan"
	"github.com/cvconform/cvconform/internal/session"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/internal/userr"
)

// Certify judges the configured service by the whole contract, as [Run] does, and
// also judges two controls over the same kind of storage: the fake, which must be
// conformant, and a server that responds to every call with 200 and {}, which must
// fail every must that applies. If a control has another result, the verdict is
// invalid. A configuration that selects requirements or isolates scenarios is a
// [*UsageError].
func Certify(ctx context.Context, c Config) (*Report, error) {
	s, err := c.settings()
	if err == nil {
		err = checkCertifiable(s)
	}
	if _, chosen := c.Budgets[budget.Absence]; err == nil && !chosen {
		s.Criteria.Budgets[budget.Absence] *= 2 // a certificate says more than a run
	}
	if err != nil {
		return nil, err
	}
	if err := plan.RequireApproval(ctx, s); err != nil {
		return nil, err
	}
	return certify.Run(ctx, s, certify.Default())
}

// checkCertifiable returns an error if a run cannot be the basis of a certificate.
func checkCertifiable(s session.Settings) error {
	switch {
	case len(s.Criteria.Only) > 0 || len(s.Criteria.Skip) > 0:
		return userr.Usagef("steps.Run judges a selection", "a certificate covers the whole contract: it allows no selection")
	case s.Criteria.Isolate:
		return userr.Usagef("steps.Run with Config.Isolate compares the two",
			"a certificate is based on shared situations: it allows no isolation")
	case s.Target.Kind == target.Replay:
		return userr.Usagef("steps.Run judges a recording", "a certificate is about a service, not about a recording of one")
	}
	return nil
}
