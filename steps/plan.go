package steps

import (
	"context"

	"github.com/cvconform/cvconform/internal/estimate"
	"github.com/cvconform/cvconform/internal/plan"
)

// A Forecast lists the resources that a run will create, and estimates its duration. The
// JSON Schema cvconform/plan/v1 describes its JSON form.
type Forecast = estimate.Forecast

// An UnapprovedError reports that a run over a service that is not on this machine
// was not approved with [Config.Yes], although it creates things there that cost
// money. Its field Target is the service, and Forecast lists the resources that the
// run will create.
type UnapprovedError = plan.UnapprovedError

// Plan returns the resources that a run of this configuration will create, based on the same
// situations that it will perform. It creates nothing, and sends only a request
// for the domains of a running service, which decide how many exports there are.
// If the service does not respond, or is not started yet, the forecast covers all
// platforms, and says so. The error is a [*UsageError].
func Plan(ctx context.Context, c Config) (*Forecast, error) {
	s, err := c.settings()
	if err != nil {
		return nil, err
	}
	return plan.Forecast(ctx, s)
}
