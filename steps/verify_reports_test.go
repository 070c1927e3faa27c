package steps

import (
	"strings"
	"time"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/bundle"

	"github.com/cvconform/cvconform/steps/report"
)

// inReport changes the report of the run.
func inReport(change func(*Report)) func(*tampered) {
	return func(b *tampered) { b.edit(runReport, change) }
}

// ofReports are forgeries of what the report says came out.
func ofReports() map[string]forgery {
	return map[string]forgery{
		"another verdict of the run": {func(b *tampered) {
			b.edit(runReport, func(r *Report) { r.Verdict = report.Conformant })
			b.manifest(func(m *bundle.Manifest) { m.Verdict = "conformant" })
		}, inManifest, `report.json: verdict is "conformant", the evidence gives "partial"`},
		"another verdict of a requirement": {
			inReport(func(r *Report) { r.Requirements[0].Verdict = report.Failed }),
			inManifest,
			`requirements\[CVSI-CREATE-01\].verdict is "failed", the evidence gives "passed"`,
		},
		"another verdict of a scenario": {
			inReport(func(r *Report) { r.Requirements[0].Scenarios[0].Verdict = report.Warned }),
			inManifest,
			`scenarios\[.*\].verdict is "warned"`,
		},
		"another verdict of a step": {
			inReport(func(r *Report) { r.Requirements[0].Scenarios[0].Steps[0].Verdict = report.Failed }),
			inManifest,
			`steps\[0\].verdict is "failed"`,
		},
		"a reason": {
			inReport(func(r *Report) { r.Requirements[0].Reason = "so" }),
			inManifest,
			`reason is "so", the evidence gives null`,
		},
		"another title": {
			inReport(func(r *Report) { r.Requirements[0].Title = "Nothing is required" }),
			inManifest,
			`title is "Nothing is required"`,
		},
		"another level": {
			inReport(func(r *Report) { r.Requirements[0].Level = "may" }),
			inManifest,
			`level is "may", the evidence gives "must"`,
		},
		"a requirement less": {
			inReport(func(r *Report) { r.Requirements = r.Requirements[1:] }),
			inManifest,
			`requirements is .*, the evidence gives`,
		},
		"a scenario less": {
			inReport(func(r *Report) { r.Requirements[0].Scenarios = nil }),
			inManifest,
			`scenarios is \[\]`,
		},
		"other counts": {
			inReport(func(r *Report) { r.Counts[report.Passed]++ }),
			inManifest,
			`counts.passed is 7, the evidence gives 6`,
		},
		"other observations": {
			inReport(func(r *Report) { r.Run.Observed["message-encoding"] = []string{"base64"} }),
			inManifest,
			`run.observed.message-encoding\[0\] is "base64"`,
		},
		"around the gateway": {
			inReport(func(r *Report) { r.Run.GatewayBypassed = true }),
			inManifest,
			`run.gatewayBypassed is true, the evidence gives null`,
		},
		"other musts": {
			inReport(func(r *Report) { r.Run.Suite.Musts = 3 }),
			inManifest,
			`run.suite.musts is 3, the evidence gives 30`,
		},
		"fewer events": {
			inReport(func(r *Report) { r.Situations[0].Events-- }),
			inManifest,
			`001.ndjson: it has .* events, the report says`,
		},
		"a quicker service": {
			inReport(func(r *Report) { r.Situations[0].PerformedMs = 1 }),
			inManifest,
			`performedMs is 1`,
		},
		"a situation less": {
			inReport(func(r *Report) { r.Situations = r.Situations[:1] }),
			inManifest,
			`the plan has 2 situations, the evidence has 1`,
		},
		"another situation": {
			inReport(func(r *Report) { r.Situations[0].Key = "create(none)" }),
			inManifest,
			`situation 1: the plan has .*, the evidence has "create\(none\)"`,
		},
		"trouble that was none": {
			inReport(func(r *Report) { r.Situations[0].Error = "storage was gone" }),
			inManifest,
			`verdict is ".*", the evidence gives "harness-error"`,
		},
		"an unfinished run": {
			inReport(func(r *Report) { r.Run.Complete = false }),
			inManifest,
			"the report is of a run that was interrupted",
		},
		"what steers a terminal": {
			inReport(func(r *Report) { r.Requirements[0].Scenarios[0].Name = "\x1b[31m" }),
			inManifest,
			`scenarios\[\\x1b\[31m\].name is`,
		},
		"a new member": {
			func(b *tampered) { b.replace(runReport, `"verdict"`, `"proof": true, "verdict"`) },
			inManifest,
			`report.json cannot be read: .*unknown field "proof"`,
		},
		"another spelling": {
			func(b *tampered) { b.replace(runReport, `": `, `":  `) },
			inManifest,
			"report.json is not as cvconform writes it",
		},
		"another schema": {
			func(b *tampered) { b.replace(runReport, "report/v1", "report/v2") },
			inManifest,
			`report.json cannot be read: its schema is "cvconform/report/v2"`,
		},
	}
}

