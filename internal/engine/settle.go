package engine

import (
	"context"

	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/situation"
)

// A Settlement is what a check gives over one record, in a situation of which that
// record has every act.
type Settlement struct {
	Record    int // its place among the records, from 0
	Situation situation.Situation
	Check     string         // "" where the situation is all there is to say
	Problem   *check.Problem // nil where the check held
}

// Settle has every scenario judge each record that has all of its situation: what
// was performed for others too. Nothing is performed, and nothing is summed up. A
// check that two scenarios make is there twice. The error says that a scenario could
// not be run.
func (r *Run) Settle(ctx context.Context, records []Record) ([]Settlement, error) {
	var out []Settlement
	for _, it := range r.declare(ctx) {
		if it.broken != nil {
			return nil, it.broken
		}
		if it.absent != "" {
			continue
		}
		for i, record := range records {
			if !record.has(it.situation) {
				continue
			}
			out = append(out, Settlement{Record: i, Situation: it.situation})
			made, err := r.settle(ctx, it, record)
			if err != nil {
				return nil, err
			}
			for _, j := range made {
				out = append(out, Settlement{Record: i, Situation: it.situation, Check: j.check, Problem: j.problem})
			}
		}
	}
	return out, nil
}

// settle has one scenario judge one record.
func (r *Run) settle(ctx context.Context, it *item, record Record) ([]judged, error) {
	w, err := pass(ctx, it.scenario, r.Define, &check.Case{Situation: it.situation, Events: record.Events, Started: record.Started,
		Readings: r.Readings, Budgets: r.Budgets, Sight: r.Sight})
	if err != nil {
		return nil, err
	}
	return w.judged, nil
}

// has says whether the record has all acts of a situation, to their ends.
func (r Record) has(s situation.Situation) bool {
	ended := map[string]bool{}
	for _, e := range r.Events {
		if e.Kind == evidence.KindAct && e.ActMark.Phase == "ended" {
			ended[e.Act] = true
		}
	}
	for _, key := range s.Nodes() {
		if !ended[key] {
			return false
		}
	}
	return true
}
