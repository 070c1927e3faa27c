package cli_test

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/cli"
	"github.com/cvconform/cvconform/internal/testkit/schema"
	"github.com/cvconform/cvconform/steps/report"
)

// noStorage is the connection string of storage that does not respond.
const noStorage = "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;" +
	"BlobEndpoint=http://127.0.0.1:1/a;QueueEndpoint=http://127.0.0.1:1/a"

// staleReports returns the paths of the reports of an earlier run, and the flags that name them.
func staleReports(t *testing.T) (json, junit string, flags []string) {
	t.Helper()
	folder := t.TempDir()
	json, junit = filepath.Join(folder, "report.json"), filepath.Join(folder, "report.xml")
	for _, path := range []string{json, junit} {
		require.NoError(t, os.WriteFile(path, []byte("of yesterday"), 0o600))
	}
	return json, junit, []string{"--report", "json=" + json, "--report=junit=" + junit}
}

// The reports of an earlier run are replaced, whatever prevents the run.
func TestReportsOfARunThatDidNotBegin(t *testing.T) {
	for name, c := range map[string]struct {
		args          []string
		code          int
		kind, message string
		hint          string
	}{
		"flag":      {[]string{"run", "--no-such-flag"}, cli.Usage, "usage", "unknown flag: --no-such-flag", "cvconform run --help lists the flags"},
		"argument":  {[]string{"run", "fake"}, cli.Usage, "usage", `unknown command "fake" for "cvconform run"`, ""},
		"duration":  {[]string{"run", "--budget", "training=soon"}, cli.Usage, "usage", "--budget training=soon", "durations look like"},
		"target":    {[]string{"run", "--target", "somewhere"}, cli.Usage, "usage", `unknown target "somewhere"`, ""},
		"no key":    {[]string{"run", "--target", "http://localhost:1"}, cli.Usage, "usage", "needs its training key", "set CVCONFORM_TRAINING_KEY or --training-key-file"},
		"profile":   {[]string{"run", "--profile", "some"}, cli.Usage, "usage", `unknown profile "some"`, ""},
		"selection": {[]string{"run", "--only", "CVSI-TRIAN-01"}, cli.Usage, "usage", "matches no requirement", "cvconform list"},
		"storage":   {[]string{"run", "--storage", "external"}, cli.Environment, "environment", "127.0.0.1:1", ""},
		"certify":   {[]string{"certify", "--only", "CVSI-TRAIN-01", "--certificate", "c.md"}, cli.Usage, "usage", "takes no selection", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			require.NoError(t, os.WriteFile("c.md", []byte("of yesterday"), 0o600))
			json, junit, flags := staleReports(t)
			w := runtime(&stream{}, &stream{}, append(c.args, flags...)...)
			w.Env = func(name string) string { return map[string]string{"AZURE_STORAGE_CONNECTION_STRING": noStorage}[name] }
			require.Equal(t, c.code, cli.Run(t.Context(), w))

			content, err := os.ReadFile(json)
			require.NoError(t, err)
			require.NoError(t, schema.Validate(t, report.JSONSchema(), string(content)), string(content))
			r, err := report.ReadJSON(content)
			require.NoError(t, err)
			assert.False(t, r.Run.Complete)
			assert.Equal(t, report.Invalid, r.Verdict)
			assert.Equal(t, c.kind, r.Error.Kind)
			assert.Contains(t, r.Error.Message, c.message)
			assert.Contains(t, r.Error.Hint, c.hint)
			assertJUnitError(t, junit, c.kind)
			if c.args[0] == "certify" {
				content, err := os.ReadFile("c.md")
				require.NoError(t, err)
				assert.Contains(t, string(content), "This is not a certificate")
				assert.Contains(t, string(content), c.message)
			}
		})
	}
}

// assertJUnitError asserts that a JUnit report has one case, which is an error of that type.
func assertJUnitError(t *testing.T, path, kind string) {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	var suites struct {
		Tests  int `xml:"tests,attr"`
		Errors int `xml:"errors,attr"`
		Cases  []struct {
			Error struct {
				Type string `xml:"type,attr"`
			} `xml:"error"`
		} `xml:"testsuite>testcase"`
	}
	require.NoError(t, xml.Unmarshal(content, &suites))
	assert.Equal(t, []int{1, 1, 1}, []int{suites.Tests, suites.Errors, len(suites.Cases)})
	assert.Equal(t, kind, suites.Cases[0].Error.Type)
}

// A report that another program reads from standard output is there too.
func TestReportOfARunThatDidNotBeginOnStandardOutput(t *testing.T) {
	stdout := &stream{}
	require.Equal(
		t,
		cli.Usage,
		cli.Run(t.Context(), runtime(stdout, &stream{}, "run", "--report", "json=-", "--storage", "tape")),
	)
	r, err := report.ReadJSON([]byte(stdout.String()))
	require.NoError(t, err)
	assert.Contains(t, r.Error.Message, `unknown storage "tape"`)
}

// The files of a self-test and of a drift have other formats: those of yesterday are deleted.
func TestOtherCommandsDeleteTheReportsOfYesterday(t *testing.T) {
	for _, args := range [][]string{{"selftest", "--defect", "no-such-*"}, {"drift", "no-such-folder"}} {
		json, _, _ := staleReports(t)
		require.Equal(
			t,
			cli.Usage,
			cli.Run(t.Context(), runtime(&stream{}, &stream{}, append(args, "--report", "json="+json)...)),
		)
		assert.NoFileExists(t, json)
	}
}