// ofSettings are forgeries of what was judged, and by what.
func ofSettings() map[string]forgery {
	return map[string]forgery{
		"another reading of names": {
			inReport(func(r *Report) { r.Run.Readings["blob-name"] = "tight" }),
			inManifest,
			`\[CVSI-BACKUP-01\].*the evidence gives "failed"`,
		},
		"another version of the API": {
			inReport(func(r *Report) { r.Run.Readings["api-version"] = "v3.4-preview" }),
			inManifest,
			"is not a call to http://127.0.0.1:.*, API v3.4-preview",
		},

		"an unknown reading": {
			inReport(func(r *Report) { r.Run.Readings["mood"] = "good" }),
			inManifest,
			`has no usable rules: unknown reading "mood"`,
		},
		"a reading less": {
			inReport(func(r *Report) { delete(r.Run.Readings, "blob-name") }),
			inManifest,
			"6 readings and 10 budgets, but there are 7 and 10",
		},
		"another budget": {
			inReport(func(r *Report) { r.Run.Budgets["training"] = "1h0m0s" }),
			inManifest,
			"it waited within 20s, budget training of the report is 1h0m0s",
		},
		"another budget for lag": {
			inReport(func(r *Report) { r.Run.Budgets["status-lag"] = "1ns" }),
			inManifest,
			"budget status-lag of the report is 1ns",
		},
		"no budget": {
			inReport(func(r *Report) { r.Run.Budgets["training"] = "soon" }),
			inManifest,
			"has no usable rules: budget training",
		},
		"a budget less": {
			inReport(func(r *Report) { delete(r.Run.Budgets, "training") }),
			inManifest,
			"7 readings and 9 budgets",
		},
		"another profile": {
			inReport(func(r *Report) { r.Run.Profile = "backup" }),
			inManifest,
			`report.json does not follow|the evidence gives "not-applicable"`,
		},
		"an unknown profile": {
			inReport(func(r *Report) { r.Run.Profile = "none" }),
			inManifest,
			`has no usable rules: unknown profile "none"`,
		},
		"no provocations": {
			inReport(func(r *Report) { r.Run.Provoked = nil }),
			inManifest,
			`the plan has 1 situations, the evidence has 2`,
		},
		"fewer platforms": {
			inReport(func(r *Report) { r.Run.Platforms = r.Run.Platforms[:1] }),
			inManifest,
			"report.json does not follow|the evidence gives",
		},
		"a selection": {
			inReport(func(r *Report) { r.Run.Selection.Skip = append(r.Run.Selection.Skip, "CVSI-TRAIN-05") }),
			inManifest,
			"report.json does not follow: the plan has 1 situations",
		},
		"an unknown selection": {
			inReport(func(r *Report) { r.Run.Selection.Only = []string{"CVSI-NOTHING-01"} }),
			inManifest,
			"matches no requirement",
		},
		"isolation": {
			inReport(func(r *Report) { r.Run.Isolate = true }),
			inManifest,
			"situations, the evidence has 2",
		},
		"a listing": {
			inReport(func(r *Report) {
				r.Run.Visibility = report.Visibility{Observer: report.Poller, DeletedBlobs: true}
			}),
			inManifest,
			`is inferred from "", the report says that storage was observed by the poller`,
		},
		"a gateway that keeps": {
			inReport(func(r *Report) { r.Run.Visibility = report.Visibility{Observer: report.Gateway, Versions: true} }),
			inManifest,
			`observer "gateway" with retained blobs`,
		},
		"unknown observer": {
			inReport(func(r *Report) { r.Run.Visibility = report.Visibility{Observer: "guess"} }),
			inManifest,
			`has no usable rules: unknown observer "guess"`,
		},
		"another service": {
			inReport(func(r *Report) { r.Run.Target.Endpoint = "https://service.example" }),
			inManifest,
			"is not a call to https://service.example",
		},
		"another storage": {
			inReport(func(r *Report) { r.Run.Storage.SeenQueueEndpoint = "https://storage.example/account" }),
			inManifest,
			"of the storage at https://storage.example/account",
		},
		"another run": {func(b *tampered) {
			b.edit(runReport, func(r *Report) { r.Run.ID = "00000000" })
			b.manifest(func(m *bundle.Manifest) { m.Run = "00000000" })
		}, inManifest, "its name does not begin with cvc-00000000-"},
		"another day": {
			inReport(func(r *Report) { r.Run.Started = r.Run.Started.Add(24 * time.Hour) }),
			inManifest,
			"before the run",
		},
		"an earlier end": {
			inReport(func(r *Report) { r.Run.Finished = r.Run.Started }),
			inManifest,
			"was recorded after the run",
		},
		"a later begin": {
			inReport(func(r *Report) { r.Situations[0].Started = r.Situations[0].Started.Add(-time.Second) }),
			inManifest,
			"ended after it was recorded|before the run",
		},
		"another version": {
			inReport(func(r *Report) { r.Run.Suite.Version = "v0.0.1" }),
			inManifest,
			"report.json was made by cvconform v0.0.1",
		},
		"other features named": {
			inReport(func(r *Report) { r.Run.Suite.FeaturesDigest = strings.Repeat("0", 64) }),
			inManifest,
			"report.json was made by cvconform",
		},
	}
}

