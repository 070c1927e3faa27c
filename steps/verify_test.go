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
	v, err := Verify(t.Context(), write(t, packed), nil)
	require.NoError(t, err)
	assert.Empty(t, v.Findings)
	assert.Equal(t, r.Run.ID, v.Report.Run.ID)
	assert.Equal(t, 3*len(r.Situations), v.Timelines, "of the run and of both controls")
	assert.Greater(t, v.Events, 200)
	assert.Greater(t, v.Contents, 5)
	assert.Zero(t, v.LeftOut)
	assert.False(t, v.Signed)

	same := tamper(t, packed)
	same.mendAll()
	v, err = Verify(t.Context(), same.packed(), nil)
	require.NoError(t, err)
	assert.Empty(t, v.Findings, "what the other tests do to a bundle is found for what they change")
}

func write(t *testing.T, bundle []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "evidence.zip")
	require.NoError(t, os.WriteFile(file, bundle, 0o644))
	return file
}

// A forgery is something that somebody does to a bundle, how far they go to hide
// it, and a piece of what verify says of it.
type forgery struct {
	change func(*tampered)
	hide   func(*tampered)
	found  string
}

// The ways to hide a change.
func leaveDigests(*tampered)     {}
func inManifest(b *tampered)     { b.mend() }
func inEverything(b *tampered)   { b.mendAll() }
func timeline(number int) string { return bundle.TimelineFile(number) }

const runReport = "report.json"

// mainTimeline is the number of the lineage on which most is judged.
func mainTimeline(r *Report) int {
	return 1 + slices.IndexFunc(r.Situations, func(s report.ActTree) bool { return s.Key == "create(both)" })
}

func TestVerifyFindsForgeries(t *testing.T) {
	packed, r := few.get(t)
	untouched := tamper(t, packed)
	for name, f := range forgeries(mainTimeline(r)) {
		t.Run(name, f.isFound(untouched))
	}
}

func TestVerifyFindsForgedControls(t *testing.T) {
	packed, _ := certified.get(t)
	untouched := tamper(t, packed)
	for name, f := range ofControls() {
		t.Run(name, f.isFound(untouched))
	}
}

// isFound tests that verify finds the forgery of a bundle.
func (f forgery) isFound(untouched *tampered) func(*testing.T) {
	return func(t *testing.T) {
		b := &tampered{t, maps.Clone(untouched.files)}
		f.change(b)
		f.hide(b)
		v, err := Verify(t.Context(), b.packed(), nil)
		require.NoError(t, err)
		assert.Regexp(t, f.found, strings.Join(v.Findings, "\n"))
		assert.NotContains(t, strings.Join(v.Findings, "\n"), "panicked")
		assert.NotContains(t, strings.Join(v.Findings, "\n"), "\x1b")
	}
}

func forgeries(trunk int) map[string]forgery {
	all := map[string]forgery{}
	for _, some := range []map[string]forgery{ofFiles(trunk), ofTimelines(trunk), ofEvents(trunk), ofOrigins(trunk), ofReports(), ofSettings(), ofContents()} {
		for name, f := range some {
			all[name] = f
		}
	}
	return all
}

