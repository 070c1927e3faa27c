package budget_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/budget"
)

// documented lists the budgets of the configuration in alphabetical order.
var documented = []string{
	budget.Absence,
	budget.Backup,
	budget.ConnectionTest,
	budget.Export,
	budget.Notification,
	budget.Ready,
	budget.Request,
	budget.StatusLag,
	budget.TestBlob,
	budget.Training,
}

func TestPresetsContainEveryBudget(t *testing.T) {
	assert.Equal(t, documented, budget.Names())
	for name, preset := range map[string]budget.Set{"local": budget.Local(), "cloud": budget.Cloud()} {
		assert.Len(t, preset, len(documented), name)
		for _, n := range documented {
			assert.Positive(t, preset[n], "%s: %s", name, n)
		}
	}
}

func TestCloudIsNeverShorterThanLocal(t *testing.T) {
	for name, local := range budget.Local() {
		assert.GreaterOrEqual(t, budget.Cloud()[name], local, name)
	}
}

func TestWithReturnsACopy(t *testing.T) {
	local := budget.Local()
	got, err := local.With(map[string]time.Duration{budget.Training: time.Hour})
	require.NoError(t, err)
	assert.Equal(t, time.Hour, got[budget.Training])
	assert.Equal(t, local[budget.Export], got[budget.Export])
	assert.Equal(t, budget.Local(), local, "the set itself is unchanged")
	same, err := local.With(nil)
	require.NoError(t, err)
	assert.Equal(t, local, same)
}

func TestWithErrors(t *testing.T) {
	for want, overrides := range map[string]map[string]time.Duration{
		`unknown budget "trainings" (use ` + strings.Join(documented, ", ") + `)`: {"trainings": 1},
		"budget training: 0s is not a positive duration":                          {"training": 0},
		"budget absence: -1s is not a positive duration":                          {"absence": -time.Second},
	} {
		_, err := budget.Local().With(overrides)
		assert.EqualError(t, err, want)
	}
}
