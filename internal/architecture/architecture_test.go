package architecture_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const module = "github.com/cvconform/cvconform"

// layers are the packages of the module from the top to the bottom: a package
// imports only from the layers below its own.
func layers() [][]string {
	return [][]string{
		{"cmd/cvconform", "internal/architecture"},
		{"internal/cli", "fakes/azurite/image"},
		{"internal/serve", "fakes/customvisiontest"},
		{"steps"},
		{"internal/verify"},
		{"internal/certify"},
		{"internal/drift", "internal/plan", "internal/preflight", "internal/selftest"},
		{"internal/session"},
		{"internal/cleanup", "internal/preflight/finding"},
		{
			"internal/engine",
			"internal/observe/poller",
			"internal/engine/perform",
			"internal/target",
			"internal/testkit/azuritetls",
		},
		{"internal/evidence/replay"},
		{
			"internal/check",
			"internal/estimate",
			"fakes/azurite",
			"internal/observe/gateway",
			"internal/storage",
			"internal/testkit",
			"internal/testkit/cloud",
			"internal/testkit/secrets",
			"fakes/storageaccount",
			"internal/tlscert",
		},
		{"internal/check/seen"},
		{
			"internal/check/effect",
			"internal/evidence/recording",
			"internal/trainingapi/client",
			"internal/trainingapi/dataset",
		},
		{"internal/trainingapi", "internal/docker", "internal/observe"},
		{"internal/evidence/bundle", "internal/selftest/result", "internal/compare"},
		{"internal/evidence/redact"},
		{"internal/evidence"},
		{"fakes/customvision/seed"},
		{
			"features",
			"features/schemas",
			"fakes/customvision",
			"internal/budget",
			"internal/check/interval",
			"internal/clock",
			"internal/diff",
			"internal/naming",
			"internal/trainingapi/dataset/synthetic",
			"internal/reading",
			"internal/userr",
			"internal/version",
			"steps/report",
			"internal/engine/situation",
			"internal/testkit/schema",
			"internal/testkit/golden",
			"internal/output",
			"internal/gotest",
		},
		{"fakes/customvision/control", "fakes/customvision/defect"},
		{"fakes/customvision/azurestorage"},
		{
			"fakes/customvision/fault",
			"fakes/customvision/filter",
			"fakes/customvision/journal",
			"fakes/customvision/internal/trainedmodel",
			"fakes/customvision/outbound",
			"fakes/azurite/devaccount",
			"fakes/identity",
			"internal/jsonfile",
			"internal/textfmt",
		},
	}
}

// nestedModules are the folders that are modules of their own: they have no
// layer, but every other rule holds for them too.
func nestedModules() []string { return []string{"fakes/clients"} }

// A source is one Go file of the tree.
type source struct {
	folder, name string // the folder as in an import path below the module's
	file         *ast.File
}

func (s source) test() bool { return strings.HasSuffix(s.name, "_test.go") }

func (s source) in(folder string) bool {
	return s.folder == folder || strings.HasPrefix(s.folder, folder+"/")
}

// nested says whether the file belongs to a module of its own.
func (s source) nested() bool { return slices.ContainsFunc(nestedModules(), s.in) }

// imports are the paths that the file imports; those of the module as in layers.
func (s source) imports() []string {
	var out []string
	for _, i := range s.file.Imports {
		p, err := strconv.Unquote(i.Path.Value)
		if err == nil {
			out = append(out, strings.TrimPrefix(p, module+"/"))
		}
	}
	return out
}

// uses says whether the file uses that name of a package, such as time.Now.
func (s source) uses(pkg, name string) bool {
	found := false
	ast.Inspect(s.file, func(n ast.Node) bool {
		if selector, ok := n.(*ast.SelectorExpr); ok && selector.Sel.Name == name {
			id, ok := selector.X.(*ast.Ident)
			found = found || ok && id.Name == pkg
		}
		return !found
	})
	return found
}

// sources parses every Go file of the tree but those below testdata.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	require.NoError(t, filepath.WalkDir("../..", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && d.Name() != "..") {
			return fs.SkipDir
		}
		if d.IsDir() || filepath.Ext(p) != ".go" {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.SkipObjectResolution)
		rel := strings.TrimPrefix(filepath.ToSlash(p), "../../")
		all = append(all, source{path.Dir(rel), path.Base(rel), file})
		return err
	}))
	require.Greater(t, len(all), 100)
	return all
}

func TestImportsRunDownwards(t *testing.T) {
	rank := map[string]int{}
	for i, layer := range layers() {
		for _, p := range layer {
			rank[p] = i + 1
		}
	}
	found := map[string]bool{}
	for _, s := range sources(t) {
		if s.test() || s.nested() {
			continue
		}
		found[s.folder] = true
		assert.NotZero(t, rank[s.folder], "package %s has no layer yet", s.folder)
		for _, i := range s.imports() {
			if rank[i] != 0 {
				assert.Greater(t, rank[i], rank[s.folder], "%s/%s imports %s", s.folder, s.name, i)
			}
		}
	}
	for p := range rank {
		assert.True(t, found[p], "package %s is gone", p)
	}
}

