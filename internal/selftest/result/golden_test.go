package result_test

import (
	"strings"
	"time"

	"github.com/cvconform/cvconform/internal/selftest/result"
	"github.com/cvconform/cvconform/steps/report"
)

// sample returns a matrix that has every outcome, and text that every format must escape.
func sample() *result.Matrix {
	started := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	m := &result.Matrix{
		Run: result.Run{ID: "5f3a9c11", Started: started, Finished: started.Add(21340 * time.Millisecond), Complete: true,
			Suite:   report.Suite{Version: "v1.0.0", FeaturesDigest: strings.Repeat("6f1ed002", 8), Musts: 30},
			Storage: result.StorageInfo{Kind: "process", Version: "3.37.0"}, Judged: result.Named, Parallel: 8},
		Defects: defects(),
		Variations: []result.Variation{
			{Name: "more-members", Description: "Messages have more members.", Outcome: result.Accepted, DurationMs: 900},
			{Name: "ids-in-capitals", Description: "Ids are in capitals.", Outcome: result.Flagged, FlaggedBy: []result.Result{
				{Requirement: "CVSI-TRAIN-03", Verdict: report.Failed, Reason: `Content.projectId = "A"`}}},
			{
				Name:        "images-one-by-one",
				Description: "Images are taken one by one.",
				Outcome:     result.HarnessError,
				Error:       "storage is gone",
			},
		},
		Requirements: []result.Requirement{
			{
				ID:      "CVSI-TRAIN-01",
				Level:   "must",
				Title:   "A training that completes sends a Training message to the queue",
				Feature: train,
				Line:    7,
				ProvenBy: []string{
					"no-training-message",
				},
				Steps: []result.Step{
					{Line: 12, Text: "the queue holds a Training message", ProvenBy: []string{"no-training-message"}},
				},
			},
			{
				ID:      "CVSI-TRAIN-07",
				Level:   "should",
				Title:   "Each training sends exactly one Training message of its own",
				Feature: train,
				Line:    69,
				ProvenBy: []string{
					"training-message-twice",
				},
				Steps: []result.Step{{Line: 75, Text: "each training sent exactly one Training message"}},
			},
			{
				ID:      "CVSI-BACKUP-01",
				Level:   "must",
				Title:   `The backup is named "{projectId} - {iterationId}.{platformType}"`,
				Feature: backup,
				Line:    6,
			},
		},
	}
	m.ComputeVerdict()
	return m
}

const train, backup = "training_notification.feature", "model_backup.feature"

func defects() []result.Defect {
	caught := func(id, why, reason string, v report.Verdict) result.Catch {
		return result.Catch{Requirement: id, ReasonContains: why, Outcome: result.Caught, Verdict: v, Reason: reason}
	}
	return []result.Defect{
		{
			Name:        "no-training-message",
			Description: "No Training message is sent.",
			Feature:     train,
			Outcome:     result.Caught,
			DurationMs:  812,
			Catches: []result.Catch{
				caught("CVSI-TRAIN-01", "the queue is empty", "none that belongs here: the queue is empty", report.Failed),
			},
			Collateral: []result.Result{
				{Requirement: "CVSI-TRAIN-07", Verdict: report.Warned, Reason: "0"},
			},
			Unaffected: []string{"CVSI-BACKUP-01"},
		},
		{
			Name:        "training-message-twice",
			Description: "The Training message is sent twice.",
			Feature:     train,
			Outcome:     result.Caught,
			Catches: []result.Catch{
				caught("CVSI-TRAIN-07", "got: 2", "2", report.Warned),
			},
			Unaffected: []string{"CVSI-TRAIN-01"},
		},
		{
			Name:        "training-mute",
			Description: "Nothing is sent.",
			Feature:     train,
			Outcome:     result.Missed,
			Catches: []result.Catch{
				{
					Requirement:    "CVSI-TRAIN-01",
					ReasonContains: "the queue is empty",
					Outcome:        result.Missed,
					Verdict:        report.Passed,
				}},
		},
		{
			Name:        "backup-zip",
			Description: "The name of the backup ends in .zip.",
			Feature:     backup,
			Outcome:     result.WrongReason,
			Catches: []result.Catch{
				{
					Requirement:    "CVSI-BACKUP-01",
					ReasonContains: `other blobs, the last: "`,
					Outcome:        result.WrongReason,
					Verdict:        report.Failed,
					Reason:         "blocked: CreateProject returned 500\nwith <b>\x1b[31m & \xff</b>",
				}},
		},
		{
			Name:        "backup-empty",
			Description: "The backup is empty.",
			Feature:     backup,
			Outcome:     result.HarnessError,
			Error:       "make a queue for the run: refused",
			Catches: []result.Catch{
				{Requirement: "CVSI-BACKUP-01", ReasonContains: "0 bytes", Outcome: result.HarnessError},
			},
		},
		{Name: "no-backup", Description: "No backup is stored.", Feature: backup, Outcome: result.NotRun,
			Catches: []result.Catch{
				{Requirement: "CVSI-BACKUP-01", ReasonContains: "the container is empty", Outcome: result.NotRun},
			}},
	}
}

// proven returns a small matrix without problems.
func proven() *result.Matrix {
	m := sample()
	m.Defects, m.Variations, m.Requirements = m.Defects[:1], m.Variations[:1], m.Requirements[:1]
	m.ComputeVerdict()
	return m
}
