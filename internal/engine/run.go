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
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/reading"
	"github.com/cvconform/cvconform/internal/situation"
)

// A Run is what the engine needs to know. All fields but Observe are needed;
// [Run.Again] needs neither Perform nor Parallel.
type Run struct {
	Requirements []features.Requirement // selected, with their selected scenarios
	Define       Definitions
	Applicable   func(features.Scenario, situation.Situation) (reason string) // "" means it applies
	Perform      func(ctx context.Context, l *situation.Lineage, number int) (*evidence.Timeline, error)
	Readings     reading.Set
	Budgets      budget.Set
	Sight        check.Sight // how storage is seen
	Parallel     int         // lineages performed at a time, at least 1
	Places       int         // projects that the service takes at a time; 0 means any number
	Isolate      bool        // every scenario performs its situation for itself
	Replayed     bool        // the service is a recording: see [check.Case]
	Observe      func(Progress)
}

// Progress says how far a run is.
type Progress struct {
	Done, All int    // lineages performed
	Title     string // of the lineage that was begun or ended
	Ended     bool
}

// An item is one scenario on its way through the three passes.
type item struct {
	requirement int
	scenario    features.Scenario
	situation   situation.Situation
	absent      string // why it does not apply
	broken      error  // why it could not be declared
	performed   *performed
}

// A performed is one lineage with what came of it.
type performed struct {
	lineage *situation.Lineage
	events  []evidence.Event
	started time.Time // the instant to which the events' offsets refer
	digest  string    // of the events
	err     error
}

// declare builds every scenario's situation; nothing is sent.
func (r *Run) declare(ctx context.Context) []*item {
	var items []*item
	for i, q := range r.Requirements {
		for _, s := range q.Scenarios {
			items = append(items, &item{requirement: i, scenario: s})
		}
	}
	for _, it := range items {
		w, err := pass(ctx, it.scenario, r.Define, nil)
		if err != nil {
			it.broken = err
			continue
		}
		it.situation, it.absent = w.situation, w.absent
		if it.absent == "" {
			it.absent = r.Applicable(it.scenario, w.situation)
		}
	}
	return items
}

// plan gives every scenario that applies its lineage.
func (r *Run) plan(items []*item) []*performed {
	var all []*performed
	if r.Isolate {
		for _, it := range items {
			if it.applies() {
				it.performed = &performed{lineage: situation.Alone(it.situation)}
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
	byKey := map[string]*performed{}
	for _, l := range situation.Plan(situations) {
		byKey[l.Key] = &performed{lineage: l}
		all = append(all, byKey[l.Key])
	}
	for _, it := range items {
		if it.applies() {
			it.performed = byKey[it.situation.Lineage()]
		}
	}
	return all
}

// Lineages are what a run performs, in the order of their numbers; nothing is.
func (r *Run) Lineages(ctx context.Context) []*situation.Lineage {
	var out []*situation.Lineage
	for _, p := range r.plan(r.declare(ctx)) {
		out = append(out, p.lineage)
	}
	return out
}

func (it *item) applies() bool { return it.absent == "" && it.broken == nil }

// perform has all lineages performed: first those that may run beside others,
// then the quiet ones, one at a time.
func (r *Run) perform(ctx context.Context, all []*performed) {
	var mu sync.Mutex
	done := 0
	places := newPlaces(r.Places)
	one := func(number int, p *performed) {
		defer places.take(ctx, p.lineage)()
		r.observe(&mu, &done, len(all), p, false)
		p.err = r.guarded(ctx, p, number)
		r.observe(&mu, &done, len(all), p, true)
	}
	var beside errgroup.Group
	beside.SetLimit(r.Parallel)
	for i, p := range all {
		if !p.lineage.Quiet {
			beside.Go(func() error { one(i+1, p); return nil })
		}
	}
	_ = beside.Wait() // one records its own errors
	for i, p := range all {
		if p.lineage.Quiet {
			one(i+1, p)
		}
	}
}

func (r *Run) observe(mu *sync.Mutex, done *int, all int, p *performed, ended bool) {
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

// guarded performs a lineage unless the run has ended; a panic is an error of
// the harness.
func (r *Run) guarded(ctx context.Context, p *performed, number int) (err error) {
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
		err = errors.Join(err, p.take(timeline.Start(), timeline.Seal()))
	}
	if err != nil && ctx.Err() != nil {
		err = errors.Join(errInterrupted, err)
	}
	return err
}

// take takes in what was recorded.
func (p *performed) take(started time.Time, events []evidence.Event) (err error) {
	p.started, p.events = started, events
	p.digest, err = evidence.DigestEvents(events)
	return err
}
