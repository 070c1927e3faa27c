package steps

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	testcloud "github.com/cvconform/cvconform/internal/testkit/cloud"
)

// What a run costs is known beforehand, to the last training, and so low; the free
// tier is enough for it, and at the pace of the harness nothing is refused.
func TestCloudRunSendsNoExtraRequests(t *testing.T) {
	t.Parallel()
	for _, tier := range sample([]testcloud.Tier{testcloud.F0, testcloud.S0}) {
		t.Run(string(tier), func(t *testing.T) {
			inCloud(
				t,
				cloudOptions{account: retainingAccounts()["versions"], service: testcloud.ServiceOptions{Tier: tier}},
				func(t *testing.T, c *cloud) {
					config := c.config()
					config.Tier = string(tier)
					plan, err := Plan(t.Context(), config)
					require.NoError(t, err)
					assert.Equal(t, 1, c.service.Counts().TotalCalls(), "to plan is to ask for the domains")
					r := runInCloudWith(t, c, config)
					c.assertNoExtraCost(t, r)
					c.assertAsPlanned(t, plan, r)
				},
			)
		})
	}
}

// assertNoExtraCost makes sure that the run did no more than it has to.
func (c *cloud) assertNoExtraCost(t *testing.T, r *Report) {
	t.Helper()
	got := c.service.Counts()
	assert.Equal(
		t,
		[]int{12, 14, 110, 15},
		[]int{got.Trainings, got.Exports, got.Images, got.Projects},
		"trainings, exports, images, projects",
	)
	assert.Zero(t, got.Refused)
	assert.LessOrEqual(t, got.MaxCallsPerSecond, 10, "calls within a second")
	if r.Run.Parallel > 0 {
		assert.LessOrEqual(t, got.MaxProjects, 2*r.Run.Parallel)
	}
}

// assertAsPlanned makes sure that the run did what the plan says, of every kind that
// costs. The preflight creates one more project, which it
// removes at once.
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

// A plan knows what cannot be attempted where no gateway stands, however the
// account is reached; nothing is asked of storage for it.
func TestPlanKnowsThatStorageIsPolled(t *testing.T) {
	t.Parallel()
	inCloud(t, cloudOptions{}, func(t *testing.T, c *cloud) {
		external := c.config()
		identity := external
		identity.Storage, identity.ConnectionString, identity.BlobAccount = "azure", "", "cvconformtest"
		var made []Forecast
		for _, config := range []Config{external, identity} {
			plan, err := Plan(t.Context(), config)
			require.NoError(t, err)
			made = append(made, *plan)
		}
		assert.Equal(t, made[0].Created, made[1].Created)
		assert.Equal(t, 8, made[0].Created.Attempts, "10 with a gateway")
		assert.Empty(t, c.account.Calls())
	})
}
