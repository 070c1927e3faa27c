package steps

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

// judgeRecording sets the results that limit the replay of a polled recording, and writes them to
// the evidence. They are judged by the readings of this run and the budgets of the recorded one.
func (h *Session) judgeRecording(ctx context.Context) error {
	if h.recording == nil || !h.rules().recordedVisibility.IsPolled() {
		return nil
	}
	catalogue, err := features.Load()
	if err != nil {
		return err
	}
	chosen, _, err := h.selectRequirements(catalogue)
	if err != nil {
		return err
	}
	results, err := h.recordedRuleset().engine(chosen).JudgeRecorded(ctx, recordsIn(h.recording))
	if err != nil {
		return fmt.Errorf("judge the recording: %w", err)
	}
	h.recordedResults = results
	if h.bundle != nil {
		text, err := encodeRecordedResults(results)
		if err == nil {
			err = h.section().Put(evidence.RecordedResultsFile, text)
		}
		h.bundle.RecordError(err)
	}
	return nil
}

// encodeRecordedResults returns the only form of the results in bytes.
func encodeRecordedResults(results check.RecordedResults) ([]byte, error) {
	text, err := json.MarshalIndent(results, "", "  ")
	return append(text, '\n'), err
}

// decodeRecordedResults parses text that encodeRecordedResults wrote, and nothing else.
func decodeRecordedResults(text []byte) (check.RecordedResults, error) {
	results := check.RecordedResults{}
	if err := json.Unmarshal(text, &results); err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", evidence.RecordedResultsFile, err)
	}
	if again, err := encodeRecordedResults(results); err != nil || !bytes.Equal(again, text) || results == nil {
		return nil, fmt.Errorf("%s is not as cvconform writes it", evidence.RecordedResultsFile)
	}
	return results, nil
}

// recordedRuleset returns the rules by which the recording would be judged if it were made now.
func (h *Session) recordedRuleset() ruleset {
	head := h.recording.Head
	r := h.rules()
	r.visibility, r.recordedVisibility, r.replayed, r.results = r.recordedVisibility, report.Visibility{}, false, nil
	r.platforms, r.provoked = head.Target.Platforms, nil
	for name := range head.Provoked {
		r.provoked = append(r.provoked, name)
	}
	r.budgets = budgetsOf(head)
	return r
}

// budgetsOf returns the budgets of the run that made a recording.
func budgetsOf(head recording.Metadata) budget.Set {
	out := budget.Set{}
	for _, name := range budget.Names() {
		out[name] = head.Budget(name)
	}
	return out
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
