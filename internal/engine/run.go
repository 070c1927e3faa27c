package engine

import (
	"context"
	"time"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/reading"
	"github.com/cvconform/cvconform/steps/report"
)

// A Run holds the input of the engine. All fields but Observe are required. [Run.Rejudge] needs neither Perform nor
// Parallel.
type Run struct {
	Terms
	Requirements []features.Requirement // selected, with their selected scenarios
	Define       StepDefinitions
	Applicable   func(features.Scenario, situation.Situation) (reason string) // "" means that the scenario applies
	Perform      PerformFunc
	Parallel     int  // act trees performed at a time, at least 1
	ProjectSlots int  // projects that the service allows at a time; 0 means any number
	Isolate      bool // perform the situation of every scenario separately
	Observe      func(Progress)
}

// A PerformFunc performs an act tree. It calls actsEnded when all acts are over, and then observes their late effects.
// The timeline stays open, and the function may record events after it has returned.
type PerformFunc func(
	ctx context.Context,
	tree *situation.ActTree,
	number int,
	actsEnded func(),
) (*evidence.Timeline, error)

// Terms are the terms on which every scenario of a run is judged: see [check.Case].
type Terms struct {
	Readings      reading.Set
	Budgets       budget.Set
	Visibility    report.Visibility     // of storage
	HasContainers bool                  // the run has blob containers
	Replayed      bool                  // the service is a recording
	Recorded      check.RecordedResults // of the replayed recording, if it was polled; nil otherwise
}

// Progress is how far a run is.
type Progress struct {
	Done, All int    // act trees performed
	Title     string // of the act tree that was started or has ended
	Ended     bool
}

// A scenarioRun is one scenario from its declaration to its verdict.
type scenarioRun struct {
	requirement   int // index in Run.Requirements
	scenario      features.Scenario
	situation     situation.Situation
	watches       bool   // a check judges effects that follow the last act
	notApplicable string // reason; "" if the scenario applies
	declareErr    error
	result        *treeResult // nil if the scenario does not apply
}

func (s *scenarioRun) applies() bool { return s.notApplicable == "" && s.declareErr == nil }

// A treeResult is one act tree with its evidence.
type treeResult struct {
	tree     *situation.ActTree
	timeline *evidence.Timeline // while it is recorded; nil if the tree was not performed
	events   []evidence.Event
	started  time.Time // the time to which the events' offsets refer
	digest   string    // of the events
	others   []string  // ids of the projects of the other act trees; set before the evidence is judged
	err      error
}

// set stores the evidence.
func (t *treeResult) set(started time.Time, events []evidence.Event) (err error) {
	t.started, t.events = started, events
	t.digest, err = evidence.DigestEvents(events)
	return err
}

// Execute performs and judges the run. It returns an outcome in every case. The error says that the number of
// verdicts is wrong.
func (r *Run) Execute(ctx context.Context) (Outcome, error) {
	scenarios := r.declare(ctx)
	results := r.plan(scenarios)
	r.perform(ctx, results)
	complete := ctx.Err() == nil
	out, err := r.judge(context.WithoutCancel(ctx), scenarios, results)
	out.Complete = complete
	return out, err
}

// ActTrees returns the act trees that the run would perform, in the order of their numbers.
func (r *Run) ActTrees(ctx context.Context) []*situation.ActTree {
	var trees []*situation.ActTree
	for _, t := range r.plan(r.declare(ctx)) {
		trees = append(trees, t.tree)
	}
	return trees
}

// declare builds the situation of every scenario. Nothing is sent.
func (r *Run) declare(ctx context.Context) []*scenarioRun {
	var scenarios []*scenarioRun
	for i, q := range r.Requirements {
		for _, s := range q.Scenarios {
			scenarios = append(scenarios, &scenarioRun{requirement: i, scenario: s})
		}
	}
	for _, s := range scenarios {
		w, err := runScenario(ctx, s.scenario, r.Define, nil)
		if err != nil {
			s.declareErr = err
			continue
		}
		s.situation, s.notApplicable, s.watches = w.situation, w.notApplicable, w.watches
		if s.notApplicable == "" {
			s.notApplicable = r.Applicable(s.scenario, w.situation)
		}
	}
	return scenarios
}

// plan assigns an act tree to every scenario that applies, and returns the trees.
func (r *Run) plan(scenarios []*scenarioRun) []*treeResult {
	var situations []situation.Situation
	var results []*treeResult
	for _, s := range scenarios {
		switch {
		case !s.applies():
		case r.Isolate:
			s.result = &treeResult{tree: situation.OneTreePerSituation(s.situation)}
			results = append(results, s.result)
		default:
			situations = append(situations, s.situation)
		}
	}
	byKey := map[string]*treeResult{}
	for _, tree := range situation.Plan(situations) {
		byKey[tree.Key] = &treeResult{tree: tree}
		results = append(results, byKey[tree.Key])
	}
	for _, s := range scenarios {
		if s.applies() && !r.Isolate {
			s.result = byKey[s.situation.TreeKey()]
		}
		if s.applies() && s.watches {
			s.result.tree.Watch(s.situation)
		}
	}
	return results
}
