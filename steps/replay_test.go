package steps

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/recording"

	"github.com/cvconform/cvconform/steps/report"
)

// scenarios are all verdicts of a report.
func scenarios(r *Report) map[string]report.Verdict {
	out := map[string]report.Verdict{}
	for _, q := range r.Requirements {
		for _, s := range q.Scenarios {
			out[q.ID+": "+s.Name] = s.Verdict
		}
	}
	return out
}

// recorded judges, and keeps the answers in a folder, which it returns.
func recorded(t *testing.T, c Config) (*Report, string) {
	t.Helper()
	c.Record = filepath.Join(t.TempDir(), "recording")
	return judged(t, c), c.Record
}

// replay is the configuration that judges a recording by what c says.
func replay(folder string, c Config) Config {
	c.Target, c.Defects, c.TrainingKey = "replay:"+folder, nil, ""
	return c
}

// own are the warnings that are no verdicts.
func own(r *Report) []string { return r.Warnings[:len(r.Warnings)-len(r.WarnedOrInconclusive())] }

func TestARecordingReplaysToTheSameVerdicts(t *testing.T) {
	t.Parallel()
	c := defaultBudgets(Config{Storage: "external", ConnectionString: shared.connection(t)})
	want, folder := recorded(t, c)
	isConformant(t, want)
	for name, change := range map[string]func(*Config){
		"as it was recorded":      func(*Config) {},
		"every scenario alone":    func(c *Config) { c.Isolate = true },
		"one after the other":     func(c *Config) { c.Parallel = 1 },
		"a part":                  func(c *Config) { c.Only = []string{"CVSI-EXPORT-0[5-9]", "CVSI-ACCESS-*", "CVSI-MESSAGE-04"} },
		"a part, scenarios alone": func(c *Config) { c.Only, c.Isolate = []string{"CVSI-BACKUP-*", "CVSI-UPDATE-*"}, true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := replay(folder, c)
			change(&c)
			got := judgedTwice(t, c)
			assert.Empty(t, own(got))
			for name, verdict := range scenarios(got) {
				assert.Equal(t, scenarios(want)[name], verdict, name)
			}
			assert.Equal(t, "replay", got.Run.Target.Kind)
			assert.Contains(t, got.Run.Rerun, "--target replay:")
		})
	}
}

func TestAnIsolatedRunIsRecordedToo(t *testing.T) {
	t.Parallel()
	c := defaultBudgets(
		Config{
			Storage:          "external",
			ConnectionString: shared.connection(t),
			Only:             []string{"CVSI-TRAIN-0[1-7]", "CVSI-EXPORT-0[5-9]", "CVSI-ACCESS-0*"},
		},
	)
	alone := c
	alone.Isolate = true
	want, folder := recorded(t, alone)
	for _, c := range []Config{c, alone} {
		assert.Equal(t, scenarios(want), scenarios(judgedTwice(t, replay(folder, c))))
	}
}

// replayed are the defects of which a recording is replayed: of every kind of thing
// that a service can do wrong.
func replayed() []string {
	return []string{
		"create-201",
		"create-html",
		"create-without-id",
		"create-hides-uris",
		"create-uris-altered",
		"create-type",
		"connection-test-late-on-create",
		"connection-test-key",
		"test-blob-stays",
		"test-blob-late",
		"connection-test-twice-on-create",
		"backup-zip",
		"backup-another-model",
		"backup-in-two-steps",
		"backup-repacked",
		"model-gone",
		"model-uri-cloud",
		"model-uri-expired",
		"export-message-early",
		"export-message-before-answer",
		"export-status-lags",
		"export-message-twice",
		"no-export-message",
		"message-before-backup",
		"message-bom-base64",
		"message-utf16",
		"message-cut",
		"leaks-account-key",
		"leaks-signature",
		"messages-to-everybody",
		"one-queue-for-all",
		"missing-queue-but-made",
		"forbidden-container-accepted",
		"wrong-key-but-written",
		"exports-fail",
	}
}

// all replays every defect there is, not only those that are chosen.
const all = "CVCONFORM_TEST_REPLAY"

