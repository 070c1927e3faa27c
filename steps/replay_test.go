package steps

import (
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
	"github.com/cvconform/cvconform/internal/evidence/bundle"
	"github.com/cvconform/cvconform/steps/report"
)

// scenarios returns the verdicts of all scenarios of a report.
func scenarios(r *Report) map[string]report.Verdict {
	out := map[string]report.Verdict{}
	for _, q := range r.Requirements {
		for _, s := range q.Scenarios {
			out[q.ID+": "+s.Name] = s.Verdict
		}
	}
	return out
}

// recordRun records a run, and returns the folder of the recording.
func recordRun(t *testing.T, c Config) (*Report, string) {
	t.Helper()
	c.Record = filepath.Join(t.TempDir(), "recording")
	return runJudged(t, c), c.Record
}

// replay returns the configuration of a replay with the settings of c.
func replay(folder string, c Config) Config {
	c.Target, c.Defects, c.TrainingKey = "replay:"+folder, nil, ""
	return c
}

// ownWarnings returns the warnings that are not about verdicts.
func ownWarnings(r *Report) []string {
	return r.Warnings[:len(r.Warnings)-len(r.WarnedOrInconclusive())]
}

func TestReplayGivesTheSameVerdicts(t *testing.T) {
	t.Parallel()
	c := defaultBudgets(Config{Storage: "external", ConnectionString: shared.connection(t)})
	want, folder := recordRun(t, c)
	assertConformant(t, want)
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
			got := runAndVerify(t, c)
			assert.Empty(t, ownWarnings(got))
			for name, verdict := range scenarios(got) {
				assert.Equal(t, scenarios(want)[name], verdict, name)
			}
			assert.Equal(t, "replay", got.Run.Target.Kind)
		})
	}
}

func TestReplayOfIsolatedRun(t *testing.T) {
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
	want, folder := recordRun(t, alone)
	for _, c := range []Config{c, alone} {
		assert.Equal(t, scenarios(want), scenarios(runAndVerify(t, replay(folder, c))))
	}
}

// replayedDefects returns the defects whose recordings are replayed: some of every kind.
func replayedDefects() []string {
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

// replayAllVariable is the environment variable that, set to "all", replays every defect.
const replayAllVariable = "CVCONFORM_TEST_REPLAY"

func TestReplayOfDefects(t *testing.T) {
	known := map[string]bool{}
	for _, d := range defect.All() {
		if known[d.Name] = true; os.Getenv(replayAllVariable) != "all" && !slices.Contains(replayedDefects(), d.Name) {
			continue
		}
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			c := defectConfig(t, d)
			want, folder := recordRun(t, c)
			got := runAndVerify(t, replay(folder, c))
			assert.Equal(t, scenarios(want), scenarios(got), d.Description)
			assert.Empty(t, ownWarnings(got))
			for _, caught := range d.Caught {
				assertBroken(t, got, caught.ID, "")
			}
		})
	}
	for _, name := range replayedDefects() {
		assert.True(t, known[name], name)
	}
}

// A replay leaves out pauses, except those that exceeded a budget.
func TestReplayLeavesOutPauses(t *testing.T) {
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
				c = defectConfig(t, defect.All()[d])
			}
			want, folder := recordRun(t, c)
			shiftTimes(t, folder, 200)
			got := runAndVerify(t, replay(folder, c))
			assert.Equal(t, scenarios(want), scenarios(got))
		})
	}
}

// shiftTimes multiplies all durations in a recording.
func shiftTimes(t *testing.T, folder string, factor time.Duration) {
	t.Helper()
	b := tamperFolder(t, folder)
	b.editReport(runReport, func(r *Report) {
		for name, text := range r.Run.Budgets {
			d, err := time.ParseDuration(text)
			require.NoError(t, err)
			r.Run.Budgets[name] = (d * factor).String()
		}
		for i, s := range r.Situations {
			shift := func(at *time.Time) { *at = s.Started.Add(at.Sub(s.Started) * factor) }
			b.editEvents(bundle.TimelineFile(i+1), func(events []evidence.Event) []evidence.Event {
				for i := range events {
					switch e := &events[i]; e.Kind {
					case evidence.KindExchange:
						shift(&e.Exchange.Began)
						shift(&e.Exchange.Ended)
					case evidence.KindOperation:
						shift(&e.Operation.Began)
						shift(&e.Operation.Ended)
					}
					events[i].At *= factor
				}
				return events
			})
		}
	})
	b.updateDigests()
	b.writeTo(folder)
}

