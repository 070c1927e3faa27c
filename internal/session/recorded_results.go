package session

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine"
	"github.com/cvconform/cvconform/internal/evidence/bundle"
	"github.com/cvconform/cvconform/internal/evidence/recording"
	"github.com/cvconform/cvconform/internal/jsonfile"
	"github.com/cvconform/cvconform/steps/report"
)

// judgeRecording returns the results that limit the replay of a polled recording,
// and writes them to the evidence; nil for any other target. They are judged by
// the readings of this run and the budgets of the recorded one.
func judgeRecording(ctx context.Context, s Settings, records *Records) (check.RecordedResults, error) {
	recorded := s.Target.Recording
	if recorded == nil || !recorded.Run.Visibility.IsPolled() {
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
	results, err := recordedRules(s, recorded).Engine(chosen).JudgeRecorded(ctx, recordsIn(recorded))
	if err != nil {
		return nil, fmt.Errorf("judge the recording: %w", err)
	}
	if records.bundle != nil {
		text, err := jsonfile.Encode(results)
		if err == nil {
			err = records.section.Put(bundle.RecordedResultsFile, text)
		}
		records.bundle.RecordError(err)
	}
	return results, nil
}

// DecodeRecordedResults parses the results that [Run] wrote to the evidence of a
// replay, and nothing else.
func DecodeRecordedResults(text []byte) (check.RecordedResults, error) {
	results := check.RecordedResults{}
	if err := json.Unmarshal(text, &results); err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", bundle.RecordedResultsFile, err)
	}
	if again, err := jsonfile.Encode(results); err != nil || !bytes.Equal(again, text) || results == nil {
		return nil, fmt.Errorf("%s is not as cvconform writes it", bundle.RecordedResultsFile)
	}
	return results, nil
}

// recordedRules returns the rules by which the recording would be judged if it
// were made now.
func recordedRules(s Settings, recorded *recording.Recording) Rules {
	r := s.Rules(recordedDomains(recorded), recorded.Run.Visibility)
	r.RecordedVisibility, r.Replayed = report.Visibility{}, false
	r.Provoked = slices.Collect(maps.Keys(recorded.Provoked))
	r.Budgets = budget.Set{}
	for _, name := range budget.Names() {
		r.Budgets[name] = recorded.Budget(name)
	}
	return r
}

// recordsIn returns the timelines of a recording for the engine.
func recordsIn(r *recording.Recording) []engine.TimelineRecord {
	var out []engine.TimelineRecord
	for _, s := range r.Situations {
		out = append(out, engine.TimelineRecord{Key: s.Key, Started: s.Started, Events: s.Events})
	}
	return out
}
