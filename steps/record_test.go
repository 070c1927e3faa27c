package steps

import (
	"context"
	"encoding/base64"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/azurite"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/bundle"
	"github.com/cvconform/cvconform/internal/evidence/recording"
	"github.com/cvconform/cvconform/internal/testkit/schema"
	"github.com/cvconform/cvconform/steps/report"
)

func TestRecordingIsABundle(t *testing.T) {
	t.Parallel()
	c := defaultBudgets(serve(t, options(t)))
	c.Only, c.Evidence = []string{"CVSI-CREATE-0[12]", "CVSI-EXPORT-04"}, filepath.Join(t.TempDir(), "evidence.zip")
	r, folder := recordRun(t, c)
	opened, err := recording.Open(folder)
	require.NoError(t, err)
	assert.Equal(t, r.Run.ID, opened.Run.ID)
	assert.Equal(t, r.Run.Platforms, opened.Run.Platforms)
	assert.NotEmpty(t, opened.Run.Platforms)
	assert.Equal(t, map[string]string{"training-failure": failTraining, "export-failure": failExport}, opened.Provoked)
	assert.Equal(t, []string{"create(both)", "create(both,fails=export)"},
		[]string{opened.Situations[0].Key, opened.Situations[1].Key})
	text, err := os.ReadFile(filepath.Join(folder, bundle.RecordingFile))
	require.NoError(t, err)
	assert.NoError(t, schema.Validate(t, recording.JSONSchema(), string(text)))
	calls := map[string]bool{}
	for _, e := range opened.Unattributed {
		calls[e.Exchange.Call] = true
	}
	assert.Equal(t, map[string]bool{"GetDomains": true, "DeleteProject": true}, calls)
	for path, timelines := range map[string]int{c.Evidence: len(r.Situations), folder: len(r.Situations) + 1} {
		v, err := Verify(t.Context(), path, nil)
		require.NoError(t, err)
		assert.Empty(t, v.Findings, path)
		assert.Equal(t, scenarios(r), scenarios(v.Report))
		assert.Equal(t, timelines, v.Timelines)
	}
	b := tamperFolder(t, folder)
	b.editEvents(bundle.TimelineFile(0), func(events []evidence.Event) []evidence.Event {
		events[0].Exchange.URL = "http://other.example/domains"
		return events
	})
	b.updateManifest()
	b.writeTo(folder)
	v, err := Verify(t.Context(), folder, nil)
	require.NoError(t, err)
	require.Len(t, v.Findings, 1)
	assert.Contains(t, v.Findings[0], "timelines/000.ndjson: event 1: http://other.example/domains is not a call to ")
}

// The secrets that a service sends in every possible place are not in its recording. The replay sends placeholders for
// them, and for the contents that had some.
func TestRecordingHasNoSecret(t *testing.T) {
	t.Parallel()
	leak := canary + " AccountKey=" + azurite.AccountKey + " https://h/c/b?sv=1&sig=" + canary + "%3D&se=1 Bearer " + canary
	o := options(t)
	o.Storage = secretLeakingStorage{o.Storage, leak, zipOf(t, "config.txt", strings.Repeat(leak, 50))}
	c := defaultBudgets(serve(t, o, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Request-Id", leak)
			next.ServeHTTP(w, r)
		})
	}))
	c.Only = []string{
		"CVSI-CREATE-0[1-7]",
		"CVSI-TRAIN-0[15]",
		"CVSI-BACKUP-0*",
		"CVSI-EXPORT-0[1-6]",
		"CVSI-MESSAGE-03",
		"CVSI-ACCESS-01",
	}
	want, folder := recordRun(t, c)
	require.NoError(t, filepath.WalkDir(folder, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		for _, secret := range []string{canary, azurite.AccountKey, base64.StdEncoding.EncodeToString([]byte(canary))} {
			assert.NotContains(t, plain(string(text)), secret, name)
		}
		return err
	}))
	opened, err := recording.Open(folder)
	require.NoError(t, err)
	require.NotEmpty(t, opened.LeftOut)
	assert.Equal(t, bundle.Secret, opened.LeftOut[0].Reason)

	again := replay(folder, c)
	again.Provoke = nil
	got := runAndVerify(t, again)
	assert.Equal(t, scenarios(want), scenarios(got))
	assert.Equal(t, report.Warned, requirement(t, got, "CVSI-MESSAGE-03").Verdict)
	for _, w := range ownWarnings(got) {
		assert.Regexp(
			t,
			`^replay: the content [0-9a-f]{12}… of \d+ bytes is not in the recording \(holds a secret\): it is replaced by a placeholder$`,
			w,
		)
	}
	assert.NotEmpty(t, ownWarnings(got))
}

func TestInterruptedRecordingIsIncomplete(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(t.Context())
	c := defaultBudgets(serve(t, options(t)))
	c.Record, c.Parallel, c.Only = filepath.Join(t.TempDir(), "recording"), 1, []string{"CVSI-CREATE-0[1-6]"}
	var lines []string
	c.Progress = func(p Progress) {
		if lines = append(lines, p.Line); p.Done == 1 {
			interrupt()
		}
	}
	r, err := Run(ctx, c)
	require.NoError(t, err)
	assert.False(t, r.Run.Complete)
	assert.Equal(t, "recording: incomplete, in the folder "+c.Record, lines[len(lines)-1])
	for _, use := range []func() error{
		func() error { _, err := Run(t.Context(), replay(c.Record, Config{})); return err },
		func() error { _, err := Drift(t.Context(), DriftConfig{Recording: c.Record}); return err },
		func() error { _, err := Run(t.Context(), c); return err },
	} {
		var usage *UsageError
		assert.ErrorAs(t, use(), &usage)
		assert.Regexp(t, "it is not complete|it is not empty", use())
		assert.Regexp(t, "another folder", Hint(use()))
	}
}

// A run that judged nothing leaves no recording, and no new folder.
func TestRunThatJudgedNothingLeavesNoRecording(t *testing.T) {
	there, missing := t.TempDir(), filepath.Join(t.TempDir(), "new")
	for _, folder := range []string{there, missing} {
		_, err := Run(t.Context(), Config{Record: folder, Only: []string{"CVSI-NOTHING-01"}})
		require.ErrorContains(t, err, "matches no requirement")
	}
	left, err := os.ReadDir(there)
	require.NoError(t, err)
	assert.Empty(t, left)
	assert.NoDirExists(t, missing)
	_, err = Run(t.Context(), Config{Record: filepath.Join(missing, "deep")})
	assert.ErrorContains(t, err, "cannot write the recording to")
	assert.Equal(t, "choose a folder in an existing one", Hint(err))
}
