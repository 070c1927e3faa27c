package engine

import (
	"context"

	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
)

// A RecordVerdict is what a check gives over one record, in a situation of which that
// record has every act.
type RecordVerdict struct {
	Record    int // its place among the records, from 0
	Situation situation.Situation
	Check     string         // "" where the situation is all there is to say
	Problem   *check.Problem // nil where the check held
}

// JudgeRecords has every scenario judge each record that has all of its situation: what
// was performed for others too. Nothing is performed, and nothing is summed up. A
// check that two scenarios make is there twice. The error says that a scenario could
// not be run.
func (r *Run) JudgeRecords(ctx context.Context, records []TimelineRecord) ([]RecordVerdict, error) {
	var out []RecordVerdict
	for _, it := range r.declare(ctx) {
		if it.declareErr != nil {
			return nil, it.declareErr
		}
		if it.notApplicable != "" {
			continue
		}
		for i, record := range records {
			if !record.containsSituation(it.situation) {
				continue
			}
			out = append(out, RecordVerdict{Record: i, Situation: it.situation})
			made, err := r.judgeRecord(ctx, it, record)
			if err != nil {
				return nil, err
			}
			for _, j := range made {
				out = append(out, RecordVerdict{Record: i, Situation: it.situation, Check: j.check, Problem: j.problem})
			}
		}
	}
	return out, nil
}

// judgeRecord has one scenario judge one record.
func (r *Run) judgeRecord(ctx context.Context, it *scenarioRun, record TimelineRecord) ([]checkResult, error) {
	w, err := runScenario(
		ctx,
		it.scenario,
		r.Define,
		&check.Case{Situation: it.situation, Events: record.Events, Started: record.Started,
			Readings: r.Readings, Budgets: r.Budgets, Visibility: r.Visibility, HasContainers: r.HasContainers},
	)
	if err != nil {
		return nil, err
	}
	return w.judged, nil
}

// containsSituation says whether the record has all acts of a situation, to their ends.
func (r TimelineRecord) containsSituation(s situation.Situation) bool {
	ended := map[string]bool{}
	for _, e := range r.Events {
		if e.Kind == evidence.KindAct && e.ActBoundary.Phase == "ended" {
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