func TestNestedModulesAreModules(t *testing.T) {
	for _, folder := range nestedModules() {
		assert.FileExists(t, path.Join("../..", folder, "go.mod"))
	}
}

// A nested module uses cvconform as everybody does: by its command.
func TestNestedModulesImportNothingOfThisOne(t *testing.T) {
	for _, s := range sources(t) {
		for _, i := range s.file.Imports {
			assert.False(
				t,
				s.nested() && strings.Contains(i.Path.Value, module),
				"%s/%s imports %s",
				s.folder,
				s.name,
				i.Path.Value,
			)
		}
	}
}

// The fakes are services in their own right: neither they nor their tests import the harness.
func TestFakesDoNotImportTheHarness(t *testing.T) {
	for _, s := range sources(t) {
		for _, i := range s.imports() {
			if s.in("fakes/customvision") || s.in("fakes/identity") {
				assert.False(
					t,
					strings.HasPrefix(i, "internal/") || i == "steps" || i == "features",
					"%s/%s imports %s",
					s.folder,
					s.name,
					i,
				)
			}
		}
	}
}

func TestOnlyCommandsImportTheCommandLine(t *testing.T) {
	for _, s := range sources(t) {
		if slices.Contains(s.imports(), "internal/cli") {
			assert.True(t, s.in("cmd") || s.folder == "internal/cli", "%s/%s", s.folder, s.name)
		}
	}
}

// forTests are the packages that only tests import.
func forTests() []string {
	return []string{
		"fakes/storageaccount",
		"internal/testkit",
		"internal/testkit/azuritetls",
		"internal/testkit/cloud",
		"internal/testkit/golden",
		"internal/testkit/schema",
		"internal/testkit/secrets",
	}
}

func TestOnlyTestsImportWhatIsForTests(t *testing.T) {
	for _, s := range sources(t) {
		if s.test() || slices.Contains(forTests(), s.folder) {
			continue
		}
		for _, i := range s.imports() {
			assert.NotContains(t, forTests(), i, "%s/%s", s.folder, s.name)
		}
	}
}

// Verdicts and reports are functions of the recorded evidence, and the fake's models are functions of their training
// data.
func TestPurePackagesUseNoFilesNetworkOrClock(t *testing.T) {
	for _, s := range sources(t) {
		pure := s.in("internal/check") || s.in("steps/report") || s.in("internal/selftest/result") ||
			s.in("fakes/customvision/internal/trainedmodel")
		if s.test() || !pure {
			continue
		}
		for _, world := range []string{"net", "net/http", "os", "os/exec", "syscall", "log"} {
			assert.NotContains(t, s.imports(), world, "%s/%s", s.folder, s.name)
		}
		for _, clock := range clockFunctions() {
			assert.False(t, s.uses("time", clock), "%s/%s uses time.%s", s.folder, s.name, clock)
		}
	}
}

// clockFunctions returns the functions of package time that read the clock or wait.
func clockFunctions() []string {
	return []string{"Now", "Since", "Until", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick"}
}

func TestTheClockIsReadInFewPlaces(t *testing.T) {
	clocks := []string{
		"cmd/cvconform/main.go",
		"internal/clock/clock.go",
		"fakes/customvision/clock.go",
		"fakes/identity/identity.go",
		"internal/observe/gateway/options.go",
	}
	for _, s := range sources(t) {
		if !s.test() && !slices.Contains(forTests(), s.folder) && s.uses("time", "Now") {
			assert.Contains(t, clocks, s.folder+"/"+s.name)
		}
	}
}

func TestNothingSleeps(t *testing.T) {
	for _, s := range sources(t) {
		assert.False(t, s.uses("time", "Sleep"), "%s/%s", s.folder, s.name)
	}
}

func TestOnlyCommandsExit(t *testing.T) {
	for _, s := range sources(t) {
		if !s.test() && s.uses("os", "Exit") {
			assert.Equal(t, "main", s.file.Name.Name, "%s/%s", s.folder, s.name)
		}
	}
}

func TestNothingHappensOnImport(t *testing.T) {
	for _, s := range sources(t) {
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil {
				assert.NotEqual(t, "init", f.Name.Name, "%s/%s", s.folder, s.name)
			}
		}
	}
}

// The tree is the table of contents. Build results are not part of it.
func TestTheTopLevel(t *testing.T) {
	entries, err := os.ReadDir("../..")
	require.NoError(t, err)
	var got []string
	for _, e := range entries {
		built := e.Name() == "bin" || e.Name() == "coverage.out"
		if !built && !strings.HasPrefix(e.Name(), ".") && e.Name() != "LICENSE" {
			got = append(got, e.Name())
		}
	}
	assert.ElementsMatch(
		t,
		[]string{"features", "steps", "fakes", "internal", "cmd", "go.mod", "go.sum", "Makefile", "README.md"},
		got,
	)
}
