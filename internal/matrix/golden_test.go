package matrix_test

import (
	"strings"
	"time"

	"github.com/cvconform/cvconform/internal/matrix"
	"github.com/cvconform/cvconform/internal/report"
)

// sample is a matrix with every outcome in it, and bytes that no format likes.
func sample() *matrix.Matrix {
	began := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	m := &matrix.Matrix{
		Run: matrix.Run{ID: "5f3a9c11", Started: began, Finished: began.Add(21340 * time.Millisecond), Complete: true,
			Suite:   report.Suite{Version: "v1.0.0", FeaturesDigest: strings.Repeat("6f1ed002", 8), Musts: 30},
			Storage: matrix.StorageInfo{Kind: "process", Version: "3.37.0"}, Judged: matrix.Named, Parallel: 8},
		Defects: defects(),
		Variations: []matrix.Variation{
			{Name: "more-members", Sentence: "Messages have more members.", Outcome: matrix.Accepted, DurationMs: 900},
			{Name: "ids-in-capitals", Sentence: "Ids are in capitals.", Outcome: matrix.Flagged, FlaggedBy: []matrix.Result{
				{Requirement: "CVSI-TRAIN-03", Verdict: report.Failed, Reason: `Content.projectId = "A"`}}},
			{Name: "images-one-by-one", Sentence: "Images are taken one by one.", Outcome: matrix.HarnessError, Error: "storage is gone"},
		},
		Requirements: []matrix.Requirement{
			{ID: "CVSI-TRAIN-01", Level: "must", Title: "A training that completes sends a Training message", Feature: train, Line: 7,
				ProvenBy: []string{"no-training-message"}, Steps: []matrix.Step{{Line: 12, Text: "the queue holds a Training message", ProvenBy: []string{"no-training-message"}}}},
			{ID: "CVSI-TRAIN-07", Level: "should", Title: "Each training sends exactly one Training message of its own", Feature: train, Line: 69,
				ProvenBy: []string{"training-message-twice"}, Steps: []matrix.Step{{Line: 75, Text: "each training sent exactly one Training message"}}},
			{ID: "CVSI-BACKUP-01", Level: "must", Title: `The backup is named "{projectId} - {iterationId}.{platformType}"`, Feature: backup, Line: 6},
		},
	}
	m.ComputeVerdict()
	return m
}

const train, backup = "training_notification.feature", "model_backup.feature"

func defects() []matrix.Defect {
	caught := func(id, why, reason string, v report.Verdict) matrix.Catch {
		return matrix.Catch{Requirement: id, ReasonContains: why, Outcome: matrix.Caught, Verdict: v, Reason: reason}
	}
	return []matrix.Defect{
		{Name: "no-training-message", Description: "No Training message is sent.", Feature: train, Outcome: matrix.Caught, DurationMs: 812,
			Catches:    []matrix.Catch{caught("CVSI-TRAIN-01", "the queue is empty", "none that belongs here: the queue is empty", report.Failed)},
			Collateral: []matrix.Result{{Requirement: "CVSI-TRAIN-07", Verdict: report.Warned, Reason: "0"}}, Unaffected: []string{"CVSI-BACKUP-01"}},
		{Name: "training-message-twice", Description: "The Training message is sent twice.", Feature: train, Outcome: matrix.Caught,
			Catches: []matrix.Catch{caught("CVSI-TRAIN-07", "got: 2", "2", report.Warned)}, Unaffected: []string{"CVSI-TRAIN-01"}},
		{Name: "training-mute", Description: "Nothing is sent.", Feature: train, Outcome: matrix.Missed, Catches: []matrix.Catch{
			{Requirement: "CVSI-TRAIN-01", ReasonContains: "the queue is empty", Outcome: matrix.Missed, Verdict: report.Passed}}},
		{Name: "backup-zip", Description: "The name of the backup ends in .zip.", Feature: backup, Outcome: matrix.WrongReason, Catches: []matrix.Catch{
			{Requirement: "CVSI-BACKUP-01", ReasonContains: `other blobs, the last: "`, Outcome: matrix.WrongReason, Verdict: report.Failed,
				Reason: "blocked: CreateProject answered 500\nwith <b>\x1b[31m & \xff</b>"}}},
		{Name: "backup-empty", Description: "The backup is empty.", Feature: backup, Outcome: matrix.HarnessError, Error: "make a queue for the run: refused",
			Catches: []matrix.Catch{{Requirement: "CVSI-BACKUP-01", ReasonContains: "0 bytes", Outcome: matrix.HarnessError}}},
		{Name: "no-backup", Description: "No backup is stored.", Feature: backup, Outcome: matrix.NotRun,
			Catches: []matrix.Catch{{Requirement: "CVSI-BACKUP-01", ReasonContains: "the container is empty", Outcome: matrix.NotRun}}},
	}
}

// proven is a small matrix in which nothing is wrong.
func proven() *matrix.Matrix {
	m := sample()
	m.Defects, m.Variations, m.Requirements = m.Defects[:1], m.Variations[:1], m.Requirements[:1]
	m.ComputeVerdict()
	return m
}
