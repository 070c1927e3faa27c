package report_test

import (
	"time"

	"github.com/cvconform/cvconform/steps/report"
)

// sample returns a report that has every verdict, and text that every format must escape.
func sample() *report.Report {
	began := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	r := &report.Report{
		Schema: report.Schema, Verdict: report.Invalid, Requirements: requirements(),
		Situations: []report.ActTree{{Key: "create(both)", PerformedMs: 4321, Events: 57,
			Latencies: map[string]float64{"notification": 12.5, "connection-test": 3}}},
		Warnings: []string{"CVSI-TRAIN-07 warned: 2 Training messages"},
		Counts:   map[report.Verdict]int{},
		Run: report.Run{
			ID: "5f3a9c11", Started: began, Finished: began.Add(4500 * time.Millisecond), Complete: true,
			Suite: report.Suite{
				Version:        "v1.0.0",
				FeaturesDigest: "6f1ed002ab5595859014ebf0951522d9e2a1f0b6f6a4e1f0c1c9e8f2d3b4a5c6",
				Musts:          8,
			},
			Target: report.Target{
				Kind:       "fake",
				Name:       "fake",
				Endpoint:   "http://127.0.0.1:40001",
				APIVersion: "v3.3",
				Domain:     "General (compact) [S1]",
			},
			Storage: report.StorageInfo{
				Kind:         "process",
				Version:      "3.35.0",
				BlobEndpoint: "http://127.0.0.1:10000/devstoreaccount1",
			},
			Profile:   "full",
			Selection: report.Selection{Only: []string{"@must or @should"}, Deselected: []string{"CVSI-ACCESS-01"}},
			Readings:  map[string]string{"guid-case": "any", "api-version": "v3.3"},
			Observed:  map[string][]string{"message-encoding": {"text"}},
			Budgets:   map[string]string{"request": "10s", "absence": "250ms"},
			Parallel:  8,
			Rerun:     "cvconform run --storage process",
		},
	}
	for _, q := range r.Requirements {
		r.Counts[q.Verdict]++
	}
	r.Groups = r.FindGroups()
	return r
}

func requirements() []report.Requirement {
	var out []report.Requirement
	add := func(feature, id, level, title string, s report.Scenario) {
		s.Situation, s.Line = "create(both) > train", 10*len(out)+9
		out = append(
			out,
			report.Requirement{ID: id, Level: level, Title: title, Feature: feature, Line: s.Line - 2, Source: "guide: create",
				Verdict: s.Verdict, Reason: s.Reason, Scenarios: []report.Scenario{s}},
		)
	}
	const train, backup = "training_notification.feature", "model_backup.feature"
	add(
		train,
		"CVSI-TRAIN-01",
		"must",
		"A completed training sends a Training message",
		plain("A project is trained", report.Passed, ""),
	)
	add(train, "CVSI-TRAIN-02", "must", `The message has version "1.0"`, broken())
	add(
		train,
		"CVSI-TRAIN-04",
		"must",
		"A training that succeeds says so",
		plain("It says \x1b[31mTrainingCompleted\x1b[0m", report.UnexpectedPass, "the baseline expects a failure"),
	)
	add(
		train,
		"CVSI-TRAIN-05",
		"must",
		"A training that fails says so",
		plain("A training is made to fail", report.Inconclusive, "the provocation had no effect"),
	)
	add(
		train,
		"CVSI-TRAIN-06",
		"should",
		"It is not early",
		plain("A training completes", report.Inconclusive, "storage cannot be seen"),
	)
	add(train, "CVSI-TRAIN-07", "should", "Each training sends one message", warned())
	add(
		train,
		"CVSI-TRAIN-08",
		"may",
		"No queue, no message",
		plain("A project without a queue is trained", report.Observed, "a message was sent"),
	)
	add(
		backup,
		"CVSI-BACKUP-01",
		"must",
		`The backup is named "{projectId} - {iterationId}.{platformType}"`,
		plain("An export", report.HarnessError, "check panicked: nil\ngoroutine 1 [running]:"),
	)
	add(
		backup,
		"CVSI-BACKUP-02",
		"must",
		"The backup is a copy",
		plain("An export", report.NotApplicable, "profile notifications does not claim backups"),
	)
	add(backup, "CVSI-BACKUP-03", "should", "Byte for byte", plain("An export", report.NotRun, "the run was interrupted"))
	add(
		backup,
		"CVSI-BACKUP-05",
		"should",
		"Backups need no queue",
		plain("A container alone", report.ExpectedFailure, "known since 1 March"),
	)
	return out
}

func plain(name string, v report.Verdict, reason string) report.Scenario {
	return report.Scenario{Name: name, Verdict: v, Reason: reason, DurationMs: 250,
		Steps: []report.Step{{Text: "a project with storage integration", Verdict: report.Passed}}}
}

// broken returns a failed scenario whose step has every explanation.
func broken() report.Scenario {
	s := plain("The message has the documented form", report.Failed, "the Training message is malformed")
	s.Steps = append(s.Steps, report.Step{
		Text: "every Training message matches the documented schema", Verdict: report.Failed,
		Summary: "the Training message is malformed",
		Want:    "version \"1.0\"\ntype \"Training\"",
		Got:     "version 1 & <nothing>\x00\xff else",
		Diff:    "--- want\n+++ got\n@@ -1 +1 @@\n-\"1.0\"\n+1\n",
		Events: []report.Event{
			{
				Seq:  7,
				AtMs: 12,
				Text: "TrainProject: POST http://127.0.0.1:40001/customvision/v3.3/Training/projects/1/train\n" +
					"response: 200 application/json in 3ms",
			},
			{Seq: 112, AtMs: 1034, Text: "message in queue q1 (text): {\"version\":1}"},
		},
	}, report.Step{Text: "no message carries a secret", Verdict: report.NotRun})
	return s
}

// warned returns a scenario whose step has the same summary and observed value.
func warned() report.Scenario {
	s := plain("Two trainings", report.Warned, "2 Training messages")
	s.Steps = append(s.Steps, report.Step{Text: "each training sent exactly one Training message", Verdict: report.Warned,
		Summary: "2 Training messages", Want: "1 Training message", Got: "2 Training messages"})
	return s
}
