package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
)

// A TimelineRecord is the recorded evidence of one act tree.
type TimelineRecord struct {
	Key     string
	Started time.Time // the time to which the events' offsets refer
	Events  []evidence.Event
	Error   string // why the tree was not performed to its end; "" if it was
}

// Rejudge judges recorded evidence; nothing is performed. The records must be those of the planned act trees, in their
// order. The error says why they are not, or that the number of verdicts is wrong.
func (r *Run) Rejudge(ctx context.Context, records []TimelineRecord) (Outcome, error) {
	scenarios := r.declare(ctx)
	results := r.plan(scenarios)
	if len(results) != len(records) {
		return Outcome{}, fmt.Errorf("the plan has %d situations, the evidence has %d", len(results), len(records))
	}
	for i, t := range results {
		if err := t.load(records[i]); err != nil {
			return Outcome{}, fmt.Errorf("situation %d: %w", i+1, err)
		}
	}
	return r.judge(ctx, scenarios, results)
}

// load takes the evidence from a record of the same act tree.
func (t *treeResult) load(r TimelineRecord) error {
	if r.Key != t.tree.Key {
		return fmt.Errorf("the plan has %q, the evidence has %q", t.tree.Key, r.Key)
	}
	planned := append(t.tree.Keys(), situation.End, "")
	for _, e := range r.Events {
		if !slices.Contains(planned, e.Act) {
			return fmt.Errorf("event %d belongs to the act %q, which is not part of the situation", e.Seq, e.Act)
		}
	}
	if r.Error != "" {
		t.err = errors.New(r.Error)
	}
	return t.set(r.Started, r.Events)
}

// JudgeRecorded returns the results that the records give. Every scenario judges each record that has all acts of its
// situation, even if another scenario had it performed. The error says that a scenario could not be run.
func (r *Run) JudgeRecorded(ctx context.Context, records []TimelineRecord) (check.RecordedResults, error) {
	out := check.RecordedResults{}
	var timelines [][]evidence.Event
	for _, record := range records {
		timelines = append(timelines, record.Events)
	}
	others := otherProjects(timelines)
	for _, s := range r.declare(ctx) {
		if s.declareErr != nil {
			return nil, s.declareErr
		}
		if s.notApplicable != "" {
			continue
		}
		for i, record := range records {
			if !record.containsSituation(s.situation) {
				continue
			}
			key := s.situation.Key()
			out.AddSituation(key)
			judged, err := r.judgeRecord(ctx, s, record, others[i])
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
func (r *Run) judgeRecord(
	ctx context.Context,
	s *scenarioRun,
	record TimelineRecord,
	others []string,
) ([]checkResult, error) {
	w, err := runScenario(ctx, s.scenario, r.Define, &check.Case{Situation: s.situation, Events: record.Events,
		Started: record.Started, Readings: r.Readings, Budgets: r.Budgets, Visibility: r.Visibility,
		HasContainers: r.HasContainers, OtherProjects: others})
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
