package steps

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/gotest"
	"github.com/cvconform/cvconform/internal/session"
	"github.com/cvconform/cvconform/steps/report"
)

// Test judges the configured service and reports one subtest for each requirement,
// with one subtest for each of its scenarios. A broken must fails the test with all
// details, and so does a broken should if [Config.Strict] is set. A scenario that does
// not apply is skipped with its reason; warnings and observations are logged. If the
// service or the storage is not available, the test fails.
//
// A field of the configuration that is empty gets the value of the environment variable
// of its flag of cvconform run, such as CVCONFORM_TARGET, CVCONFORM_STORAGE,
// CVCONFORM_TRAINING_KEY or AZURE_STORAGE_CONNECTION_STRING.
//
// The flags of go test have these effects:
//
//   - -run and -skip select requirements by the names of their subtests. go test -run
//     'TestConformance/CVSI-TRAIN-01$' performs only the situations of that requirement.
//   - -timeout bounds the run. If the estimate of [Plan] is longer, the test fails at
//     once. A run that takes longer than estimated is stopped early enough to delete
//     everything that it created, and to report the requirements judged so far.
//   - -artifacts keeps the report and the evidence. The log of the test says where.
//   - -v shows the id and the time of the run, and the requirement, the level and the
//     verdict of each subtest as attributes.
//
// The go command does not cache the result, because the service and the storage are not
// part of the module. This depends on the version of Go; go test -count=1 never uses the
// cache.
func Test(t *testing.T, c Config) {
	t.Helper()
	gotest.PreventCaching()
	c, err := c.forTest(t)
	if err != nil {
		t.Fatalf("cvconform: %v%s", err, formatHint(err))
	}
	r, err := c.runInTest(t)
	if r == nil {
		writeArtifacts(t, ErrorReport(c, err))
		t.Fatalf("cvconform: %v%s", err, formatHint(err))
	}
	if err != nil {
		t.Errorf("cvconform: %v%s", err, formatHint(err))
	}
	for _, q := range r.Requirements {
		t.Run(q.ID, func(t *testing.T) { reportRequirement(t, r, q) })
	}
	judged, all, rest := r.MustCounts()
	t.Attr("run", r.Run.ID)
	t.Logf("run %s of %s: %s, %d of %d musts judged %s",
		r.Run.ID, r.Run.Started.Format(time.RFC3339), r.Verdict, judged, all, strings.Join(rest, ", "))
	writeArtifacts(t, r)
}

// forTest returns the configuration of a test: completed from the environment and by the
// flags of go test. It skips the test if these flags select no requirement.
func (c Config) forTest(t *testing.T) (Config, error) {
	t.Helper()
	c, err := c.withVariables(os.Getenv)
	if err != nil {
		return c, err
	}
	if c, err = c.withSubtests(t); err != nil {
		return c, err
	}
	if c.Progress == nil {
		c.Progress = func(p Progress) {
			if p.Line != "" {
				t.Log(p.Line)
			}
		}
	}
	if gotest.KeepsArtifacts() {
		c.Evidence = cmp.Or(c.Evidence, filepath.Join(t.ArtifactDir(), "evidence.zip"))
	}
	c.Rerun = cmp.Or(c.Rerun, gotest.Command(t.Name()))
	return c, nil
}

// withSubtests returns the configuration with the requirements whose subtests the flags of
// go test select.
func (c Config) withSubtests(t *testing.T) (Config, error) {
	t.Helper()
	catalogue, err := features.Load()
	if err != nil {
		return c, err
	}
	chosen, _, err := session.Criteria{Only: c.Only, Skip: c.Skip}.Select(catalogue)
	if err != nil {
		return c, err
	}
	var ids []string
	for _, q := range chosen {
		ids = append(ids, q.ID)
	}
	selected := gotest.Select(t, ids)
	switch {
	case len(selected) == 0:
		t.Skip("cvconform: the flags -run and -skip of go test select no requirement")
	case len(selected) == len(ids):
	case c.Only == nil:
		c.Only = selected
	default:
		others := slices.DeleteFunc(ids, func(id string) bool { return slices.Contains(selected, id) })
		c.Skip = slices.Concat(c.Skip, others)
	}
	return c, nil
}

// runInTest judges the service within the time limit of the test.
func (c Config) runInTest(t *testing.T) (*Report, error) {
	t.Helper()
	limit, limited := gotest.NewTimeLimit(t)
	if !limited {
		return Run(t.Context(), c)
	}
	ctx, stop := limit.Bound(t.Context())
	defer stop()
	return c.runUntil(ctx, func(f *Forecast) error {
		return limit.CheckEnough(time.Duration(f.Minutes * float64(time.Minute)))
	})
}

// runUntil judges the service until ctx ends, and returns the cause of that end.
func (c Config) runUntil(ctx context.Context, accept func(*Forecast) error) (*Report, error) {
	r, err := run(ctx, c, accept)
	if r != nil && !r.Run.Complete {
		err = errors.Join(err, context.Cause(ctx))
	}
	return r, err
}

// reportRequirement reports a requirement as a subtest.
func reportRequirement(t *testing.T, r *Report, q report.Requirement) {
	t.Helper()
	var longest int64
	for _, s := range q.Scenarios {
		t.Run(s.Name, func(t *testing.T) {
			setAttributes(t, q, s.Verdict)
			gotest.SetDuration(t, milliseconds(s.DurationMs))
			setSubtestResult(t, r, q, s)
		})
		longest = max(longest, s.DurationMs)
	}
	setAttributes(t, q, q.Verdict)
	gotest.SetDuration(t, milliseconds(longest))
}

func milliseconds(n int64) time.Duration { return time.Duration(n) * time.Millisecond }

// setAttributes sets the attributes of a subtest, which go test -json shows.
func setAttributes(t *testing.T, q report.Requirement, v report.Verdict) {
	t.Helper()
	t.Attr("requirement", q.ID)
	t.Attr("level", q.Level)
	t.Attr("verdict", string(v))
}

// setSubtestResult fails, skips or passes the subtest of a scenario by its
// verdict.
func setSubtestResult(t *testing.T, r *Report, q report.Requirement, s report.Scenario) {
	t.Helper()
	text := r.Explain(q, s)
	switch s.Verdict {
	case report.Failed, report.HarnessError, report.UnexpectedPass:
		t.Error(text)
	case report.Inconclusive, report.NotRun:
		if q.Level == "must" {
			t.Error(text)
			return
		}
		t.Skip(text)
	case report.NotApplicable:
		t.Skip(s.Reason)
	case report.Warned:
		if r.Run.Strict {
			t.Error(text)
			return
		}
		t.Log(text)
	case report.Observed:
		t.Log(text)
	}
}

// writeArtifacts writes the report, as JSON and as JUnit, to the folder of the test's artifacts, if go
// test keeps it.
func writeArtifacts(t *testing.T, r *Report) {
	t.Helper()
	if !gotest.KeepsArtifacts() {
		if t.Failed() {
			t.Log("go test -artifacts keeps the report and the evidence of the next run")
		}
		return
	}
	folder := t.ArtifactDir()
	for _, f := range []struct {
		name  string
		write func(io.Writer, *Report) error
	}{
		{"report.json", report.WriteJSON},
		{"report.xml", func(w io.Writer, r *Report) error { return report.WriteJUnit(w, r, report.JUnitOptions{}) }},
	} {
		var text bytes.Buffer
		err := f.write(&text, r)
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, f.name), text.Bytes(), 0o644)
		}
		if err != nil {
			t.Errorf("cvconform: write the report: %v", err)
		}
	}
	t.Logf("the report and the evidence are in %s", folder)
}
