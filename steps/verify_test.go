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
	assert.Equal(t, 3*len(r.Situations), v.Timelines, "of the run and of both controls")
	assert.Greater(t, v.Events, 200)
	assert.Greater(t, v.Contents, 5)
	assert.Zero(t, v.LeftOut)
	assert.False(t, v.Signed)

	same := tamper(t, packed)
	same.updateDigests()
	v, err = Verify(t.Context(), same.pack(), nil)
	require.NoError(t, err)
	assert.Empty(t, v.Findings, "what the other tests do to a bundle is found for what they change")
}

func writeBundle(t *testing.T, bundle []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "evidence.zip")
	require.NoError(t, os.WriteFile(file, bundle, 0o644))
	return file
}

// A forgery is something that somebody does to a bundle, how far they go to hide
// it, and a piece of what verify says of it.
type forgery struct {
	change  func(*tamperedBundle)
	hide    func(*tamperedBundle)
	finding string
}

// The ways to hide a change.
func keepDigests(*tamperedBundle)      {}
func hideInManifest(b *tamperedBundle) { b.updateManifest() }
func hideInReports(b *tamperedBundle)  { b.updateDigests() }
func timelineFile(number int) string   { return bundle.TimelineFile(number) }

const runReport = "report.json"

// mainTimeline is the number of the lineage on which most is judged.
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

// assertFound tests that verify finds the forgery of a bundle.
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

func forgeries(trunk int) map[string]forgery {
	all := map[string]forgery{}
	for _, some := range []map[string]forgery{fileForgeries(trunk), timelineForgeries(trunk), eventForgeries(trunk), runScopeForgeries(trunk), reportForgeries(), settingForgeries(), contentForgeries()} {
		for name, f := range some {
			all[name] = f
		}
	}
	return all
}

// fileForgeries are forgeries that the manifest gives away.
func fileForgeries(trunk int) map[string]forgery {
	return map[string]forgery{
		"a changed byte in a timeline": {
			func(b *tamperedBundle) { b.replace(timelineFile(trunk), "TrainingCompleted", "TrainingCompletee") },
			keepDigests,
			timelineFile(trunk) + " has the SHA-256 .*, the manifest says",
		},
		"a dropped event": {
			func(b *tamperedBundle) { b.editEvents(timelineFile(trunk), dropLastEvent) },
			keepDigests,
			timelineFile(trunk) + " has .* bytes, the manifest says",
		},
		"a changed report": {
			func(b *tamperedBundle) { b.replace(runReport, `"verdict": "partial"`, `"verdict": "conformant"`) },
			keepDigests,
			"report.json has .* bytes, the manifest says",
		},
		"a missing timeline": {
			func(b *tamperedBundle) { delete(b.files, timelineFile(trunk)) },
			keepDigests,
			timelineFile(trunk) + " is missing",
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
			func(b *tamperedBundle) { delete(b.files, timelineFile(trunk)) },
			hideInManifest,
			timelineFile(trunk) + ": .* is missing",
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

// timelineForgeries are forgeries that the report gives away, or the timeline itself.
func timelineForgeries(trunk int) map[string]forgery {
	swap := func(events []evidence.Event) []evidence.Event {
		last := len(events) - 1
		events[last], events[last-1] = events[last-1], events[last]
		return events
	}
	change := func(f func([]evidence.Event) []evidence.Event) func(*tamperedBundle) {
		return func(b *tamperedBundle) { b.editEvents(timelineFile(trunk), f) }
	}
	return map[string]forgery{
		"a changed byte, listed": {
			func(b *tamperedBundle) { b.replace(timelineFile(trunk), `"encoding":"text"`, `"encoding":"base64"`) },
			hideInManifest,
			timelineFile(trunk) + ": it has the SHA-256 .*, the report says",
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
				b.files[timelineFile(trunk)] = append(b.files[timelineFile(trunk)], "{}\n"...)
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

// swapExchanges swaps two calls, with all that lies between.
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

// eventForgeries are forgeries of somebody who makes manifest and report agree with
// another timeline: what follows from it gives them away.
func eventForgeries(trunk int) map[string]forgery {
	return map[string]forgery{
		"no Training message": {
			dropEvents(trunk, isTrainingCompleted),
			hideInReports,
			`\[CVSI-TRAIN-01\].*verdict is "passed", the evidence gives "failed"`,
		},
		"another status": {editEveryEvent(trunk, func(e *evidence.Event) {
			if isTrainingCompleted(*e) {
				e.Message.Text = strings.Replace(e.Message.Text, "TrainingCompleted", "TrainingFailed", 1)
			}
		}), hideInReports, `\[CVSI-TRAIN-04\].*verdict is "passed", the evidence gives "failed"`},
		"no backups": {
			dropEvents(trunk, func(e evidence.Event) bool { return e.Kind == evidence.KindBlob }),
			hideInReports,
			`\[CVSI-BACKUP-01\].*the evidence gives "failed"`,
		},
		"no training": {
			dropEvents(trunk, func(e evidence.Event) bool { return e.Act == "create(both) > train" && e.Kind == evidence.KindAct }),
			hideInReports,
			`\[CVSI-TRAIN-01\].*the evidence gives "harness-error"`,
		},
		"another latency": {editEveryEvent(trunk, func(e *evidence.Event) {
			if e.Kind == evidence.KindWait && e.Wait.Budget == "training" {
				e.Wait.Elapsed = 1
			}
		}), hideInReports, `situations\[create\(both\)\].latencies.training is`},
	}
}

// runScopeForgeries are forgeries that make a timeline that of another run.
func runScopeForgeries(trunk int) map[string]forgery {
	return map[string]forgery{
		"a patient wait": {editEveryEvent(trunk, func(e *evidence.Event) {
			if e.Kind == evidence.KindWait {
				e.Wait.Limit = time.Hour
			}
		}), hideInReports, "it waited within 1h0m0s, budget .* of the report is"},
		"calls of another service": {editEveryEvent(trunk, func(e *evidence.Event) {
			if e.Kind == evidence.KindExchange {
				e.Exchange.URL = strings.Replace(e.Exchange.URL, "127.0.0.1", "service.example", 1)
			}
		}), hideInReports, "http://service.example.* is not a call to http://127.0.0.1"},
		"another queue": {editEveryEvent(trunk, func(e *evidence.Event) {
			if e.Kind == evidence.KindResource {
				e.Resource.URI = strings.Replace(e.Resource.URI, "127.0.0.1", "storage.example", 1)
			}
		}), hideInReports, "http://storage.example.* is not cvc-.* of the storage at"},
		"a message from elsewhere": {editEveryEvent(trunk, func(e *evidence.Event) {
			if e.Kind == evidence.KindMessage {
				e.Message.Queue = "cvc-00000000-01-q1"
			}
		}), hideInReports, "cvc-00000000-01-q1 was created for another situation or run"},
		"a blob from elsewhere": {editEveryEvent(trunk, func(e *evidence.Event) {
			if e.Kind == evidence.KindBlob {
				e.Blob.Container = "elsewhere"
			}
		}), hideInReports, "elsewhere was created for another situation or run"},
		"after the run": {func(b *tamperedBundle) {
			b.editEvents(timelineFile(trunk), func(e []evidence.Event) []evidence.Event { e[len(e)-1].At += time.Hour; return e })
		}, hideInReports, "was recorded after the run"},
	}
}
