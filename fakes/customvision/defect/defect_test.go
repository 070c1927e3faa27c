package defect_test

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision/defect"
)

func TestNamesAndDescriptionsAreUnique(t *testing.T) {
	names, descriptions := map[string]bool{}, map[string]bool{}
	kebab := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)+$`)
	for _, d := range append(defect.All(), defect.Variations()...) {
		assert.Regexp(t, kebab, d.Name)
		assert.False(t, names[d.Name], "the name %s is not unique", d.Name)
		assert.False(t, descriptions[d.Description], "%s has the description of another: %s", d.Name, d.Description)
		assert.True(t, strings.HasSuffix(d.Description, "."), "%s: not a sentence: %q", d.Name, d.Description)
		names[d.Name], descriptions[d.Description] = true, true
	}
}

func TestEveryDefectIsCaughtForAReason(t *testing.T) {
	for _, d := range defect.All() {
		assert.NotEmpty(t, d.Caught, d.Name)
		assert.True(
			t,
			slices.IsSortedFunc(d.Caught, func(a, b defect.Catch) int { return strings.Compare(a.ID, b.ID) }),
			d.Name,
		)
		for _, c := range d.Caught {
			assert.Regexp(t, `^CVSI-[A-Z]+-\d\d$`, c.ID, d.Name)
			assert.NotEmpty(t, c.ReasonContains, "%s: %s", d.Name, c.ID)
		}
	}
	for _, v := range defect.Variations() {
		assert.Empty(t, v.Caught, v.Name)
	}
}

func TestChoose(t *testing.T) {
	chosen, err := defect.Choose("no-backup", "ids-in-capitals", "create-201")
	require.NoError(t, err)
	var names []string
	for _, d := range chosen {
		names = append(names, d.Name)
	}
	assert.Equal(t, []string{"no-backup", "ids-in-capitals", "create-201"}, names)
	none, err := defect.Choose()
	require.NoError(t, err)
	assert.Empty(t, none)
}

func TestChooseSuggestsSimilarNames(t *testing.T) {
	_, err := defect.Choose("no-backup", "No-Bakcup")
	unknown, ok := errors.AsType[*defect.UnknownError](err)
	require.True(t, ok)
	assert.Equal(t, "No-Bakcup", unknown.Name)
	assert.Regexp(t, `^unknown defect "No-Bakcup"; the nearest: no-backup, [a-z0-9-]+, [a-z0-9-]+$`, err.Error())
}
