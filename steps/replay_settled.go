package steps

import (
	"context"
	"fmt"
	"time"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine"
	"github.com/cvconform/cvconform/internal/evidence/recording"
	"github.com/cvconform/cvconform/steps/report"
)

// recordedVerdicts judges a recording for which storage was listed, by the readings of this
// run and the budgets of that one. A replay of it has to play in some order what
// nobody saw in order: where the recorded evidence leaves a check open, or gives it
// otherwise, the replay proves nothing. nil means that all was seen in order.
func (h *Session) recordedVerdicts(ctx context.Context) (map[recording.Position]recording.RecordedVerdicts, error) {
	if h.recording == nil || !h.rules().recordedVisibility.IsPolled() {
		return nil, nil
	}
	catalogue, err := features.Load()
	if err != nil {
		return nil, err
	}
	chosen, _, err := h.selectRequirements(catalogue)
	if err != nil {
		return nil, err
	}
	found, err := h.recordedRuleset().engine(chosen).JudgeRecords(ctx, recordsIn(h.recording))
	if err != nil {
		return nil, fmt.Errorf("judge the recording: %w", err)
	}
	out := map[recording.Position]recording.RecordedVerdicts{}
	for _, s := range found {
		nodes := s.Situation.Nodes()
		at := recording.Position{Situation: s.Record + 1, Act: nodes[len(nodes)-1]}
		if out[at].Situations == nil {
			out[at] = recording.RecordedVerdicts{
				Project:    s.Record + 1,
				Situations: map[string]map[string]recording.CheckResult{},
			}
		}
		addVerdict(out[at].Situations, s)
	}
	return out, nil
}

// addVerdict adds what one check gave to what is known of its situation.
func addVerdict(situations map[string]map[string]recording.CheckResult, s engine.RecordVerdict) {
	key := s.Situation.Key()
	if situations[key] == nil {
		situations[key] = map[string]recording.CheckResult{}
	}
	switch p := s.Problem; {
	case p == nil:
	case p.Kind == check.Failed || p.Kind == check.Blocked:
		situations[key][s.Check] = recording.CheckResult{Failed: true}
	default:
		situations[key][s.Check] = recording.CheckResult{Open: p.Summary}
	}
}

// recordedRuleset are those by which the recording would be judged if it were made now.
func (h *Session) recordedRuleset() ruleset {
	head := h.recording.Head
	r := h.rules()
	r.visibility, r.recordedVisibility, r.replayed = r.recordedVisibility, report.Visibility{}, false
	r.platforms, r.provoked = head.Target.Platforms, nil
	for name := range head.Provoked {
		r.provoked = append(r.provoked, name)
	}
	r.budgets = budgetsOf(head)
	return r
}

// budgetsOf are those of the run that made a recording.
func budgetsOf(head recording.Metadata) budget.Set {
	out := budget.Set{}
	for _, name := range budget.Names() {
		out[name] = head.Budget(name)
	}
	return out
}

// recordsIn are the timelines of a recording as the engine takes them.
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
