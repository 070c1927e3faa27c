package engine

import (
	"context"

	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
)

// JudgeRecorded returns the results that the records give. Every scenario judges each record that
// has all acts of its situation, even if another scenario had it performed. The error says that a
// scenario could not be run.
func (r *Run) JudgeRecorded(ctx context.Context, records []TimelineRecord) (check.RecordedResults, error) {
	out := check.RecordedResults{}
	for _, it := range r.declare(ctx) {
		if it.declareErr != nil {
			return nil, it.declareErr
		}
		if it.notApplicable != "" {
			continue
		}
		for _, record := range records {
			if !record.containsSituation(it.situation) {
				continue
			}
			key := it.situation.Key()
			out.AddSituation(key)
			judged, err := r.judgeRecord(ctx, it, record)
			if err != nil {
				return nil, err
			}
			for _, one := range judged {
				out.Add(key, one.check, one.problem)
			}
		}
	}
	return out, nil
}

// judgeRecord returns the results of the checks of one scenario over one record.
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

// containsSituation reports whether all acts of a situation were recorded to their ends.
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
