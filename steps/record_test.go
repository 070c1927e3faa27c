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
	"github.com/cvconform/cvconform/internal/evidence/recording"
	"github.com/cvconform/cvconform/internal/testkit/schema"

	"github.com/cvconform/cvconform/steps/report"
)

func TestARecordingSaysWhatItIsOf(t *testing.T) {
	t.Parallel()
	c := defaultBudgets(serve(t, options(t)))
	c.Only, c.Evidence = []string{"CVSI-CREATE-0[12]", "CVSI-EXPORT-04"}, filepath.Join(t.TempDir(), "evidence.zip")
	r, folder := recorded(t, c)
	head, text := headOf(t, folder)
	assert.NoError(t, schema.Validate(t, recording.JSONSchema(), string(text)))
	assert.True(t, head.Complete)
	assert.Equal(
		t,
		[]any{r.Run.ID, string(r.Verdict), "endpoint", c.Target, "v3.3", "full", "gateway"},
		[]any{
			head.Run,
			head.Verdict,
			head.Target.Kind,
			head.Target.Endpoint,
			head.Target.APIVersion,
			head.Profile,
			head.Storage.Seen,
		},
	)
	assert.Equal(t, map[string]string{"training-failure": failTraining, "export-failure": failExport}, head.Provoked)
	assert.Equal(
		t,
		[]string{"create(both)", "create(both,fails=export)"},
		[]string{head.Situations[0].Key, head.Situations[1].Key},
	)
	assert.NotEmpty(t, head.Target.Platforms)
	assert.Equal(t, r.Run.Suite.FeaturesDigest, head.Suite.FeaturesDigest)
	kept, err := recording.Report(os.DirFS(folder))
	require.NoError(t, err)
	assert.Equal(t, scenarios(r), scenarios(kept))
	v, err := Verify(t.Context(), c.Evidence, nil)
	require.NoError(t, err)
	assert.Empty(t, v.Findings, "the evidence beside it is whole")
	for _, s := range head.Situations {
		assert.FileExists(t, filepath.Join(folder, s.Timeline))
	}
	outside, err := os.ReadFile(filepath.Join(folder, head.Outside))
	require.NoError(t, err)
	for _, call := range []string{"GetDomains", "DeleteProject"} {
		assert.Contains(t, string(outside), `"call":"`+call+`"`)
	}
}

// A service that tells its secrets wherever it can tells them to nobody who has the
// recording. Whoever replays it sees that it told some, and other contents in place
// of those that held some.
func TestARecordingHoldsNoSecret(t *testing.T) {
	t.Parallel()
	leak := canary + " AccountKey=" + azurite.AccountKey + " https://h/c/b?sv=1&sig=" + canary + "%3D&se=1 Bearer " + canary
	o := options(t)
	o.Storage = secretLeakingStorage{o.Storage, leak, archiveOf(t, "config.txt", strings.Repeat(leak, 50))}
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
	want, folder := recorded(t, c)
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
	head, _ := headOf(t, folder)
	require.NotEmpty(t, head.LeftOut)
	assert.Equal(t, evidence.Secret, head.LeftOut[0].Reason)

	again := replay(folder, c)
	again.Provoke = nil
	got := judgedTwice(t, again)
	assert.Equal(t, scenarios(want), scenarios(got))
	assert.Equal(t, report.Warned, requirement(t, got, "CVSI-MESSAGE-03").Verdict)
	for _, w := range own(got) {
		assert.Regexp(
			t,
			`^replay: the content [0-9a-f]{12}… of \d+ bytes is not in the recording \(holds a secret\): made bytes stand for it$`,
			w,
		)
	}
	assert.NotEmpty(t, own(got))
}

// An interrupted run leaves what there is, which nobody takes for a recording.
func TestAnInterruptedRunLeavesNoWholeRecording(t *testing.T) {
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
	assert.Equal(t, "recording: what there is of it is left in "+c.Record+"; it is not complete", lines[len(lines)-1])
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

// What judged nothing leaves no recording, and no folder that was not there.
func TestARunThatJudgedNothingLeavesNoRecording(t *testing.T) {
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
	assert.ErrorContains(t, err, "the recording cannot be written to")
	assert.Equal(t, "choose a folder in one that exists", Hint(err))
}