func TestARecordedDefectIsCaughtAgain(t *testing.T) {
	known := map[string]bool{}
	for _, d := range defect.All() {
		if known[d.Name] = true; os.Getenv(all) != "all" && !slices.Contains(sampled(replayed()), d.Name) {
			continue
		}
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			c := shown(t, d)
			want, folder := recorded(t, c)
			got := judgedTwice(t, replay(folder, c))
			assert.Equal(t, scenarios(want), scenarios(got), d.Description)
			assert.Empty(t, own(got))
			for _, caught := range d.Caught {
				isBroken(t, got, caught.ID, "")
			}
		})
	}
	for _, name := range replayed() {
		assert.True(t, known[name], name)
	}
}

// What took minutes where it was recorded takes no time, and what was too late there
// is too late again.
func TestPausesAreLeftOutUnlessABudgetForbadeThem(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "export-status-lags", "test-blob-late", "connection-test-late-on-create"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := defaultBudgets(
				Config{
					Storage:          "external",
					ConnectionString: shared.connection(t),
					Only:             []string{"CVSI-CREATE-0[1-7]", "CVSI-EXPORT-0[5-8]"},
				},
			)
			if d := slices.IndexFunc(defect.All(), func(d defect.Defect) bool { return d.Name == name }); d >= 0 {
				c = shown(t, defect.All()[d])
			}
			want, folder := recorded(t, c)
			shiftTimes(t, folder, 200)
			got := judgedTwice(t, replay(folder, c))
			assert.Equal(t, scenarios(want), scenarios(got))
		})
	}
}

// shiftTimes makes everything in a recording have taken so many times as long.
func shiftTimes(t *testing.T, folder string, times time.Duration) {
	t.Helper()
	head, _ := headOf(t, folder)
	for name, text := range head.Budgets {
		d, err := time.ParseDuration(text)
		require.NoError(t, err)
		head.Budgets[name] = (d * times).String()
	}
	for _, s := range head.Situations {
		file := filepath.Join(folder, s.Timeline)
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		events, err := evidence.DecodeEvents(text)
		require.NoError(t, err)
		later := func(at *time.Time) { *at = s.Started.Add(at.Sub(s.Started) * times) }
		for i := range events {
			switch e := &events[i]; e.Kind {
			case evidence.KindExchange:
				later(&e.Exchange.Began)
				later(&e.Exchange.Ended)
			case evidence.KindOperation:
				later(&e.Operation.Began)
				later(&e.Operation.Ended)
			}
			events[i].At *= times
		}
		text, err = evidence.EncodeEvents(events)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(file, text, 0o644))
	}
	rewrite(t, folder, head)
}

func headOf(t *testing.T, folder string) (head recording.Metadata, text []byte) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, recording.HeadFile))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &head))
	return head, text
}

func rewrite(t *testing.T, folder string, head recording.Metadata) {
	t.Helper()
	text, err := head.Encode()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(folder, recording.HeadFile), text, 0o644))
}

// What nobody recorded is neither passed nor failed, now or by whoever judges the
// evidence again.
func TestWhatIsNotRecordedIsInconclusive(t *testing.T) {
	t.Parallel()
	c := defaultBudgets(Config{Storage: "external", ConnectionString: shared.connection(t)})
	part := c
	part.Only = []string{"CVSI-CREATE-01", "CVSI-TRAIN-01"}
	_, folder := recorded(t, part)
	r := judgedTwice(t, replay(folder, c))
	assert.Equal(t, report.RunInconclusive, r.Verdict)
	for _, q := range r.Requirements {
		assert.NotContains(t, []report.Verdict{report.Failed, report.Warned}, q.Verdict, "%s: %s", q.ID, q.Reason)
	}
	for id, want := range map[string]report.Verdict{"CVSI-CREATE-02": report.Passed, "CVSI-TRAIN-04": report.Passed,
		"CVSI-CREATE-05": report.Inconclusive, "CVSI-EXPORT-01": report.Inconclusive, "CVSI-ACCESS-01": report.Inconclusive} {
		assert.Equal(t, want, requirement(t, r, id).Verdict, id)
	}
	assert.Contains(
		t,
		requirement(t, r, "CVSI-EXPORT-01").Reason,
		"not in the recording: ExportIteration: export(CoreML) after create(",
	)
	require.Len(t, own(r), 1)
	assert.Regexp(t, `replay: \d+ calls are not in the recording; what would be judged by them is inconclusive`, own(r)[0])
}