// Scenarios that were not recorded are inconclusive, also when the evidence is verified.
func TestReplayOfUnrecordedScenarios(t *testing.T) {
	t.Parallel()
	c := defaultBudgets(Config{Storage: "external", ConnectionString: shared.connection(t)})
	part := c
	part.Only = []string{"CVSI-CREATE-01", "CVSI-TRAIN-01"}
	_, folder := recordRun(t, part)
	r := runAndVerify(t, replay(folder, c))
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
	require.Len(t, ownWarnings(r), 1)
	assert.Regexp(
		t,
		`replay: \d+ calls are not in the recording; the checks that depend on them are inconclusive`,
		ownWarnings(r)[0],
	)
}

func TestReplayNeedsACompatibleRecording(t *testing.T) {
	t.Parallel()
	c := defaultBudgets(
		Config{Storage: "external", ConnectionString: shared.connection(t), Only: []string{"CVSI-CREATE-01"}},
	)
	_, folder := recordRun(t, c)
	untouched := tamperFolder(t, folder)
	for want, change := range map[string]func(*Config){
		"was made with profile full, not backup (set Config.Profile to full)":                        func(c *Config) { c.Profile = "backup" },
		"was made with API version v3.3, not v3.4-preview (set Config.Readings api-version to v3.3)": func(c *Config) { c.Readings = map[string]string{"api-version": "v3.4-preview"} },
		"was made with create form query, not body (set Config.Readings create-form to query)":       func(c *Config) { c.Readings = map[string]string{"create-form": "body"} },
		"a replay cannot be recorded":                                                                       func(c *Config) { c.Record = "again" },
		"target replay:" + folder + " has no defects":                                                       func(c *Config) { c.Defects = []string{"create-201"} },
		"the recording cannot be read: stat " + folder + "-not: no such file":                               func(c *Config) { c.Target += "-not" },
		"is not a recording: it is not a folder":                                                            func(c *Config) { c.Target += "/report.json" },
		"is not a recording: it has no recording.json":                                                      func(c *Config) { c.Target += "/timelines" },
		"is damaged: timelines/001.ndjson has 0 bytes":                                                      replaceFile(folder, "timelines/001.ndjson", ""),
		"is damaged: timelines/000.ndjson has ":                                                             replaceFile(folder, "timelines/000.ndjson", "{}"),
		"timelines/001.ndjson: event 1 is numbered 2":                                                       changeFirstTimeline(untouched, folder, dropFirstEvent),
		`invalid budget request: "soon"`:                                                                    changeReport(untouched, folder, func(r *Report) { r.Run.Budgets["request"] = "soon" }),
		`invalid budget absence: ""`:                                                                        changeReport(untouched, folder, func(r *Report) { delete(r.Run.Budgets, "absence") }),
		`unknown observer "telescope" (use gateway or poller)`:                                              changeReport(untouched, folder, func(r *Report) { r.Run.Visibility.Observer = "telescope" }),
		"cannot be replayed: the service bypassed the gateway, so its storage operations were not observed": changeReport(untouched, folder, func(r *Report) { r.Run.GatewayBypassed = true }),
	} {
		c := replay(folder, c)
		change(&c)
		_, err := Run(t.Context(), c)
		var usage *UsageError
		require.ErrorAs(t, err, &usage, want)
		assert.Contains(t, err.Error()+" ("+Hint(err)+")", want)
		untouched.writeTo(folder)
	}
	_, err := Certify(t.Context(), replay(folder, Config{}))
	assert.ErrorContains(t, err, "a certificate is about a service, not about a recording of one")
}

// dropFirstEvent removes the first event.
func dropFirstEvent(events []evidence.Event) []evidence.Event { return events[1:] }

// replaceFile replaces one file of a recording.
func replaceFile(folder, name, content string) func(*Config) {
	return func(*Config) {
		_ = os.WriteFile(filepath.Join(folder, filepath.FromSlash(name)), []byte(content), 0o644)
	}
}

// changeReport changes the report of a recording, and the manifest with it.
func changeReport(untouched *tamperedBundle, folder string, change func(*Report)) func(*Config) {
	return func(*Config) {
		b := &tamperedBundle{untouched.t, maps.Clone(untouched.files)}
		b.editReport(runReport, change)
		b.updateManifest()
		b.writeTo(folder)
	}
}

// changeFirstTimeline changes the first timeline of a recording, and report and manifest with it.
func changeFirstTimeline(
	untouched *tamperedBundle,
	folder string,
	change func([]evidence.Event) []evidence.Event,
) func(*Config) {
	return func(*Config) {
		b := &tamperedBundle{untouched.t, maps.Clone(untouched.files)}
		b.editEvents(bundle.TimelineFile(1), change)
		b.updateDigests()
		b.writeTo(folder)
	}
}
