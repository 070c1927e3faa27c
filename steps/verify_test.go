package steps

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/bundle"

	"github.com/cvconform/cvconform/steps/report"
)

func TestVerifyFindsNothingInAnUnchangedBundle(t *testing.T) {
	packed, r := certified.get(t)
	v, err := Verify(t.Context(), writeBundle(t, packed), nil)
	require.NoError(t, err)
	assert.Empty(t, v.Findings)
	assert.Equal(t, r.Run.ID, v.Report.Run.ID)
	assert.Equal(t, 3*len(r.Situations), v.Timelines, "those of the run and of both controls")
	assert.Greater(t, v.Events, 200)
	assert.Greater(t, v.Contents, 5)
	assert.Zero(t, v.LeftOut)
	assert.False(t, v.Signed)

	repacked := tamper(t, packed)
	repacked.updateDigests()
	v, err = Verify(t.Context(), repacked.pack(), nil)
	require.NoError(t, err)
	assert.Empty(t, v.Findings, "unpacking and packing alone must not cause the findings of the other tests")
}

func writeBundle(t *testing.T, bundle []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "evidence.zip")
	require.NoError(t, os.WriteFile(file, bundle, 0o644))
	return file
}

// A forgery is a change of a bundle, the files that are updated to hide the change, and a pattern of the finding that
// Verify must report.
type forgery struct {
	change  func(*tamperedBundle)
	hide    func(*tamperedBundle)
	finding string
}

// The ways to hide a change: not at all, in the manifest, or in the reports and the manifest.
func keepDigests(*tamperedBundle)      {}
func hideInManifest(b *tamperedBundle) { b.updateManifest() }
func hideInReports(b *tamperedBundle)  { b.updateDigests() }
func timelineFile(number int) string   { return bundle.TimelineFile(number) }

const runReport = "report.json"

// mainTimeline returns the number of the timeline on which most checks are judged.
func mainTimeline(r *Report) int {
	return 1 + slices.IndexFunc(r.Situations, func(s report.ActTree) bool { return s.Key == "create(both)" })
}

func TestVerifyFindsForgeries(t *testing.T) {
	packed, r := few.get(t)
	untouched := tamper(t, packed)
	for name, f := range forgeries(mainTimeline(r)) {
		t.Run(name, f.assertFound(untouched))
	}
}

func TestVerifyFindsForgedControls(t *testing.T) {
	packed, _ := certified.get(t)
	untouched := tamper(t, packed)
	for name, f := range controlForgeries() {
		t.Run(name, f.assertFound(untouched))
	}
}

// assertFound returns a test that Verify finds the forgery of a bundle.
func (f forgery) assertFound(untouched *tamperedBundle) func(*testing.T) {
	return func(t *testing.T) {
		b := &tamperedBundle{t, maps.Clone(untouched.files)}
		f.change(b)
		f.hide(b)
		v, err := Verify(t.Context(), b.pack(), nil)
		require.NoError(t, err)
		assert.Regexp(t, f.finding, strings.Join(v.Findings, "\n"))
		assert.NotContains(t, strings.Join(v.Findings, "\n"), "panicked")
		assert.NotContains(t, strings.Join(v.Findings, "\n"), "\x1b")
	}
}

func forgeries(number int) map[string]forgery {
	all := map[string]forgery{}
	for _, group := range []map[string]forgery{
		fileForgeries(number),
		timelineForgeries(number),
		eventForgeries(number),
		runScopeForgeries(number),
		reportForgeries(),
		settingForgeries(),
		contentForgeries(),
	} {
		for name, f := range group {
			all[name] = f
		}
	}
	return all
}

