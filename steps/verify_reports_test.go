package steps

import (
	"strings"
	"time"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/bundle"

	"github.com/cvconform/cvconform/steps/report"
)

// inRunReport returns a function that changes the report of the run.
func inRunReport(change func(*Report)) func(*tamperedBundle) {
	return func(b *tamperedBundle) { b.editReport(runReport, change) }
}

// reportForgeries returns forgeries of the results in the report.
func reportForgeries() map[string]forgery {
	return map[string]forgery{
		"another verdict of the run": {func(b *tamperedBundle) {
			b.editReport(runReport, func(r *Report) { r.Verdict = report.Conformant })
			b.editManifest(func(m *bundle.Manifest) { m.Verdict = "conformant" })
		}, hideInManifest, `report.json: verdict is "conformant", the evidence gives "partial"`},
		"another verdict of a requirement": {
			inRunReport(func(r *Report) { r.Requirements[0].Verdict = report.Failed }),
			hideInManifest,
			`requirements\[CVSI-CREATE-01\].verdict is "failed", the evidence gives "passed"`,
		},
		"another verdict of a scenario": {
			inRunReport(func(r *Report) { r.Requirements[0].Scenarios[0].Verdict = report.Warned }),
			hideInManifest,
			`scenarios\[.*\].verdict is "warned"`,
		},
		"another verdict of a step": {
			inRunReport(func(r *Report) { r.Requirements[0].Scenarios[0].Steps[0].Verdict = report.Failed }),
			hideInManifest,
			`steps\[0\].verdict is "failed"`,
		},
		"an added reason": {
			inRunReport(func(r *Report) { r.Requirements[0].Reason = "so" }),
			hideInManifest,
			`reason is "so", the evidence gives null`,
		},
		"another title": {
			inRunReport(func(r *Report) { r.Requirements[0].Title = "Nothing is required" }),
			hideInManifest,
			`title is "Nothing is required"`,
		},
		"another level": {
			inRunReport(func(r *Report) { r.Requirements[0].Level = "may" }),
			hideInManifest,
			`level is "may", the evidence gives "must"`,
		},
		"a missing requirement": {
			inRunReport(func(r *Report) { r.Requirements = r.Requirements[1:] }),
			hideInManifest,
			`requirements is .*, the evidence gives`,
		},
		"missing scenarios": {
			inRunReport(func(r *Report) { r.Requirements[0].Scenarios = nil }),
			hideInManifest,
			`scenarios is \[\]`,
		},
		"other counts": {
			inRunReport(func(r *Report) { r.Counts[report.Passed]++ }),
			hideInManifest,
			`counts.passed is 7, the evidence gives 6`,
		},
		"other observations": {
			inRunReport(func(r *Report) { r.Run.Observed["message-encoding"] = []string{"base64"} }),
			hideInManifest,
			`run.observed.message-encoding\[0\] is "base64"`,
		},
		"gateway bypassed": {
			inRunReport(func(r *Report) { r.Run.GatewayBypassed = true }),
			hideInManifest,
			`run.gatewayBypassed is true, the evidence gives null`,
		},
		"other musts": {
			inRunReport(func(r *Report) { r.Run.Suite.Musts = 3 }),
			hideInManifest,
			`run.suite.musts is 3, the evidence gives 33`,
		},
		"fewer events": {
			inRunReport(func(r *Report) { r.Situations[0].Events-- }),
			hideInManifest,
			`001.ndjson: it has .* events, the report says`,
		},
		"a shorter duration": {
			inRunReport(func(r *Report) { r.Situations[0].PerformedMs = 1 }),
			hideInManifest,
			`performedMs is 1`,
		},
		"a missing situation": {
			inRunReport(func(r *Report) { r.Situations = r.Situations[:1] }),
			hideInManifest,
			`the plan has 2 situations, the evidence has 1`,
		},
		"another situation": {
			inRunReport(func(r *Report) { r.Situations[0].Key = "create(none)" }),
			hideInManifest,
			`situation 1: the plan has .*, the evidence has "create\(none\)"`,
		},
		"an invented error": {
			inRunReport(func(r *Report) { r.Situations[0].Error = "storage was gone" }),
			hideInManifest,
			`verdict is ".*", the evidence gives "harness-error"`,
		},
		"an unfinished run": {
			inRunReport(func(r *Report) { r.Run.Complete = false }),
			hideInManifest,
			"the report is of a run that was interrupted",
		},
		"an escape sequence of a terminal": {
			inRunReport(func(r *Report) { r.Requirements[0].Scenarios[0].Name = "\x1b[31m" }),
			hideInManifest,
			`scenarios\[\\x1b\[31m\].name is`,
		},
		"an unknown member": {
			func(b *tamperedBundle) { b.replace(runReport, `"verdict"`, `"proof": true, "verdict"`) },
			hideInManifest,
			`report.json cannot be read: .*unknown field "proof"`,
		},
		"other white space": {
			func(b *tamperedBundle) { b.replace(runReport, `": `, `":  `) },
			hideInManifest,
			"report.json is not as cvconform writes it",
		},
		"another schema": {
			func(b *tamperedBundle) { b.replace(runReport, "report/v1", "report/v2") },
			hideInManifest,
			`report.json cannot be read: its schema is "cvconform/report/v2"`,
		},
	}
}

