package cli

import (
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/serve"
	"github.com/cvconform/cvconform/steps"
)

// Every field that users set in Go has an entry, every entry is a field, and every flag
// of an entry exists.
func TestFieldSourcesAreComplete(t *testing.T) {
	root := newRoot(Runtime{Env: func(string) string { return "" }})
	sources := fieldSources()
	checked := 0
	for command, config := range map[string]any{
		"run": steps.Config{}, "clean": steps.CleanConfig{}, "selftest": steps.SelftestConfig{}, "drift": steps.DriftConfig{},
		"serve": serve.Options{},
	} {
		c, _, err := root.Find([]string{command})
		require.NoError(t, err)
		for _, name := range fieldNames("", reflect.TypeOf(config)) {
			source, found := sources[name]
			if assert.True(t, found, "%s has no entry", name) {
				checked++
			}
			for _, flag := range flagNames(source) {
				assert.NotNil(t, c.Flags().Lookup(flag), "%s: cvconform %s has no flag --%s", name, command, flag)
			}
		}
	}
	assert.Len(t, sources, checked, "every entry is a field")
}

// fieldNames returns the exported fields of a configuration as messages name them.
func fieldNames(prefix string, config reflect.Type) []string {
	var names []string
	prefix += config.Name() + "."
	for i := range config.NumField() {
		field := config.Field(i)
		switch {
		case !field.IsExported():
		case field.Type == reflect.TypeFor[serve.TLS]():
			names = append(names, fieldNames(prefix, field.Type)...)
		default:
			names = append(names, prefix+field.Name)
		}
	}
	return names
}

func TestFunctionCommandsExist(t *testing.T) {
	root := newRoot(Runtime{Env: func(string) string { return "" }})
	for function, command := range functionCommands() {
		words := strings.Fields(command)
		c, _, err := root.Find(words[1:2])
		require.NoError(t, err, function)
		for _, flag := range flagNames(command) {
			assert.NotNil(t, c.Flags().Lookup(flag), command)
		}
	}
}

func TestInFlags(t *testing.T) {
	for message, want := range map[string]string{
		"set Config.Target":                            "set --target",
		"Config.Storage azure, Config.BlobAccount X":   "--storage azure, --blob-account X",
		"steps.Clean with CleanConfig.Run 7 does it":   "cvconform clean --run 7 does it",
		"see steps.Plan, then set Config.Yes.":         "see cvconform plan, then set --yes.",
		"Config.Progress and Config.Nothing stay":      "Config.Progress and Config.Nothing stay",
		"Options.TLS.Key and Options.TLS.Certificate":  "--tls-key and --tls-cert",
		"SelftestConfig.All, DriftConfig.Ignore":       "--all, --ignore",
		"check Config.TrainingKey":                     "check CVCONFORM_TRAINING_KEY or --training-key-file",
		"MyConfig.Target is not one of ours":           "MyConfig.Target is not one of ours",
		"a budget in Config.Budgets (training) larger": "a budget in --budget (training) larger",
	} {
		assert.Equal(t, want, inFlags(message))
	}
}