// fileForgeries returns forgeries that contradict the manifest.
func fileForgeries(number int) map[string]forgery {
	return map[string]forgery{
		"a changed byte in a timeline": {
			func(b *tamperedBundle) { b.replace(timelineFile(number), "TrainingCompleted", "TrainingCompletee") },
			keepDigests,
			timelineFile(number) + " has the SHA-256 .*, the manifest says",
		},
		"a dropped event": {
			func(b *tamperedBundle) { b.editEvents(timelineFile(number), dropLastEvent) },
			keepDigests,
			timelineFile(number) + " has .* bytes, the manifest says",
		},
		"a changed report": {
			func(b *tamperedBundle) { b.replace(runReport, `"verdict": "partial"`, `"verdict": "conformant"`) },
			keepDigests,
			"report.json has .* bytes, the manifest says",
		},
		"a missing timeline": {
			func(b *tamperedBundle) { delete(b.files, timelineFile(number)) },
			keepDigests,
			timelineFile(number) + " is missing",
		},
		"a changed feature": {
			func(b *tamperedBundle) { b.replace("features/requirements.yaml", "guide: create", "guide: update") },
			keepDigests,
			"features/requirements.yaml has the SHA-256",
		},
		"an extra file": {
			func(b *tamperedBundle) { b.files["README.txt"] = []byte("trust me") },
			keepDigests,
			"README.txt is not in the manifest",
		},
		"edited manifest counts": {
			func(b *tamperedBundle) { b.editManifest(func(m *bundle.Manifest) { m.Events++ }) },
			keepDigests,
			"the manifest counts 2 timelines with",
		},
		"edited manifest verdict": {
			func(b *tamperedBundle) { b.editManifest(func(m *bundle.Manifest) { m.Verdict = "conformant" }) },
			keepDigests,
			"the manifest is of run .*, conformant; the report is of run .*, partial",
		},
		"edited manifest run": {
			func(b *tamperedBundle) { b.editManifest(func(m *bundle.Manifest) { m.Run = "00000000" }) },
			keepDigests,
			"the manifest is of run 00000000",
		},
		"edited manifest version": {
			func(b *tamperedBundle) { b.editManifest(func(m *bundle.Manifest) { m.Suite.Version = "v9" }) },
			keepDigests,
			"report.json was made by cvconform .*, the manifest says v9",
		},
		"an extra file, listed": {
			func(b *tamperedBundle) { b.files["README.txt"] = []byte("trust me") },
			hideInManifest,
			"README.txt belongs to nothing",
		},
		"output of the fake": {
			func(b *tamperedBundle) { b.files["service.log"] = []byte("trust me") },
			hideInManifest,
			"service.log belongs to nothing",
		},
		"an extra timeline": {
			func(b *tamperedBundle) { b.files[timelineFile(99)] = b.files[timelineFile(1)] },
			hideInManifest,
			timelineFile(99) + " belongs to nothing",
		},
		"an extra feature": {
			func(b *tamperedBundle) { b.files["features/x.feature"] = []byte("Feature: x\n") },
			hideInManifest,
			"the features in the bundle have the digest",
		},
		"a changed feature, listed": {
			func(b *tamperedBundle) { b.replace("features/requirements.yaml", "guide: create", "guide: update") },
			hideInManifest,
			"the features in the bundle have the digest .*, the manifest says",
		},
		"a missing timeline, unlisted": {
			func(b *tamperedBundle) { delete(b.files, timelineFile(number)) },
			hideInManifest,
			timelineFile(number) + ": .* is missing",
		},
		"a missing report, unlisted": {
			func(b *tamperedBundle) { delete(b.files, runReport) },
			hideInManifest,
			"report.json is missing",
		},
	}
}

func dropLastEvent(events []evidence.Event) []evidence.Event { return events[:len(events)-1] }

func renumber(events []evidence.Event) []evidence.Event {
	for i := range events {
		events[i].Seq = i + 1
	}
	return events
}

// timelineForgeries returns forgeries that contradict the report, or make the timeline inconsistent.
func timelineForgeries(number int) map[string]forgery {
	swap := func(events []evidence.Event) []evidence.Event {
		last := len(events) - 1
		events[last], events[last-1] = events[last-1], events[last]
		return events
	}
	change := func(f func([]evidence.Event) []evidence.Event) func(*tamperedBundle) {
		return func(b *tamperedBundle) { b.editEvents(timelineFile(number), f) }
	}
	return map[string]forgery{
		"a changed byte, listed": {
			func(b *tamperedBundle) { b.replace(timelineFile(number), `"encoding":"text"`, `"encoding":"base64"`) },
			hideInManifest,
			timelineFile(number) + ": it has the SHA-256 .*, the report says",
		},
		"a dropped event, listed":  {change(dropLastEvent), hideInManifest, "it has .* events, the report says"},
		"reordered events, listed": {change(swap), hideInManifest, "event .* is numbered"},
		"reordered events, renumbered": {
			change(func(e []evidence.Event) []evidence.Event { return renumber(swapExchanges(e)) }),
			hideInReports,
			"is earlier than the event before it|ended after it was recorded",
		},
		"reordered events, with new times": {change(func(e []evidence.Event) []evidence.Event {
			swapped := renumber(swapExchanges(slices.Clone(e)))
			for i := range swapped {
				swapped[i].At = e[i].At
			}
			return swapped
		}), hideInReports, "ended after it was recorded"},
		"an event of another kind": {
			change(func(e []evidence.Event) []evidence.Event { e[0].Kind = evidence.KindWait; return e }),
			hideInReports,
			"does not have exactly the payload of kind",
		},
		"an event of no kind": {
			change(func(e []evidence.Event) []evidence.Event { e[0].ActBoundary = nil; return e }),
			hideInReports,
			"does not have exactly the payload of kind",
		},
		"two timelines swapped": {func(b *tamperedBundle) {
			b.files[timelineFile(1)], b.files[timelineFile(2)] = b.files[timelineFile(2)], b.files[timelineFile(1)]
		}, hideInManifest, "00[12].ndjson: it has .* events, the report says"},
		"two timelines swapped, in the report too": {func(b *tamperedBundle) {
			b.files[timelineFile(1)], b.files[timelineFile(2)] = b.files[timelineFile(2)], b.files[timelineFile(1)]
		}, hideInReports, "was created for another situation or run"},
		"a line that is no event": {
			func(b *tamperedBundle) {
				b.files[timelineFile(number)] = append(b.files[timelineFile(number)], "{}\n"...)
			},
			hideInReports,
			"is not as cvconform writes an event",
		},
		"an act that was not planned": {
			change(func(e []evidence.Event) []evidence.Event { e[5].Act = "create(both) > train > train > train"; return e }),
			hideInReports,
			"belongs to the act .*, which is not part of the situation",
		},
	}
}