// settingForgeries returns forgeries of the settings in the report.
func settingForgeries() map[string]forgery {
	return map[string]forgery{
		"another reading of names": {
			inRunReport(func(r *Report) { r.Run.Readings["blob-name"] = "tight" }),
			hideInManifest,
			`\[CVSI-BACKUP-01\].*the evidence gives "failed"`,
		},
		"another version of the API": {
			inRunReport(func(r *Report) { r.Run.Readings["api-version"] = "v3.4-preview" }),
			hideInManifest,
			"is not a call to http://127.0.0.1:.*, API v3.4-preview",
		},
		"an unknown reading": {
			inRunReport(func(r *Report) { r.Run.Readings["mood"] = "good" }),
			hideInManifest,
			`has no usable rules: unknown reading "mood"`,
		},
		"a missing reading": {
			inRunReport(func(r *Report) { delete(r.Run.Readings, "blob-name") }),
			hideInManifest,
			"6 readings and 10 budgets, but there are 7 and 10",
		},
		"another budget": {
			inRunReport(func(r *Report) { r.Run.Budgets["training"] = "1h0m0s" }),
			hideInManifest,
			"it waited within 20s, budget training of the report is 1h0m0s",
		},
		"another budget for lag": {
			inRunReport(func(r *Report) { r.Run.Budgets["status-lag"] = "1ns" }),
			hideInManifest,
			"budget status-lag of the report is 1ns",
		},
		"an invalid budget": {
			inRunReport(func(r *Report) { r.Run.Budgets["training"] = "soon" }),
			hideInManifest,
			"has no usable rules: budget training",
		},
		"a missing budget": {
			inRunReport(func(r *Report) { delete(r.Run.Budgets, "training") }),
			hideInManifest,
			"7 readings and 9 budgets",
		},
		"another profile": {
			inRunReport(func(r *Report) { r.Run.Profile = "backup" }),
			hideInManifest,
			`report.json does not follow|the evidence gives "not-applicable"`,
		},
		"an unknown profile": {
			inRunReport(func(r *Report) { r.Run.Profile = "none" }),
			hideInManifest,
			`has no usable rules: unknown profile "none"`,
		},
		"no provocations": {
			inRunReport(func(r *Report) { r.Run.Provoked = nil }),
			hideInManifest,
			`the plan has 1 situations, the evidence has 2`,
		},
		"fewer platforms": {
			inRunReport(func(r *Report) { r.Run.Platforms = r.Run.Platforms[:1] }),
			hideInManifest,
			"report.json does not follow|the evidence gives",
		},
		"a selection": {
			inRunReport(func(r *Report) { r.Run.Selection.Skip = append(r.Run.Selection.Skip, "CVSI-TRAIN-05") }),
			hideInManifest,
			"report.json does not follow: the plan has 1 situations",
		},
		"an unknown selection": {
			inRunReport(func(r *Report) { r.Run.Selection.Only = []string{"CVSI-NOTHING-01"} }),
			hideInManifest,
			"matches no requirement",
		},
		"isolation": {
			inRunReport(func(r *Report) { r.Run.Isolate = true }),
			hideInManifest,
			"situations, the evidence has 2",
		},
		"another observer": {
			inRunReport(func(r *Report) {
				r.Run.Visibility = report.Visibility{Observer: report.Poller, DeletedBlobs: true}
			}),
			hideInManifest,
			`is inferred from "", the report says that storage was observed by the poller`,
		},
		"a gateway with retained blobs": {
			inRunReport(func(r *Report) { r.Run.Visibility = report.Visibility{Observer: report.Gateway, Versions: true} }),
			hideInManifest,
			`observer "gateway" with retained blobs`,
		},
		"an unknown observer": {
			inRunReport(func(r *Report) { r.Run.Visibility = report.Visibility{Observer: "guess"} }),
			hideInManifest,
			`has no usable rules: unknown observer "guess"`,
		},
		"another service": {
			inRunReport(func(r *Report) { r.Run.Target.Endpoint = "https://service.example" }),
			hideInManifest,
			"is not a call to https://service.example",
		},
		"another storage": {
			inRunReport(func(r *Report) { r.Run.Storage.SeenQueueEndpoint = "https://storage.example/account" }),
			hideInManifest,
			"of the storage at https://storage.example/account",
		},
		"another run": {func(b *tamperedBundle) {
			b.editReport(runReport, func(r *Report) { r.Run.ID = "00000000" })
			b.editManifest(func(m *bundle.Manifest) { m.Run = "00000000" })
		}, hideInManifest, "its name does not begin with cvc-00000000-"},
		"another day": {
			inRunReport(func(r *Report) { r.Run.Started = r.Run.Started.Add(24 * time.Hour) }),
			hideInManifest,
			"before the run",
		},
		"an earlier end": {
			inRunReport(func(r *Report) { r.Run.Finished = r.Run.Started }),
			hideInManifest,
			"was recorded after the run",
		},
		"an earlier start of a situation": {
			inRunReport(func(r *Report) { r.Situations[0].Started = r.Situations[0].Started.Add(-time.Second) }),
			hideInManifest,
			"ended after it was recorded|before the run",
		},
		"another version": {
			inRunReport(func(r *Report) { r.Run.Suite.Version = "v0.0.1" }),
			hideInManifest,
			"report.json was made by cvconform v0.0.1",
		},
		"another digest of the features": {
			inRunReport(func(r *Report) { r.Run.Suite.FeaturesDigest = strings.Repeat("0", 64) }),
			hideInManifest,
			"report.json was made by cvconform",
		},
	}
}

