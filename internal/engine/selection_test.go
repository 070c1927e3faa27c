package engine

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/features"
)

// catalogue returns a small contract.
func catalogue() *features.Catalogue {
	scenario := func(tags ...string) features.Scenario { return features.Scenario{Tags: tags} }
	return &features.Catalogue{Requirements: []features.Requirement{
		{ID: "CVSI-TRAIN-01", Scenarios: []features.Scenario{scenario("@must", "@notifications")}},
		{ID: "CVSI-TRAIN-02", Scenarios: []features.Scenario{scenario("@should", "@notifications"), scenario("@should")}},
		{ID: "CVSI-BACKUP-01", Scenarios: []features.Scenario{scenario("@must", "@backup")}},
	}}
}

func TestSelect(t *testing.T) {
	const train1, train2, backup1 = "CVSI-TRAIN-01", "CVSI-TRAIN-02", "CVSI-BACKUP-01"
	for name, c := range map[string]struct{ only, skip, chosen, deselected []string }{
		"all":              {nil, nil, []string{train1, train2, backup1}, nil},
		"an id":            {[]string{train2}, nil, []string{train2}, []string{train1, backup1}},
		"two ids":          {[]string{backup1, train1}, nil, []string{train1, backup1}, []string{train2}},
		"a glob":           {[]string{"CVSI-TRAIN-*"}, nil, []string{train1, train2}, []string{backup1}},
		"a tag expression": {[]string{"@must and not @backup"}, nil, []string{train1}, []string{train2, backup1}},
		"skipped":          {nil, []string{"*-01"}, []string{train2}, []string{train1, backup1}},
		"only and skip":    {[]string{"CVSI-TRAIN-*"}, []string{train1}, []string{train2}, []string{train1, backup1}},
		"in part by a tag": {
			[]string{"@notifications"}, nil, []string{train1, train2}, []string{train2 + " (in part)", backup1},
		},
		"in part by a skip": {
			nil, []string{"@notifications and @should"}, []string{train1, train2, backup1}, []string{train2 + " (in part)"},
		},
		"overlapping selects": {[]string{train2, "@should"}, nil, []string{train2}, []string{train1, backup1}},
	} {
		t.Run(name, func(t *testing.T) {
			chosen, deselected, err := Select(catalogue(), c.only, c.skip)
			require.NoError(t, err)
			var ids []string
			for _, r := range chosen {
				ids = append(ids, r.ID)
			}
			assert.Equal(t, c.chosen, ids)
			assert.Equal(t, c.deselected, deselected)
		})
	}
}

func TestSelectKeepsTheMatchingScenariosOnly(t *testing.T) {
	c := catalogue()
	chosen, _, err := Select(c, []string{"@should and not @notifications"}, nil)
	require.NoError(t, err)
	assert.Equal(t, [][]string{{"@should"}}, [][]string{chosen[0].Scenarios[0].Tags})
	assert.Len(t, chosen[0].Scenarios, 1)
	assert.Len(t, c.Requirements[1].Scenarios, 2, "the catalogue is not changed")
}

func TestSelectErrors(t *testing.T) {
	for name, c := range map[string]struct {
		only, skip []string
		want       string
	}{
		"an unknown id": {
			[]string{"cvsi-train-1"}, nil,
			`"cvsi-train-1" matches no requirement; the nearest: CVSI-TRAIN-01, CVSI-TRAIN-02, CVSI-BACKUP-01`,
		},
		"an unknown skip": {
			nil, []string{"CVSI-BACKUP-02"},
			`"CVSI-BACKUP-02" matches no requirement; the nearest: CVSI-BACKUP-01, CVSI-TRAIN-02, CVSI-TRAIN-01`,
		},
		"one of two unknown": {
			[]string{"CVSI-TRAIN-01", "CVSI-EXPORT-*"}, nil,
			`"CVSI-EXPORT-*" matches no requirement; the nearest: CVSI-BACKUP-01, CVSI-TRAIN-01, CVSI-TRAIN-02`,
		},
		"an unknown tag": {
			[]string{"@musts"}, nil, `"@musts" matches no requirement; the nearest: @must, @backup, @should`,
		},
		"a bad expression": {[]string{"@must and"}, nil, `"@must and" is not a tag expression: unexpected end`},
		"a bad glob":       {[]string{"CVSI-[A"}, nil, `"CVSI-[A" is not a glob: syntax error in pattern`},
		"all skipped": {
			[]string{"@must"}, []string{"*-01"}, "the selection is empty: everything that was selected is also skipped",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := Select(catalogue(), c.only, c.skip)
			var selection *SelectionError
			require.ErrorAs(t, err, &selection)
			assert.EqualError(t, err, c.want)
		})
	}
	assert.Equal(t, "CVSI-TRAIN-02", Nearest(catalogue(), "TRAIN-02")[0])
}
