package session

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/recording"
	"github.com/cvconform/cvconform/steps/report"
)

// judgeRecording returns the results that limit the replay of a polled recording,
// and writes them to the evidence; nil for any other target. They are judged by
// the readings of this run and the budgets of the recorded one.
func judgeRecording(ctx context.Context, s Settings, records *Records) (check.RecordedResults, error) {
	recorded := s.Target.Recording
	if recorded == nil || !recorded.Head.Storage.Visibility.IsPolled() {
		return nil, nil
	}
	catalogue, err := features.Load()
	if err != nil {
		return nil, err
	}
	chosen, _, err := s.Criteria.Select(catalogue)
	if err != nil {
		return nil, err
	}
	results, err := recordedRules(s, recorded.Head).Engine(chosen).JudgeRecorded(ctx, recordsIn(recorded))
	if err != nil {
		return nil, fmt.Errorf("judge the recording: %w", err)
	}
	if records.bundle != nil {
		text, err := encodeRecordedResults(results)
		if err == nil {
			err = records.section.Put(evidence.RecordedResultsFile, text)
		}
		records.bundle.RecordError(err)
	}
	return results, nil
}

// encodeRecordedResults returns the only form of the results in bytes.
func encodeRecordedResults(results check.RecordedResults) ([]byte, error) {
	text, err := json.MarshalIndent(results, "", "  ")
	return append(text, '\n'), err
}

// DecodeRecordedResults parses the results that [Run] wrote to the evidence of a
// replay, and nothing else.
func DecodeRecordedResults(text []byte) (check.RecordedResults, error) {
	results := check.RecordedResults{}
	if err := json.Unmarshal(text, &results); err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", evidence.RecordedResultsFile, err)
	}
	if again, err := encodeRecordedResults(results); err != nil || !bytes.Equal(again, text) || results == nil {
		return nil, fmt.Errorf("%s is not as cvconform writes it", evidence.RecordedResultsFile)
	}
	return results, nil
}

// recordedRules returns the rules by which the recording would be judged if it
// were made now.
func recordedRules(s Settings, head recording.Metadata) Rules {
	r := s.Rules(head.Target.Platforms, head.Storage.Visibility)
	r.RecordedVisibility, r.Replayed, r.Provoked = report.Visibility{}, false, nil
	for name := range head.Provoked {
		r.Provoked = append(r.Provoked, name)
	}
	r.Budgets = budget.Set{}
	for _, name := range budget.Names() {
		r.Budgets[name] = head.Budget(name)
	}
	return r
}

// recordsIn returns the timelines of a recording for the engine.
func recordsIn(r *recording.Recording) []engine.TimelineRecord {
	var out []engine.TimelineRecord
	for i, s := range r.Situations {
		var started time.Time
		if i < len(r.Head.Situations) {
			started = r.Head.Situations[i].Started
		}
		out = append(out, engine.TimelineRecord{Key: s.Key, Started: started, Events: s.Events})
	}
	return out
}
