package steps

import (
	"context"
	"fmt"
	"time"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine"
	"github.com/cvconform/cvconform/internal/recording"
)

// settled judges a recording for which storage was listed, by the readings of this
// run and the budgets of that one. A replay of it has to play in some order what
// nobody saw in order: where the recorded evidence leaves a check open, or gives it
// otherwise, the replay proves nothing. nil means that all was seen in order.
func (h *house) settled(ctx context.Context) (map[recording.Origin]recording.Settled, error) {
	if h.recording == nil || !h.rules().recorded.Listing {
		return nil, nil
	}
	catalogue, err := features.Load()
	if err != nil {
		return nil, err
	}
	chosen, _, err := h.choose(catalogue)
	if err != nil {
		return nil, err
	}
	found, err := h.recordedRules().engine(chosen).Settle(ctx, recordsIn(h.recording))
	if err != nil {
		return nil, fmt.Errorf("judge the recording: %w", err)
	}
	out := map[recording.Origin]recording.Settled{}
	for _, s := range found {
		nodes := s.Situation.Nodes()
		at := recording.Origin{Situation: s.Record + 1, Act: nodes[len(nodes)-1]}
		if out[at].Situations == nil {
			out[at] = recording.Settled{Project: s.Record + 1, Situations: map[string]map[string]recording.Ruling{}}
		}
		rule(out[at].Situations, s)
	}
	return out, nil
}

// rule adds what one check gave to what is known of its situation.
func rule(situations map[string]map[string]recording.Ruling, s engine.Settlement) {
	key := s.Situation.Key()
	if situations[key] == nil {
		situations[key] = map[string]recording.Ruling{}
	}
	switch p := s.Problem; {
	case p == nil:
	case p.Kind == check.Failed || p.Kind == check.Blocked:
		situations[key][s.Check] = recording.Ruling{Failed: true}
	default:
		situations[key][s.Check] = recording.Ruling{Open: p.Summary}
	}
}

// recordedRules are those by which the recording would be judged if it were made now.
func (h *house) recordedRules() rules {
	head := h.recording.Head
	r := h.rules()
	r.sight, r.recorded, r.replayed = r.recorded, check.Sight{}, false
	r.platforms, r.provoked = head.Target.Platforms, nil
	for name := range head.Provoked {
		r.provoked = append(r.provoked, name)
	}
	r.budgets = budgetsOf(head)
	return r
}

// budgetsOf are those of the run that made a recording.
func budgetsOf(head recording.Head) budget.Set {
	out := budget.Set{}
	for _, name := range budget.Names() {
		out[name] = head.Budget(name)
	}
	return out
}

// recordsIn are the timelines of a recording as the engine takes them.
func recordsIn(r *recording.Recording) []engine.Record {
	var out []engine.Record
	for i, s := range r.Situations {
		var started time.Time
		if i < len(r.Head.Situations) {
			started = r.Head.Situations[i].Started
		}
		out = append(out, engine.Record{Key: s.Key, Started: started, Events: s.Events})
	}
	return out
}
