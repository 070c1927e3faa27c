package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/reading"
	"github.com/cvconform/cvconform/steps/report"
)

// A Run is what the engine needs to know. All fields but Observe are needed;
// [Run.Again] needs neither Perform nor Parallel.
type Run struct {
	Requirements  []features.Requirement // selected, with their selected scenarios
	Define        StepDefinitions
	Applicable    func(features.Scenario, situation.Situation) (reason string) // "" means it applies
	Perform       func(ctx context.Context, l *situation.ActTree, number int) (*evidence.Timeline, error)
	Readings      reading.Set
	Budgets       budget.Set
	Visibility    report.Visibility     // of storage
	HasContainers bool                  // the run has blob containers
	Parallel      int                   // lineages performed at a time, at least 1
	ProjectSlots  int                   // projects that the service takes at a time; 0 means any number
	Isolate       bool                  // every scenario performs its situation for itself
	Replayed      bool                  // the service is a recording: see [check.Case]
	Recorded      check.RecordedResults // of the replayed recording, if it was polled; nil otherwise
	Observe       func(Progress)
}

// Progress says how far a run is.
type Progress struct {
	Done, All int    // lineages performed
	Title     string // of the lineage that was begun or ended
	Ended     bool
}

// An scenarioRun is one scenario on its way through the three passes.
type scenarioRun struct {
	requirement   int
	scenario      features.Scenario
	situation     situation.Situation
	notApplicable string // why it does not apply
	declareErr    error  // why it could not be declared
	performed     *treeResult
}

// A treeResult is one lineage with what came of it.
type treeResult struct {
	lineage *situation.ActTree
	events  []evidence.Event
	started time.Time // the instant to which the events' offsets refer
	digest  string    // of the events
	err     error
}

// declare builds every scenario's situation; nothing is sent.
func (r *Run) declare(ctx context.Context) []*scenarioRun {
	var items []*scenarioRun
	for i, q := range r.Requirements {
		for _, s := range q.Scenarios {
			items = append(items, &scenarioRun{requirement: i, scenario: s})
		}
	}
	for _, it := range items {
		w, err := runScenario(ctx, it.scenario, r.Define, nil)
		if err != nil {
			it.declareErr = err
			continue
		}
		it.situation, it.notApplicable = w.situation, w.notApplicable
		if it.notApplicable == "" {
			it.notApplicable = r.Applicable(it.scenario, w.situation)
		}
	}
	return items
}

// plan gives every scenario that applies its lineage.
func (r *Run) plan(items []*scenarioRun) []*treeResult {
	var all []*treeResult
	if r.Isolate {
		for _, it := range items {
			if it.applies() {
				it.performed = &treeResult{lineage: situation.OneTreePerSituation(it.situation)}
				all = append(all, it.performed)
			}
		}
		return all
	}
	var situations []situation.Situation
	for _, it := range items {
		if it.applies() {
			situations = append(situations, it.situation)
		}
	}
	byKey := map[string]*treeResult{}
	for _, l := range situation.Plan(situations) {
		byKey[l.Key] = &treeResult{lineage: l}
		all = append(all, byKey[l.Key])
	}
	for _, it := range items {
		if it.applies() {
			it.performed = byKey[it.situation.TreeKey()]
		}
	}
	return all
}

// ActTrees are what a run performs, in the order of their numbers; nothing is.
func (r *Run) ActTrees(ctx context.Context) []*situation.ActTree {
	var out []*situation.ActTree
	for _, p := range r.plan(r.declare(ctx)) {
		out = append(out, p.lineage)
	}
	return out
}

func (it *scenarioRun) applies() bool { return it.notApplicable == "" && it.declareErr == nil }

// perform has all lineages performed: first those that may run beside others,
// then the quiet ones, one at a time.
func (r *Run) perform(ctx context.Context, all []*treeResult) {
	var mu sync.Mutex
	done := 0
	places := newPlaces(r.ProjectSlots)
	one := func(number int, p *treeResult) {
		defer places.acquire(ctx, p.lineage)()
		r.reportProgress(&mu, &done, len(all), p, false)
		p.err = r.performSafely(ctx, p, number)
		r.reportProgress(&mu, &done, len(all), p, true)
	}
	var beside errgroup.Group
	beside.SetLimit(r.Parallel)
	for i, p := range all {
		if !p.lineage.Exclusive {
			beside.Go(func() error { one(i+1, p); return nil })
		}
	}
	_ = beside.Wait() // one records its own errors
	for i, p := range all {
		if p.lineage.Exclusive {
			one(i+1, p)
		}
	}
}

func (r *Run) reportProgress(mu *sync.Mutex, done *int, all int, p *treeResult, ended bool) {
	mu.Lock()
	defer mu.Unlock()
	if ended {
		*done++
	}
	if r.Observe != nil {
		r.Observe(Progress{Done: *done, All: all, Title: p.lineage.Key, Ended: ended})
	}
}

// errInterrupted says that the run's context ended, by whatever cause.
var errInterrupted = errors.New("the run was interrupted")

// performSafely performs a lineage unless the run has ended; a panic is an error of
// the harness.
func (r *Run) performSafely(ctx context.Context, p *treeResult, number int) (err error) {
	if ctx.Err() != nil {
		return errInterrupted
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("performing panicked: %v\n%s", p, debug.Stack())
		}
	}()
	timeline, err := r.Perform(ctx, p.lineage, number)
	if timeline != nil {
		err = errors.Join(err, p.set(timeline.Start(), timeline.Close()))
	}
	if err != nil && ctx.Err() != nil {
		err = errors.Join(errInterrupted, err)
	}
	return err
}

// set takes in what was recorded.
func (p *treeResult) set(started time.Time, events []evidence.Event) (err error) {
	p.started, p.events = started, events
	p.digest, err = evidence.DigestEvents(events)
	return err
}
