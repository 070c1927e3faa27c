package situation_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/engine/situation"
)

func keysByTree(plan []*situation.ActTree) map[string][]string {
	out := map[string][]string{}
	for _, tree := range plan {
		out[tree.Key] = tree.Keys()
	}
	return out
}

func TestPlanTrainsOnceForFivePlatforms(t *testing.T) {
	var all []situation.Situation
	for _, p := range []string{"CoreML", "TensorFlow", "ONNX", "DockerFile", "VAIDK"} {
		all = append(all, of(create, train, export(p)))
	}
	assert.Equal(t, map[string][]string{"create(both)": {
		"create(both)", "create(both) > train", "create(both) > train > export(CoreML)",
		"create(both) > train > export(TensorFlow)",
		"create(both) > train > export(ONNX)",
		"create(both) > train > export(DockerFile)", "create(both) > train > export(VAIDK)",
	}}, keysByTree(situation.Plan(all)))
}

func TestPlanSharesExportsBetweenSituations(t *testing.T) {
	plan := situation.Plan([]situation.Situation{
		of(create, train, export("CoreML"), export("ONNX")), of(create, train, export("ONNX")), of(create), of(create, train),
	})
	assert.Equal(t, map[string][]string{"create(both)": {
		"create(both)", "create(both) > train", "create(both) > train > export(CoreML)",
		"create(both) > train > export(ONNX)",
	}}, keysByTree(plan))
}

func TestUpdateAndProvokedFailureGetTheirOwnProject(t *testing.T) {
	plan := situation.Plan([]situation.Situation{
		of(create, train), of(create, update), of(provoked, train), of(create, update, train),
	})
	assert.Equal(t, map[string][]string{
		"create(both)": {"create(both)", "create(both) > train"},
		"create(both) > update(move-storage,both)": {
			"create(both)",
			"create(both) > update(move-storage,both)",
			"create(both) > update(move-storage,both) > train",
		},
		"create(both,fails=training)": {"create(both,fails=training)", "create(both,fails=training) > train"},
	}, keysByTree(plan))
}

func TestSecondTrainingFollowsTheExports(t *testing.T) {
	want := map[string][]string{
		"create(both)": {"create(both)", "create(both) > train", "create(both) > train > export(CoreML)",
			"create(both) > train > export(ONNX)", "create(both) > train > train"},
	}
	for _, situations := range [][]situation.Situation{
		{of(create, train, train), of(create, train, export("CoreML")), of(create, train, export("ONNX"))},
		{of(create, train, export("CoreML")), of(create, train, train), of(create, train, export("ONNX")), of(create, train)},
	} {
		assert.Equal(t, want, keysByTree(situation.Plan(situations)))
	}
}

func TestTreeOfAttemptsIsExclusive(t *testing.T) {
	plan := situation.Plan([]situation.Situation{of(create, train), of(create, withNoKey), of(create, badQueue), of(bare)})
	require.Len(t, plan, 3)
	assert.Equal(
		t,
		[]string{"create(both)", "create(both) > " + withNoKey.String(), "create(both) > " + badQueue.String()},
		plan[1].Keys(),
	)
	assert.Equal(t, []bool{false, true, true}, []bool{plan[0].Exclusive, plan[1].Exclusive, plan[2].Exclusive})
}

func TestProjectsOfATree(t *testing.T) {
	pair := situation.Act{Verb: situation.Create, Storage: both, Pair: true}
	for name, c := range map[string]struct {
		situation situation.Situation
		want      int
	}{
		"nothing":                     {of(), 0},
		"one project":                 {of(create, train, export("ONNX")), 1},
		"one project, updated":        {of(create, update, train), 1},
		"a pair":                      {of(pair, train, export("ONNX")), 2},
		"an attempt":                  {of(create, badQueue), 2},
		"attempts, one after another": {of(create, badQueue, withNoKey), 2},
	} {
		assert.Equal(t, c.want, situation.Plan([]situation.Situation{c.situation})[0].Projects(), name)
	}
}

func TestPlanKeepsTheOrderOfFirstAppearance(t *testing.T) {
	plan := situation.Plan([]situation.Situation{of(provoked, train), of(create), of(provoked), of(bare)})
	var keys []string
	for _, tree := range plan {
		keys = append(keys, tree.Key)
	}
	assert.Equal(t, []string{"create(both,fails=training)", "create(both)", "create(none)"}, keys)
	assert.Empty(t, situation.Plan(nil))
}

func TestOneTreePerSituationIsThePlanOfOne(t *testing.T) {
	for _, s := range everyShape() {
		assert.Equal(t, situation.Plan([]situation.Situation{s})[0], situation.OneTreePerSituation(s))
	}
}

// A check finds the acts of its situation by these keys, whichever situations share the tree.
func TestEveryNodeOfASituationIsInItsTree(t *testing.T) {
	plan := keysByTree(situation.Plan(everyShape()))
	for _, s := range everyShape() {
		acts := plan[s.TreeKey()]
		at := -1
		for _, key := range s.Nodes() {
			next := slices.Index(acts, key)
			assert.Greater(t, next, at, "%s in %s", key, s.Key())
			at = next
		}
		assert.Equal(t, s.Nodes(), situation.OneTreePerSituation(s).Keys(), "a tree of its own has no other acts")
	}
}

func TestNoActOfATreeIsPlannedTwice(t *testing.T) {
	for key, acts := range keysByTree(situation.Plan(everyShape())) {
		assert.Len(t, slices.Compact(slices.Sorted(slices.Values(acts))), len(acts), key)
	}
}

// everyShape returns one situation of each kind in the features.
func everyShape() []situation.Situation {
	return []situation.Situation{
		of(create), of(create, train), of(create, train, export("CoreML")), of(create, train, export("ONNX")),
		of(create, train, export("CoreML"), export("ONNX")), of(create, train, train), of(create, update),
		of(create, update, train), of(create, update, train, export("CoreML")), of(provoked, train),
		of(bare), of(bare, train, export("CoreML")), of(bare, update),
		of(create, withNoKey), of(create, badQueue), of(create, read),
	}
}