// blob is a content that the bundle holds.
func (b *tampered) blob() string {
	for name := range b.files {
		if strings.HasPrefix(name, "blobs/") {
			return name
		}
	}
	return ""
}

func ofContents() map[string]forgery {
	other := []byte("another model")
	return map[string]forgery{
		"a changed blob": {
			func(b *tampered) { b.files[b.blob()] = other },
			leaveDigests,
			"blobs/.* has 13 bytes, the manifest says",
		},
		"a missing blob":         {func(b *tampered) { delete(b.files, b.blob()) }, leaveDigests, "blobs/.* is missing"},
		"a changed blob, listed": {func(b *tampered) { b.files[b.blob()] = other }, inManifest, "blobs/.* has the SHA-256"},
		"a missing blob, unlisted": {func(b *tampered) { delete(b.files, b.blob()) }, inManifest,
			"blobs/.* is missing: .*timelines/.*, event .*, mentions it"},
		"a blob of its own": {
			func(b *tampered) { b.files[bundle.BlobFile(sha(other))] = other },
			inManifest,
			"blobs/" + sha(other) + " belongs to nothing",
		},
		"a blob left out as too large": {func(b *tampered) {
			name := b.blob()
			length := int64(len(b.files[name]))
			delete(b.files, name)
			b.manifest(func(m *bundle.Manifest) {
				m.LeftOut = append(
					m.LeftOut,
					bundle.OmittedContent{SHA256: strings.TrimPrefix(name, "blobs/"), Length: length, Reason: bundle.TooLarge},
				)
			})
		}, inManifest, `is left out as "larger than 16 MiB"`},
		"a blob left out with another length": {func(b *tampered) {
			name := b.blob()
			delete(b.files, name)
			b.manifest(func(m *bundle.Manifest) {
				m.LeftOut = append(
					m.LeftOut,
					bundle.OmittedContent{SHA256: strings.TrimPrefix(name, "blobs/"), Length: 1, Reason: bundle.Secret},
				)
			})
		}, inManifest, `has 1 bytes by the manifest, .* by `},
		"a content left out that is none": {func(b *tampered) {
			b.manifest(func(m *bundle.Manifest) {
				m.LeftOut = append(m.LeftOut, bundle.OmittedContent{SHA256: sha(other), Length: 13, Reason: bundle.Secret})
			})
		}, inManifest, `which no timeline mentions`},
		"another archive": {
			func(b *tampered) { b.inContents(func(entries map[string]string) { entries["extra"] = sha(other) }) },
			inEverything,
			"say different things of the content|is an archive of other files than",
		},
	}
}

// inContents changes what all timelines of the run say of the archives.
func (b *tampered) inContents(change func(entries map[string]string)) {
	for name := range b.files {
		if !strings.HasPrefix(name, "timelines/") {
			continue
		}
		b.events(name, func(events []evidence.Event) []evidence.Event {
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

func ofControls() map[string]forgery {
	const reference, null = "controls/reference/report.json", "controls/null/report.json"
	return map[string]forgery{
		"another control": {
			inReport(func(r *Report) { r.Controls.Null = "invalid" }),
			inManifest,
			"the report says of the controls: .*null invalid; they are: .*null not-conformant",
		},
		"no controls": {
			inReport(func(r *Report) { r.Controls = report.Controls{} }),
			inManifest,
			"controls/.* belongs to nothing",
		},
		"a control that fell": {
			inReport(func(r *Report) { r.Controls.Problems = []string{"x"} }),
			inManifest,
			`verdict is "partial", the evidence gives "invalid"`,
		},
		"a control's verdict": {
			func(b *tampered) { b.edit(null, func(r *Report) { r.Requirements[0].Verdict = report.Passed }) },
			inManifest,
			null + `: requirements\[CVSI-CREATE-01\].verdict is "passed"`,
		},
		"a control's timeline": {func(b *tampered) { b.events("controls/reference/"+timeline(1), dropLast) }, inManifest,
			"controls/reference/timelines/001.ndjson: it has"},
		"a missing control": {func(b *tampered) {
			for name := range b.files {
				if strings.HasPrefix(name, "controls/null/") {
					delete(b.files, name)
				}
			}
		}, inManifest, null + " is missing"},
		"controls that changed places": {func(b *tampered) {
			for name := range b.files {
				if rest, is := strings.CutPrefix(name, "controls/null/"); is {
					other := "controls/reference/" + rest
					b.files[name], b.files[other] = b.files[other], b.files[name]
				}
			}
		}, inManifest, "the controls are of the targets null and fake"},
		"another reading": {
			inReport(func(r *Report) { r.Run.Readings["guid-case"] = "lower" }),
			inManifest,
			"the control fake was judged by other readings",
		},
		"a control of another part": {func(b *tampered) {
			b.edit(reference, func(r *Report) { r.Run.Selection.Deselected = []string{"CVSI-TRAIN-01"} })
		}, inManifest, "the control fake was judged by .* another part of the contract"},
	}
}