// ofFiles are forgeries that the manifest gives away.
func ofFiles(trunk int) map[string]forgery {
	return map[string]forgery{
		"a changed byte in a timeline": {
			func(b *tampered) { b.replace(timeline(trunk), "TrainingCompleted", "TrainingCompletee") },
			leaveDigests,
			timeline(trunk) + " has the SHA-256 .*, the manifest says",
		},
		"a dropped event": {
			func(b *tampered) { b.events(timeline(trunk), dropLast) },
			leaveDigests,
			timeline(trunk) + " has .* bytes, the manifest says",
		},
		"a changed report": {
			func(b *tampered) { b.replace(runReport, `"verdict": "partial"`, `"verdict": "conformant"`) },
			leaveDigests,
			"report.json has .* bytes, the manifest says",
		},
		"a missing timeline": {
			func(b *tampered) { delete(b.files, timeline(trunk)) },
			leaveDigests,
			timeline(trunk) + " is missing",
		},
		"a changed feature": {
			func(b *tampered) { b.replace("features/requirements.yaml", "guide: create", "guide: update") },
			leaveDigests,
			"features/requirements.yaml has the SHA-256",
		},
		"an extra file": {
			func(b *tampered) { b.files["README.txt"] = []byte("trust me") },
			leaveDigests,
			"README.txt is not in the manifest",
		},
		"edited manifest counts": {
			func(b *tampered) { b.manifest(func(m *bundle.Manifest) { m.Events++ }) },
			leaveDigests,
			"the manifest counts 2 timelines with",
		},
		"edited manifest verdict": {
			func(b *tampered) { b.manifest(func(m *bundle.Manifest) { m.Verdict = "conformant" }) },
			leaveDigests,
			"the manifest is of run .*, conformant; the report is of run .*, partial",
		},
		"edited manifest run": {
			func(b *tampered) { b.manifest(func(m *bundle.Manifest) { m.Run = "00000000" }) },
			leaveDigests,
			"the manifest is of run 00000000",
		},
		"edited manifest version": {
			func(b *tampered) { b.manifest(func(m *bundle.Manifest) { m.Suite.Version = "v9" }) },
			leaveDigests,
			"report.json was made by cvconform .*, the manifest says v9",
		},
		"an extra file, listed": {
			func(b *tampered) { b.files["README.txt"] = []byte("trust me") },
			inManifest,
			"README.txt belongs to nothing",
		},
		"output of the fake": {
			func(b *tampered) { b.files["service.log"] = []byte("trust me") },
			inManifest,
			"service.log belongs to nothing",
		},
		"an extra timeline": {
			func(b *tampered) { b.files[timeline(99)] = b.files[timeline(1)] },
			inManifest,
			timeline(99) + " belongs to nothing",
		},
		"an extra feature": {
			func(b *tampered) { b.files["features/x.feature"] = []byte("Feature: x\n") },
			inManifest,
			"the features in the bundle have the digest",
		},
		"a changed feature, listed": {
			func(b *tampered) { b.replace("features/requirements.yaml", "guide: create", "guide: update") },
			inManifest,
			"the features in the bundle have the digest .*, the manifest says",
		},
		"a missing timeline, unlisted": {
			func(b *tampered) { delete(b.files, timeline(trunk)) },
			inManifest,
			timeline(trunk) + ": .* is missing",
		},
		"a missing report, unlisted": {
			func(b *tampered) { delete(b.files, runReport) },
			inManifest,
			"report.json is missing",
		},
	}
}

func dropLast(events []evidence.Event) []evidence.Event { return events[:len(events)-1] }

func renumber(events []evidence.Event) []evidence.Event {
	for i := range events {
		events[i].Seq = i + 1
	}
	return events
}

