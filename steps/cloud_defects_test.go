package steps_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/internal/cloudtest"
	"github.com/cvconform/cvconform/internal/report"
	"github.com/cvconform/cvconform/steps"
)

// Without a gateway a defect is caught too, for the same reason, or it is said
// that it cannot be seen: never is anything called passed that it breaks.
// Defects that show by a limit of milliseconds are left out, since nothing in a
// cloud is that quick.
func TestDefectsAreCaughtInACloudOrCannotBeSeen(t *testing.T) {
	unseen := map[string][]string{}
	for _, d := range defect.All() {
		if len(d.Shown.Budgets) > 0 || d.Shown.Training > 0 || d.Shown.Export > 0 {
			continue
		}
		t.Run(d.Name, func(t *testing.T) {
			s := sky{service: cloudtest.ServiceOptions{Defects: []defect.Defect{d}}}
			s.account.Versioning = true
			inCloud(t, s, func(t *testing.T, c *cloud) {
				r := judged(t, shownBy(c.config(), d))
				for _, caught := range d.Caught {
					if q := requirement(t, r, caught.ID); q.Verdict == report.Inconclusive {
						unseen[d.Name] = append(unseen[d.Name], caught.ID)
						continue
					}
					isBroken(t, r, caught.ID, caught.Why)
				}
			})
		})
	}
	assert.Equal(t, unseenInACloud(), unseen)
}

// shownBy is the configuration of a run that judges what the defect breaks.
func shownBy(c steps.Config, d defect.Defect) steps.Config {
	c.Only, c.Readings = slices.Clone(d.Shown.Beside), maps.Clone(d.Shown.Readings)
	if d.Shown.InTurn {
		c.Parallel = 1
	}
	for _, caught := range d.Caught {
		c.Only = append(c.Only, caught.ID)
	}
	return c
}

// unseenInACloud are the requirements that a defect breaks where no gateway could
// see it, by the name of the defect.
func unseenInACloud() map[string][]string { return map[string][]string{} }