// swapExchanges swaps the creation of the project and the first training.
func swapExchanges(events []evidence.Event) []evidence.Event {
	first := slices.IndexFunc(events, func(e evidence.Event) bool {
		return e.Kind == evidence.KindExchange && e.Exchange.Call == "CreateProject"
	})
	second := slices.IndexFunc(events, func(e evidence.Event) bool {
		return e.Kind == evidence.KindExchange && e.Exchange.Call == "TrainProject"
	})
	events[first], events[second] = events[second], events[first]
	return events
}

// editEveryEvent changes every event of a timeline.
func editEveryEvent(number int, change func(*evidence.Event)) func(*tamperedBundle) {
	return func(b *tamperedBundle) {
		b.editEvents(timelineFile(number), func(events []evidence.Event) []evidence.Event {
			for i := range events {
				change(&events[i])
			}
			return events
		})
	}
}

func dropEvents(number int, drop func(evidence.Event) bool) func(*tamperedBundle) {
	return func(b *tamperedBundle) {
		b.editEvents(
			timelineFile(number),
			func(events []evidence.Event) []evidence.Event { return renumber(slices.DeleteFunc(events, drop)) },
		)
	}
}

func isTrainingCompleted(e evidence.Event) bool {
	return e.Kind == evidence.KindMessage && strings.Contains(e.Message.Text, "TrainingCompleted")
}

// eventForgeries returns forgeries of a timeline whose digests are updated in report and manifest. Their verdicts
// contradict the report.
func eventForgeries(number int) map[string]forgery {
	return map[string]forgery{
		"no Training message": {
			dropEvents(number, isTrainingCompleted),
			hideInReports,
			`\[CVSI-TRAIN-01\].*verdict is "passed", the evidence gives "inconclusive"`, // the gateway saw the message
		},
		"another status": {editEveryEvent(number, func(e *evidence.Event) {
			if isTrainingCompleted(*e) {
				e.Message.Text = strings.Replace(e.Message.Text, "TrainingCompleted", "TrainingFailed", 1)
			}
		}), hideInReports, `\[CVSI-TRAIN-04\].*verdict is "passed", the evidence gives "failed"`},
		"no backups": {
			dropEvents(number, func(e evidence.Event) bool { return e.Kind == evidence.KindBlob }),
			hideInReports,
			`\[CVSI-BACKUP-01\].*the evidence gives "failed"`,
		},
		"no training": {
			dropEvents(number, func(e evidence.Event) bool { return e.Act == "create(both) > train" && e.Kind == evidence.KindAct }),
			hideInReports,
			`\[CVSI-TRAIN-01\].*the evidence gives "harness-error"`,
		},
		"another latency": {editEveryEvent(number, func(e *evidence.Event) {
			if e.Kind == evidence.KindWait && e.Wait.Budget == "training" {
				e.Wait.Elapsed = 1
			}
		}), hideInReports, `situations\[create\(both\)\].latencies.training is`},
	}
}

// runScopeForgeries returns forgeries that give a timeline properties of another run.
func runScopeForgeries(number int) map[string]forgery {
	return map[string]forgery{
		"a longer limit of a wait": {editEveryEvent(number, func(e *evidence.Event) {
			if e.Kind == evidence.KindWait {
				e.Wait.Limit = time.Hour
			}
		}), hideInReports, "it waited within 1h0m0s, budget .* of the report is"},
		"calls of another service": {editEveryEvent(number, func(e *evidence.Event) {
			if e.Kind == evidence.KindExchange {
				e.Exchange.URL = strings.Replace(e.Exchange.URL, "127.0.0.1", "service.example", 1)
			}
		}), hideInReports, "http://service.example.* is not a call to http://127.0.0.1"},
		"another queue": {editEveryEvent(number, func(e *evidence.Event) {
			if e.Kind == evidence.KindResource {
				e.Resource.URI = strings.Replace(e.Resource.URI, "127.0.0.1", "storage.example", 1)
			}
		}), hideInReports, "http://storage.example.* is not cvc-.* of the storage at"},
		"a message from another queue": {editEveryEvent(number, func(e *evidence.Event) {
			if e.Kind == evidence.KindMessage {
				e.Message.Queue = "cvc-00000000-01-q1"
			}
		}), hideInReports, "cvc-00000000-01-q1 was created for another situation or run"},
		"a blob from another container": {editEveryEvent(number, func(e *evidence.Event) {
			if e.Kind == evidence.KindBlob {
				e.Blob.Container = "elsewhere"
			}
		}), hideInReports, "elsewhere was created for another situation or run"},
		"after the run": {func(b *tamperedBundle) {
			b.editEvents(timelineFile(number), func(e []evidence.Event) []evidence.Event { e[len(e)-1].At += time.Hour; return e })
		}, hideInReports, "was recorded after the run"},
	}
}