func TestAReplayKnowsOnlyWhatWasRecorded(t *testing.T) {
	t.Parallel()
	c := defaultBudgets(
		Config{Storage: "external", ConnectionString: shared.connection(t), Only: []string{"CVSI-CREATE-01"}},
	)
	_, folder := recorded(t, c)
	head, whole := headOf(t, folder)
	outside, err := os.ReadFile(filepath.Join(folder, head.Outside))
	require.NoError(t, err)
	for want, change := range map[string]func(*Config){
		"was not made with --profile backup (it knows --profile full)":                        func(c *Config) { c.Profile = "backup" },
		"was not made with --api-version v3.4-preview (it knows --api-version v3.3)":          func(c *Config) { c.Readings = map[string]string{"api-version": "v3.4-preview"} },
		"was not made with --reading create-form=body (it knows --reading create-form=query)": func(c *Config) { c.Readings = map[string]string{"create-form": "body"} },
		"a replay is not recorded again":                                                      func(c *Config) { c.Record = "again" },
		"target replay:" + folder + " cannot be given defects":                                func(c *Config) { c.Defects = []string{"create-201"} },
		"the recording cannot be read: stat " + folder + "-not: no such file":                 func(c *Config) { c.Target += "-not" },
		"is no recording: it is no folder":                                                    func(c *Config) { c.Target += "/report.json" },
		"it is no recording: it has no recording.json":                                        func(c *Config) { c.Target += "/situations" },
		"it is not complete: the run that made it did not come to its end (record":            headed(t, folder, head, func(h *recording.Metadata) { h.Complete = false }),
		"contradictory observers of storage: seen \"poller\", visibility \"\"":                headed(t, folder, head, func(h *recording.Metadata) { h.Storage.Seen = "poller" }),
		"contradictory observers of storage: seen \"\", visibility \"\"":                      headed(t, folder, head, func(h *recording.Metadata) { h.Storage.Seen = "" }),
		"contradictory observers of storage: seen \"gateway\", visibility \"poller\"":         headed(t, folder, head, func(h *recording.Metadata) { h.Storage.Visibility = report.Visibility{Observer: report.Poller} }),
		"what was too late is not known: budget request is \"soon\"":                          headed(t, folder, head, func(h *recording.Metadata) { h.Budgets["request"] = "soon" }),
		"what was too late is not known: budget absence is \"\"":                              headed(t, folder, head, func(h *recording.Metadata) { h.Budgets = nil }),
		`unknown observer "telescope" (use gateway or poller)`:                                headed(t, folder, head, func(h *recording.Metadata) { h.Storage.Visibility = report.Visibility{Observer: "telescope"} }),
		"cannot be replayed: nobody saw what the service did to storage":                      headed(t, folder, head, func(h *recording.Metadata) { h.Storage.Seen = "around" }),
		"situations/01.ndjson has 1":                                                          headed(t, folder, head, func(h *recording.Metadata) { h.Situations[0].Events = 3 }),
		"its timeline cannot be read: open situations/77.ndjson: no such file":                headed(t, folder, head, func(h *recording.Metadata) { h.Situations[0].Timeline = "situations/77.ndjson" }),
		"situations/00.ndjson: line 1 is not as cvconform writes an event (record aga":        corruptedRecording(folder),
	} {
		c := replay(folder, c)
		change(&c)
		_, err := Run(t.Context(), c)
		var usage *UsageError
		require.ErrorAs(t, err, &usage, want)
		assert.Contains(t, err.Error()+" ("+Hint(err)+")", want)
		require.NoError(t, os.WriteFile(filepath.Join(folder, recording.HeadFile), whole, 0o644))
		require.NoError(t, os.WriteFile(filepath.Join(folder, head.Outside), outside, 0o644))
	}
	_, err = Certify(t.Context(), replay(folder, Config{}))
	assert.ErrorContains(t, err, "a certificate is about a service: a recording of one gets none")
}

func headed(
	t *testing.T,
	folder string,
	head recording.Metadata,
	change func(*recording.Metadata),
) func(*Config) {
	return func(*Config) {
		head.Situations, head.Budgets = slices.Clone(head.Situations), maps.Clone(head.Budgets)
		change(&head)
		rewrite(t, folder, head)
	}
}

// corruptedRecording spoils the timeline of the calls that belong to no situation.
func corruptedRecording(folder string) func(*Config) {
	return func(*Config) {
		file := filepath.Join(folder, "situations", "00.ndjson")
		text, err := os.ReadFile(file)
		if err == nil {
			_ = os.WriteFile(file, bytes.Replace(text, []byte(`"kind":`), []byte(`"kind": `), 1), 0o644)
		}
	}
}