// firstBlob returns the name of a file with the content of a blob.
func (b *tamperedBundle) firstBlob() string {
	for name := range b.files {
		if strings.HasPrefix(name, "blobs/") {
			return name
		}
	}
	return ""
}

func contentForgeries() map[string]forgery {
	other := []byte("another model")
	return map[string]forgery{
		"a changed blob": {
			func(b *tamperedBundle) { b.files[b.firstBlob()] = other },
			keepDigests,
			"blobs/.* has 13 bytes, the manifest says",
		},
		"a missing blob":         {func(b *tamperedBundle) { delete(b.files, b.firstBlob()) }, keepDigests, "blobs/.* is missing"},
		"a changed blob, listed": {func(b *tamperedBundle) { b.files[b.firstBlob()] = other }, hideInManifest, "blobs/.* has the SHA-256"},
		"a missing blob, unlisted": {func(b *tamperedBundle) { delete(b.files, b.firstBlob()) }, hideInManifest,
			"blobs/.* is missing: .*timelines/.*, event .*, mentions it"},
		"an extra blob": {
			func(b *tamperedBundle) { b.files[bundle.BlobFile(sha(other))] = other },
			hideInManifest,
			"blobs/" + sha(other) + " belongs to nothing",
		},
		"a blob left out as too large": {func(b *tamperedBundle) {
			name := b.firstBlob()
			length := int64(len(b.files[name]))
			delete(b.files, name)
			b.editManifest(func(m *bundle.Manifest) {
				m.LeftOut = append(
					m.LeftOut,
					bundle.OmittedContent{SHA256: strings.TrimPrefix(name, "blobs/"), Length: length, Reason: bundle.TooLarge},
				)
			})
		}, hideInManifest, `is left out as "larger than 16 MiB"`},
		"a blob left out with another length": {func(b *tamperedBundle) {
			name := b.firstBlob()
			delete(b.files, name)
			b.editManifest(func(m *bundle.Manifest) {
				m.LeftOut = append(
					m.LeftOut,
					bundle.OmittedContent{SHA256: strings.TrimPrefix(name, "blobs/"), Length: 1, Reason: bundle.Secret},
				)
			})
		}, hideInManifest, `has 1 bytes by the manifest, .* by `},
		"an unknown content left out": {func(b *tamperedBundle) {
			b.editManifest(func(m *bundle.Manifest) {
				m.LeftOut = append(m.LeftOut, bundle.OmittedContent{SHA256: sha(other), Length: 13, Reason: bundle.Secret})
			})
		}, hideInManifest, `which no timeline mentions`},
		"another archive": {
			func(b *tamperedBundle) {
				b.editArchiveEntries(func(entries map[string]string) { entries["extra"] = sha(other) })
			},
			hideInReports,
			"say different things of the content|is an archive of other files than",
		},
	}
}

