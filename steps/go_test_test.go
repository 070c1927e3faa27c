package steps

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/azurite"
	"github.com/cvconform/cvconform/fakes/customvision"
	"github.com/cvconform/cvconform/fakes/customvision/azurestorage"
	"github.com/cvconform/cvconform/internal/testkit"
	"github.com/cvconform/cvconform/internal/testkit/schema"
	"github.com/cvconform/cvconform/steps/report"
)

// serviceTest is the test of a module that uses cvconform. Its service is an http.Handler.
const serviceTest = `package service

import (
	"net/http"
	"os"
	"testing"

	"github.com/cvconform/cvconform/fakes/customvision"
	"github.com/cvconform/cvconform/fakes/customvision/azurestorage"
	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/fakes/customvisiontest"
	"github.com/cvconform/cvconform/steps"
)

func TestConsumer(t *testing.T) {
	w := customvisiontest.Start(t, customvision.Options{})
	project := w.Project(t, "fruit")
	w.FailNextTraining()
	iteration := w.Train(t, project)
	if m := w.WaitForMessage(t, "TrainingFailed"); m.IterationID != iteration {
		t.Errorf("%+v", m)
	}
}

func TestConformance(t *testing.T) {
	steps.Test(t, steps.Config{Start: steps.Handler(func(e steps.Environment) http.Handler {
		storage, err := azurestorage.New(azurestorage.Options{ConnectionString: e.ConnectionString})
		if err != nil {
			t.Fatal(err)
		}
		o := customvision.Options{TrainingKey: e.TrainingKey, Storage: storage}
		if name := os.Getenv("DEFECT"); name != "" {
			if o.Defects, err = defect.Choose(name); err != nil {
				t.Fatal(err)
			}
		}
		return customvision.New(o)
	})})
}
`

// A serviceModule is a module outside of this one, with the test of a service.
type serviceModule struct {
	folder, program string
	env             []string
}

// newServiceModule writes the module. Its dependencies are those of this module.
func newServiceModule(t *testing.T, connection string) *serviceModule {
	t.Helper()
	m := &serviceModule{folder: t.TempDir(), env: append(os.Environ(),
		"GOFLAGS="+os.Getenv("GOFLAGS")+" -mod=mod", "GOPROXY=off", "GOWORK=off",
		"CVCONFORM_STORAGE=external", "AZURE_STORAGE_CONNECTION_STRING="+connection)}
	m.program = filepath.Join(m.folder, "service.test")
	own, err := filepath.Abs("..")
	require.NoError(t, err)
	requirements, err := os.ReadFile("../go.mod")
	require.NoError(t, err)
	sums, err := os.ReadFile("../go.sum")
	require.NoError(t, err)
	const name = "github.com/cvconform/cvconform"
	mod := strings.Replace(string(requirements), "module "+name, "module example.com/service", 1) +
		"\nrequire " + name + " v0.0.0\nreplace " + name + " => " + own + "\n"
	for file, content := range map[string]string{"go.mod": mod, "go.sum": string(sums), "service_test.go": serviceTest} {
		require.NoError(t, os.WriteFile(filepath.Join(m.folder, file), []byte(content), 0o600))
	}
	return m
}

// A testResult is the result of go test.
type testResult struct {
	code   int
	output string                       // of all tests
	states map[string]string            // of the tests: pass, fail or skip
	times  map[string]float64           // of the tests, in seconds
	attrs  map[string]map[string]string // of the tests
}

// run runs a command in the module, which prints the events of go test -json.
func (m *serviceModule) run(t *testing.T, env []string, command ...string) testResult {
	t.Helper()
	c := exec.CommandContext(t.Context(), command[0], command[1:]...)
	c.Dir, c.Env = m.folder, slices.Concat(m.env, env)
	var stderr bytes.Buffer
	c.Stderr = &stderr
	text, err := c.Output()
	if _, exited := err.(*exec.ExitError); !exited {
		require.NoError(t, err, stderr.String())
	}
	r := testResult{
		code: c.ProcessState.ExitCode(), output: stderr.String(),
		states: map[string]string{}, times: map[string]float64{}, attrs: map[string]map[string]string{},
	}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		var e struct {
			Action, Test, Output, Key, Value string
			Elapsed                          float64
		}
		require.NoError(t, json.Unmarshal(lines.Bytes(), &e), "%s\n%s", text, stderr.String())
		switch e.Action {
		case "output":
			r.output += e.Output
		case "attr":
			if r.attrs[e.Test] == nil {
				r.attrs[e.Test] = map[string]string{}
			}
			r.attrs[e.Test][e.Key] = e.Value
		case "pass", "fail", "skip":
			r.states[e.Test], r.times[e.Test] = e.Action, e.Elapsed
		}
	}
	return r
}

// runTest runs the program of the test, which an earlier go test has built.
func (m *serviceModule) runTest(t *testing.T, env []string, flags ...string) testResult {
	t.Helper()
	return m.run(t, env, append([]string{"go", "tool", "test2json", m.program, "-test.v=test2json"}, flags...)...)
}

// runID matches the line with the id and the time of a run.
var runID = regexp.MustCompile(`run (\d{8}t\d{6}-[0-9a-f]{8}) of \d{4}-\d\d-\d\dT`)

