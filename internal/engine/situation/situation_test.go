package situation_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/internal/engine/situation"
)

// The acts that the tests combine.
var (
	both      = situation.Integrations{Queue: true, Container: true}
	create    = situation.Act{Verb: situation.Create, Storage: both}
	bare      = situation.Act{Verb: situation.Create}
	provoked  = situation.Act{Verb: situation.Create, Storage: both, FailureMode: situation.TrainingFailure}
	train     = situation.Act{Verb: situation.Train}
	update    = situation.Act{Verb: situation.Update, Change: situation.MoveStorage, Storage: both}
	read      = situation.Act{Verb: situation.Read, KeyHeader: "training-key"}
	withNoKey = situation.Act{Verb: situation.Attempt, Storage: both, Key: "none"}
	badQueue  = situation.Act{Verb: situation.Attempt, Storage: both, Queue: situation.Missing}
)

func export(platform string) situation.Act {
	return situation.Act{Verb: situation.Export, Platform: platform}
}

func of(acts ...situation.Act) situation.Situation { return situation.Situation{Acts: acts} }

func TestActString(t *testing.T) {
	for want, act := range map[string]situation.Act{
		"create(both)": create,
		"create(none)": bare,
		"create(queue,body)": {
			Verb: situation.Create, Storage: situation.Integrations{Queue: true}, Body: true,
		},
		"create(container,pair,shared)": {
			Verb: situation.Create, Storage: situation.Integrations{Container: true}, Pair: true, Shared: true,
		},
		"create(both,fails=training)": provoked,
		"create(queue,pair,shared-queue)": {
			Verb: situation.Create, Storage: situation.Integrations{Queue: true}, Pair: true, SharedQueue: true,
		},
		"create(both,detection)":                      {Verb: situation.Create, Storage: both, Detection: true},
		"read(training-key)":                          read,
		"update(move-storage,both)":                   update,
		"update(names-only,none)":                     {Verb: situation.Update, Change: situation.NamesOnly},
		"train":                                       train,
		"export(ONNX)":                                export("ONNX"),
		"attempt(both,key=none,queue=,container=)":    withNoKey,
		"attempt(both,key=,queue=missing,container=)": badQueue,
	} {
		assert.Equal(t, want, act.String())
	}
}

func TestActTitle(t *testing.T) {
	for want, act := range map[string]situation.Act{
		"create a project with both URIs":               create,
		"create a project with no URI":                  bare,
		"create a project with a queue URI":             {Verb: situation.Create, Storage: situation.Integrations{Queue: true}},
		"create a project with a container URI":         {Verb: situation.Create, Storage: situation.Integrations{Container: true}},
		"update the project (move-storage)":             update,
		"train the project":                             train,
		"export the iteration as CoreML":                export("CoreML"),
		"attempt to create a project":                   withNoKey,
		"read the project with the key in training-key": read,
	} {
		assert.Equal(t, want, act.Title())
	}
}

func TestKeyAndNodes(t *testing.T) {
	for name, c := range map[string]struct {
		situation situation.Situation
		key       string
		nodes     []string
	}{
		"nothing": {of(), "", nil},
		"a trunk": {of(create, train), "create(both) > train", []string{"create(both)", "create(both) > train"}},
		"exports at the end": {
			of(create, train, export("CoreML"), export("ONNX")),
			"create(both) > train > export(CoreML) > export(ONNX)",
			[]string{
				"create(both)", "create(both) > train", "create(both) > train > export(CoreML)",
				"create(both) > train > export(ONNX)",
			},
		},
		"an export in the middle is part of the trunk": {
			of(create, train, export("CoreML"), update),
			"create(both) > train > export(CoreML) > update(move-storage,both)",
			[]string{"create(both)", "create(both) > train", "create(both) > train > export(CoreML)",
				"create(both) > train > export(CoreML) > update(move-storage,both)"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.key, c.situation.Key())
			assert.Equal(t, c.nodes, c.situation.Nodes())
		})
	}
}

func TestWithDoesNotChangeTheSituation(t *testing.T) {
	trunk := of(create).With(train)
	first, second := trunk.With(export("CoreML")), trunk.With(export("ONNX"))
	assert.Equal(t, export("CoreML"), first.Last())
	assert.Equal(t, export("ONNX"), second.Last())
	assert.Equal(t, train, trunk.Last())
	assert.Equal(t, situation.Act{}, of().Last())
}

func TestTreeKey(t *testing.T) {
	for name, c := range map[string]struct {
		situation situation.Situation
		want      string
	}{
		"a create":                 {of(create), "create(both)"},
		"a training shares":        {of(create, train), "create(both)"},
		"exports share":            {of(create, train, export("CoreML")), "create(both)"},
		"an update does not share": {of(create, update), "create(both) > update(move-storage,both)"},
		"exports after an update":  {of(create, update, train, export("ONNX")), "create(both) > update(move-storage,both)"},
		"a second training shares": {of(create, train, train), "create(both)"},
		"a training after an export": {
			of(create, train, export("ONNX"), train), "create(both) > train > export(ONNX) > train",
		},
		"a provoked failure": {of(provoked, train), "create(both,fails=training)"},
		"an attempt":         {of(create, withNoKey), "create(both) > attempts"},
		"a read shares":      {of(create, read), "create(both)"},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, c.want, c.situation.TreeKey()) })
	}
}

func TestIsExclusive(t *testing.T) {
	for name, c := range map[string]struct {
		situation situation.Situation
		want      bool
	}{
		"no URI":                {of(bare), true},
		"no URI, trained":       {of(bare, train, export("CoreML")), true},
		"a queue":               {of(create, train), false},
		"no URI, then updated":  {of(bare, update), false},
		"an attempt":            {of(create, withNoKey), true},
		"an update of the name": {of(bare, situation.Act{Verb: situation.Update, Change: situation.NamesOnly}), false},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, c.want, c.situation.IsExclusive()) })
	}
}

func TestIntegrationsAny(t *testing.T) {
	assert.False(t, situation.Integrations{}.Any())
	assert.True(t, situation.Integrations{Queue: true}.Any())
	assert.True(t, situation.Integrations{Container: true}.Any())
}