// editArchiveEntries changes the entries of all archives in the timelines of the run.
func (b *tamperedBundle) editArchiveEntries(change func(entries map[string]string)) {
	for name := range b.files {
		if !strings.HasPrefix(name, "timelines/") {
			continue
		}
		b.editEvents(name, func(events []evidence.Event) []evidence.Event {
			for _, e := range events {
				if e.Kind == evidence.KindBlob && e.Blob.Entries != nil {
					change(e.Blob.Entries)
				}
				if e.Kind == evidence.KindDownload && e.Download.Entries != nil {
					change(e.Download.Entries)
				}
			}
			return events
		})
	}
}

func controlForgeries() map[string]forgery {
	const reference, null = "controls/reference/report.json", "controls/null/report.json"
	return map[string]forgery{
		"another control": {
			inRunReport(func(r *Report) { r.Controls.Null = "invalid" }),
			hideInManifest,
			"the report says of the controls: .*null invalid; they are: .*null not-conformant",
		},
		"no controls": {
			inRunReport(func(r *Report) { r.Controls = report.Controls{} }),
			hideInManifest,
			"controls/.* belongs to nothing",
		},
		"a problem of a control": {
			inRunReport(func(r *Report) { r.Controls.Problems = []string{"x"} }),
			hideInManifest,
			`verdict is "partial", the evidence gives "invalid"`,
		},
		"another verdict of a control": {
			func(b *tamperedBundle) {
				b.editReport(null, func(r *Report) { r.Requirements[0].Verdict = report.Passed })
			},
			hideInManifest,
			null + `: requirements\[CVSI-CREATE-01\].verdict is "passed"`,
		},
		"a changed timeline of a control": {func(b *tamperedBundle) { b.editEvents("controls/reference/"+timelineFile(1), dropLastEvent) }, hideInManifest,
			"controls/reference/timelines/001.ndjson: it has"},
		"a missing control": {func(b *tamperedBundle) {
			for name := range b.files {
				if strings.HasPrefix(name, "controls/null/") {
					delete(b.files, name)
				}
			}
		}, hideInManifest, null + " is missing"},
		"swapped controls": {func(b *tamperedBundle) {
			for name := range b.files {
				if rest, ok := strings.CutPrefix(name, "controls/null/"); ok {
					other := "controls/reference/" + rest
					b.files[name], b.files[other] = b.files[other], b.files[name]
				}
			}
		}, hideInManifest, "the controls are of the targets null and fake"},
		"another reading": {
			inRunReport(func(r *Report) { r.Run.Readings["guid-case"] = "lower" }),
			hideInManifest,
			"the control fake was judged by other readings",
		},
		"a control of another selection": {func(b *tamperedBundle) {
			b.editReport(reference, func(r *Report) { r.Run.Selection.Deselected = []string{"CVSI-TRAIN-01"} })
		}, hideInManifest, "the control fake was judged by .* another part of the contract"},
	}
}
