package cli

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/pflag"
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

// Errors, hints and other texts of lower layers name fields of the Go API. Literals are
// exempt if they are arguments of a command that the file itself builds.
func TestOnlyThisPackageNamesFlags(t *testing.T) {
	exempt := map[string]string{
		"../../internal/target/container.go":            "arguments of cvconform serve in a container",
		"../../internal/testkit/azuritetls/ordinary.go": "arguments of Azurite",
		"../../steps/report/explain.go":                 "a command for one requirement",
	}
	flags := map[string]bool{}
	for _, c := range newRoot(Runtime{Env: func(string) string { return "" }}).Commands() {
		c.Flags().VisitAll(func(f *pflag.Flag) { flags[f.Name] = true })
	}
	flag := regexp.MustCompile(`--([a-z][A-Za-z-]+)`)
	for _, root := range []string{"../../steps", "../../internal"} {
		require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") ||
				exempt[path] != "" || filepath.Dir(path) == "../../internal/cli" {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
					for _, m := range flag.FindAllStringSubmatch(literal.Value, -1) {
						assert.False(t, flags[m[1]], "%s: %s", path, literal.Value)
					}
				}
				return true
			})
			return nil
		}))
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

// flagNames returns the flags among the words of a source.
func flagNames(source string) []string {
	var names []string
	for _, word := range strings.Fields(source) {
		if name, found := strings.CutPrefix(word, "--"); found {
			names = append(names, name)
		}
	}
	return names
}
