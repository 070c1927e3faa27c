package steps

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	testcloud "github.com/cvconform/cvconform/internal/testkit/cloud"
)

// The plan predicts the cost of a run exactly. The free tier is enough for the run, and the service
// refuses no call at the default rate.
func TestCloudRunSendsNoExtraRequests(t *testing.T) {
	t.Parallel()
	for _, tier := range []testcloud.Tier{testcloud.F0, testcloud.S0} {
		t.Run(string(tier), func(t *testing.T) {
			inCloud(
				t,
				cloudOptions{account: retainingAccounts()["versions"], service: testcloud.ServiceOptions{Tier: tier}},
				func(t *testing.T, c *cloud) {
					config := c.config()
					config.Tier = string(tier)
					plan, err := Plan(t.Context(), config)
					require.NoError(t, err)
					assert.Equal(t, 1, c.service.Counts().TotalCalls(), "planning reads only the domains")
					r := runInCloudWith(t, c, config)
					c.assertNoExtraCost(t, r)
					c.assertAsPlanned(t, plan, r)
				},
			)
		})
	}
}

// assertNoExtraCost checks that the run created no more than it needs.
func (c *cloud) assertNoExtraCost(t *testing.T, r *Report) {
	t.Helper()
	got := c.service.Counts()
	assert.Equal(
		t,
		[]int{14, 16, 130, 21},
		[]int{got.Trainings, got.Exports, got.Images, got.Projects},
		"trainings, exports, images, projects",
	)
	assert.Zero(t, got.Refused)
	assert.LessOrEqual(t, got.MaxCallsPerSecond, 10, "calls within a second")
}

// assertAsPlanned checks that the run created as much as the plan says. The preflight creates one
// more project and deletes it at once.
func (c *cloud) assertAsPlanned(t *testing.T, plan *Forecast, r *Report) {
	t.Helper()
	got := c.service.Counts()
	assert.Equal(t, &plan.Created, r.Run.Created)
	assert.Equal(t, []int{plan.Created.Trainings, plan.Created.Exports, plan.Created.Images, plan.Created.Projects + 1},
		[]int{got.Trainings, got.Exports, got.Images, got.Projects})
	assert.Equal(t, plan.Created.Tags, got.Calls["CreateTag"])
	assert.Equal(t, plan.Created.Updates, got.Calls["UpdateProject"])
	assert.GreaterOrEqual(t, plan.MaxProjects, got.MaxProjects)
}

// A plan leaves out the attempts that need the gateway, for each kind of access to the account. It
// sends no request to storage.
func TestPlanKnowsThatStorageIsPolled(t *testing.T) {
	t.Parallel()
	inCloud(t, cloudOptions{}, func(t *testing.T, c *cloud) {
		external := c.config()
		identity := external
		identity.Storage, identity.ConnectionString, identity.BlobAccount = "azure", "", "cvconformtest"
		var plans []Forecast
		for _, config := range []Config{external, identity} {
			plan, err := Plan(t.Context(), config)
			require.NoError(t, err)
			plans = append(plans, *plan)
		}
		assert.Equal(t, plans[0].Created, plans[1].Created)
		assert.Equal(t, 8, plans[0].Created.Attempts, "10 with a gateway")
		assert.Empty(t, c.account.Calls())
	})
}