// A module outside of this one judges a handler by go test.
func TestGoTestOfAHandler(t *testing.T) {
	testkit.RequireNode(t)
	storage, err := azurite.Start(t.Context(), azurite.Options{Kind: azurite.Process})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, storage.Stop(context.WithoutCancel(t.Context()))) })
	m := newServiceModule(t, storage.ConnectionString())
	const id, scenario = "CVSI-TRAIN-01", "TestConformance/CVSI-TRAIN-01" // its training takes time

	var ids []string
	for range 2 {
		r := m.run(t, nil, "go", "test", "-json", "-o", m.program, "-run", "^TestConformance$/^"+id+"$", ".")
		require.Zero(t, r.code, r.output)
		assert.NotContains(t, r.output, "(cached)")
		require.Regexp(t, runID, r.output)
		ids = append(ids, runID.FindStringSubmatch(r.output)[1])
		assert.Equal(t, "pass", r.states[scenario])
		assert.Equal(t, map[string]string{"requirement": id, "level": "must", "verdict": "passed"}, r.attrs[scenario])
		assert.Equal(t, ids[len(ids)-1], r.attrs["TestConformance"]["run"])
		assert.Positive(t, r.times[scenario], "a subtest has the duration of its situation")
		assert.Len(t, r.states, 4, "the package, the test, one requirement with one scenario")
	}
	assert.NotEqual(t, ids[0], ids[1])

	t.Run("red", func(t *testing.T) {
		t.Parallel()
		r := m.runTest(t, []string{"DEFECT=no-backup"}, "-test.run", "TestConformance/CVSI-BACKUP-01|TestOther", "-test.artifacts",
			"-test.outputdir", t.TempDir())
		assert.Equal(t, 1, r.code)
		assert.Contains(t, r.output, "CVSI-BACKUP-01 (must) failed")
		assert.Contains(t, r.output,
			"rerun      go test -count=1 -run '^TestConformance$/^CVSI-BACKUP-01$' example.com/service")
		folder := regexp.MustCompile(`the report and the evidence are in (\S+)`).FindStringSubmatch(r.output)
		require.NotEmpty(t, folder, r.output)
		content, err := os.ReadFile(filepath.Join(folder[1], "report.json"))
		require.NoError(t, err)
		require.NoError(t, schema.Validate(t, report.JSONSchema(), string(content)))
		v, err := Verify(t.Context(), filepath.Join(folder[1], "evidence.zip"), nil)
		require.NoError(t, err)
		assert.Empty(t, v.Findings)
		assert.FileExists(t, filepath.Join(folder[1], "report.xml"))
	})
	t.Run("consumer", func(t *testing.T) {
		t.Parallel()
		r := m.runTest(t, nil, "-test.run", "TestConsumer")
		assert.Equal(t, "pass", r.states["TestConsumer"], r.output)
	})
	t.Run("strict", func(t *testing.T) {
		t.Parallel()
		flags := []string{"-test.run", "TestConformance/CVSI-TRAIN-07"}
		r := m.runTest(t, []string{"DEFECT=training-message-twice"}, flags...)
		assert.Zero(t, r.code, r.output)
		r = m.runTest(t, []string{"DEFECT=training-message-twice", "CVCONFORM_STRICT=true"}, flags...)
		assert.Equal(t, 1, r.code)
		assert.Contains(t, r.output, "CVSI-TRAIN-07 (should) warned")
		assert.Contains(t, r.output, "go test -artifacts keeps")
	})
	t.Run("no time", func(t *testing.T) {
		t.Parallel()
		testStoppedRun(t, storage.ConnectionString())
	})
	t.Run("not begun", func(t *testing.T) {
		t.Parallel()
		r := m.runTest(t, []string{"CVCONFORM_RATE=0.01"}, "-test.timeout", "10m")
		assert.Equal(t, 1, r.code)
		assert.Regexp(t, `the run takes about \S+, but go test ends the test after 10m0s: give go test -timeout \d+m`, r.output)
		r = m.runTest(t, []string{"CVCONFORM_ONLY=CVSI-TRIAN-01"})
		assert.Equal(t, 1, r.code)
		assert.Contains(t, r.output, "matches no requirement")
		r = m.runTest(t, nil, "-test.run", "TestConformance/TestOther")
		assert.Zero(t, r.code, r.output)
		assert.Equal(t, "skip", r.states["TestConformance"])
	})
}

// testStoppedRun stops a run when its only training begins: the report is partial, and the error
// says why.
func testStoppedRun(t *testing.T, connection string) {
	t.Helper()
	ctx, stop := context.WithCancelCause(t.Context())
	c := Config{Storage: "external", ConnectionString: connection, Only: []string{"CVSI-CREATE-06", "CVSI-TRAIN-01"}}
	c.Start = Handler(func(e Environment) http.Handler {
		storage, err := azurestorage.New(azurestorage.Options{ConnectionString: e.ConnectionString})
		require.NoError(t, err)
		fake := customvision.New(customvision.Options{TrainingKey: e.TrainingKey, Storage: storage})
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/train") {
				stop(errors.New("no time is left"))
			}
			fake.ServeHTTP(w, r)
		})
	})
	r, err := c.runUntil(ctx, nil)
	require.EqualError(t, err, "no time is left")
	assert.Equal(t, report.NotRun, verdicts(r)["CVSI-TRAIN-01"])
	assert.False(t, r.Run.Complete)
	assert.Equal(t, "function", r.Run.Target.Kind)
}