// ofTimelines are forgeries that the report gives away, or the timeline itself.
func ofTimelines(trunk int) map[string]forgery {
	swap := func(events []evidence.Event) []evidence.Event {
		last := len(events) - 1
		events[last], events[last-1] = events[last-1], events[last]
		return events
	}
	change := func(f func([]evidence.Event) []evidence.Event) func(*tampered) {
		return func(b *tampered) { b.events(timeline(trunk), f) }
	}
	return map[string]forgery{
		"a changed byte, listed": {
			func(b *tampered) { b.replace(timeline(trunk), `"encoding":"text"`, `"encoding":"base64"`) },
			inManifest,
			timeline(trunk) + ": it has the SHA-256 .*, the report says",
		},
		"a dropped event, listed":  {change(dropLast), inManifest, "it has .* events, the report says"},
		"reordered events, listed": {change(swap), inManifest, "event .* is numbered"},
		"reordered events, renumbered": {
			change(func(e []evidence.Event) []evidence.Event { return renumber(swapExchanges(e)) }),
			inEverything,
			"is earlier than the event before it|ended after it was recorded",
		},
		"reordered events, with new times": {change(func(e []evidence.Event) []evidence.Event {
			swapped := renumber(swapExchanges(slices.Clone(e)))
			for i := range swapped {
				swapped[i].At = e[i].At
			}
			return swapped
		}), inEverything, "ended after it was recorded"},
		"an event of another kind": {
			change(func(e []evidence.Event) []evidence.Event { e[0].Kind = evidence.KindWait; return e }),
			inEverything,
			"does not have exactly the payload of kind",
		},
		"an event of no kind": {
			change(func(e []evidence.Event) []evidence.Event { e[0].ActBoundary = nil; return e }),
			inEverything,
			"does not have exactly the payload of kind",
		},
		"two timelines swapped": {func(b *tampered) {
			b.files[timeline(1)], b.files[timeline(2)] = b.files[timeline(2)], b.files[timeline(1)]
		}, inManifest, "00[12].ndjson: it has .* events, the report says"},
		"two timelines swapped, in the report too": {func(b *tampered) {
			b.files[timeline(1)], b.files[timeline(2)] = b.files[timeline(2)], b.files[timeline(1)]
		}, inEverything, "was created for another situation or run"},
		"a line that is no event": {
			func(b *tampered) { b.files[timeline(trunk)] = append(b.files[timeline(trunk)], "{}\n"...) },
			inEverything,
			"is not as cvconform writes an event",
		},
		"an act that was not planned": {
			change(func(e []evidence.Event) []evidence.Event { e[5].Act = "create(both) > train > train > train"; return e }),
			inEverything,
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

// everyEvent changes every event of a timeline.
func everyEvent(number int, change func(*evidence.Event)) func(*tampered) {
	return func(b *tampered) {
		b.events(timeline(number), func(events []evidence.Event) []evidence.Event {
			for i := range events {
				change(&events[i])
			}
			return events
		})
	}
}

func without(number int, drop func(evidence.Event) bool) func(*tampered) {
	return func(b *tampered) {
		b.events(
			timeline(number),
			func(events []evidence.Event) []evidence.Event { return renumber(slices.DeleteFunc(events, drop)) },
		)
	}
}

func isTrainingCompleted(e evidence.Event) bool {
	return e.Kind == evidence.KindMessage && strings.Contains(e.Message.Text, "TrainingCompleted")
}

// ofEvents are forgeries of somebody who makes manifest and report agree with
// another timeline: what follows from it gives them away.
func ofEvents(trunk int) map[string]forgery {
	return map[string]forgery{
		"no Training message": {
			without(trunk, isTrainingCompleted),
			inEverything,
			`\[CVSI-TRAIN-01\].*verdict is "passed", the evidence gives "failed"`,
		},
		"another status": {everyEvent(trunk, func(e *evidence.Event) {
			if isTrainingCompleted(*e) {
				e.Message.Text = strings.Replace(e.Message.Text, "TrainingCompleted", "TrainingFailed", 1)
			}
		}), inEverything, `\[CVSI-TRAIN-04\].*verdict is "passed", the evidence gives "failed"`},
		"no backups": {
			without(trunk, func(e evidence.Event) bool { return e.Kind == evidence.KindBlob }),
			inEverything,
			`\[CVSI-BACKUP-01\].*the evidence gives "failed"`,
		},
		"no training": {
			without(trunk, func(e evidence.Event) bool { return e.Act == "create(both) > train" && e.Kind == evidence.KindAct }),
			inEverything,
			`\[CVSI-TRAIN-01\].*the evidence gives "harness-error"`,
		},
		"another latency": {everyEvent(trunk, func(e *evidence.Event) {
			if e.Kind == evidence.KindWait && e.Wait.Budget == "training" {
				e.Wait.Elapsed = 1
			}
		}), inEverything, `situations\[create\(both\)\].latencies.training is`},
	}
}

// ofOrigins are forgeries that make a timeline that of another run.
func ofOrigins(trunk int) map[string]forgery {
	return map[string]forgery{
		"a patient wait": {everyEvent(trunk, func(e *evidence.Event) {
			if e.Kind == evidence.KindWait {
				e.Wait.Limit = time.Hour
			}
		}), inEverything, "it waited within 1h0m0s, budget .* of the report is"},
		"calls of another service": {everyEvent(trunk, func(e *evidence.Event) {
			if e.Kind == evidence.KindExchange {
				e.Exchange.URL = strings.Replace(e.Exchange.URL, "127.0.0.1", "service.example", 1)
			}
		}), inEverything, "http://service.example.* is not a call to http://127.0.0.1"},
		"another queue": {everyEvent(trunk, func(e *evidence.Event) {
			if e.Kind == evidence.KindResource {
				e.Resource.URI = strings.Replace(e.Resource.URI, "127.0.0.1", "storage.example", 1)
			}
		}), inEverything, "http://storage.example.* is not cvc-.* of the storage at"},
		"a message from elsewhere": {everyEvent(trunk, func(e *evidence.Event) {
			if e.Kind == evidence.KindMessage {
				e.Message.Queue = "cvc-00000000-01-q1"
			}
		}), inEverything, "cvc-00000000-01-q1 was created for another situation or run"},
		"a blob from elsewhere": {everyEvent(trunk, func(e *evidence.Event) {
			if e.Kind == evidence.KindBlob {
				e.Blob.Container = "elsewhere"
			}
		}), inEverything, "elsewhere was created for another situation or run"},
		"after the run": {func(b *tampered) {
			b.events(timeline(trunk), func(e []evidence.Event) []evidence.Event { e[len(e)-1].At += time.Hour; return e })
		}, inEverything, "was recorded after the run"},
	}
}
