package perform

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/naming"
	"github.com/cvconform/cvconform/internal/sight"
	"github.com/cvconform/cvconform/internal/situation"
)

// A performance is one lineage while it is performed.
type performance struct {
	*World
	number   int
	quiet    bool
	timeline *evidence.Timeline
	watch    *sight.Watch
	projects []*project
	open     time.Time // when the open act began

	mu        sync.Mutex
	resources []evidence.Resource
	ids       []string             // of projects made
	standing  []standing           // those that are not removed yet
	strangers []evidence.Operation // writes to other situations' queues and containers
	made      int                  // queues and containers so far
	broken    error                // a panic of what went on beside, or storage that could not be looked at
}

// A project is one project of the lineage. Its label is "" unless there are twins.
type project struct {
	label, name, id  string
	fails            situation.Failure
	queue, container string // names; "" where it has none
	queueURI         string
	containerURI     string
	tagged           bool
	iteration        string
}

func (p *performance) record(e evidence.Event) { p.timeline.Record(e) }

// exchange records a call and returns it as it was recorded: what is said of it is
// cut from a text without secrets, since half a secret is not known for one.
func (p *performance) exchange(j *project, x evidence.Exchange) evidence.Exchange {
	return *p.timeline.Record(evidence.Event{Kind: evidence.KindExchange, Project: j.label, Exchange: &x}).Exchange
}

// note hears of every storage operation in the run. It records those that
// concern this lineage and tells the watch to keep them.
func (p *performance) note(op evidence.Operation) bool {
	mine := p.concerns(op)
	if mine {
		p.record(evidence.Event{Kind: evidence.KindOperation, Operation: &op})
	} else if op.Writes() && op.Succeeded() {
		p.mu.Lock()
		p.strangers = append(p.strangers, op)
		p.mu.Unlock()
	}
	return mine
}

func (p *performance) concerns(op evidence.Operation) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.quiet {
		return true
	}
	for _, r := range p.resources {
		if r.Service == op.Service && r.Name == op.Resource {
			return true
		}
	}
	return p.named(op)
}

// named says whether the operation speaks of a project of this lineage.
func (p *performance) named(op evidence.Operation) bool {
	text, _, _ := evidence.Decode(op.Text)
	for _, id := range p.ids {
		if strings.Contains(text, id) || strings.Contains(op.Object, id) {
			return true
		}
	}
	return false
}

// know remembers a project's id, so that operations elsewhere that name it are
// recorded, those of before included.
func (p *performance) know(id, name string) {
	p.mu.Lock()
	p.ids = append(p.ids, id)
	p.standing = append(p.standing, standing{id, name})
	var found []evidence.Operation
	for _, op := range p.strangers {
		if p.named(op) {
			found = append(found, op)
		}
	}
	p.mu.Unlock()
	for _, op := range found {
		p.record(evidence.Event{Kind: evidence.KindOperation, Operation: &op})
	}
}

// provide creates a queue or a container for the lineage, and records it.
func (p *performance) provide(ctx context.Context, s evidence.Service, role string, label string) (name, uri string, err error) {
	name, uri = p.address(s)
	if s == evidence.Queue {
		err = p.Account.CreateQueue(ctx, name)
	} else {
		err = p.Account.CreateContainer(ctx, name)
	}
	if err != nil {
		return "", "", fmt.Errorf("make a %s for the run: %w", s, err)
	}
	if err := p.Sight.Follow(ctx, s, name); err != nil {
		return "", "", err
	}
	r := evidence.Resource{Service: s, Name: name, URI: uri, Role: role}
	p.mu.Lock()
	p.resources = append(p.resources, r)
	p.mu.Unlock()
	p.record(evidence.Event{Kind: evidence.KindResource, Project: label, Resource: &r})
	return name, uri, nil
}

// address invents the name of a queue or a container, and gives its URI as the
// service under test has to reach it.
func (p *performance) address(s evidence.Service) (name, uri string) {
	p.mu.Lock()
	p.made++
	n := p.made
	p.mu.Unlock()
	if s == evidence.Queue {
		name = naming.Queue(p.RunID, p.number, n)
		return name, p.Account.QueueURI(p.Sight.QueueURL(), name)
	}
	name = naming.Container(p.RunID, p.number, n)
	return name, p.Account.ContainerURI(p.Sight.BlobURL(), name)
}

// each does f to all projects side by side, and returns the first outcome that
// is not a success.
func (p *performance) each(f func(*project) outcome) outcome {
	outs := make([]outcome, len(p.projects))
	var wg sync.WaitGroup
	for i, j := range p.projects {
		wg.Go(p.guard(func() { outs[i] = f(j) }))
	}
	wg.Wait()
	for _, o := range outs {
		if !o.done() {
			return o
		}
	}
	return outcome{}
}

// guard makes a panic of f an error of the performance: it runs on a goroutine
// of its own, where nobody else could catch it.
func (p *performance) guard(f func()) func() {
	return func() {
		defer func() {
			if r := recover(); r != nil {
				p.fail(fmt.Errorf("performing panicked: %v\n%s", r, debug.Stack()))
			}
		}()
		f()
	}
}

// sound is the error so far of what went on beside.
func (p *performance) sound() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.broken
}

// await waits, within a budget that began at from, for a storage operation of
// the open act, and records how long that took.
func (p *performance) await(ctx context.Context, name, what string, from time.Time, pred func(evidence.Operation) bool) (evidence.Operation, bool) {
	limit := p.Budgets[name]
	waiting, cancel := context.WithDeadline(ctx, p.Now().Add(limit-p.Now().Sub(from)))
	defer cancel()
	waiting, done := p.living(waiting)
	defer done()
	opened := p.open
	op, err := p.watch.Await(waiting, func(op evidence.Operation) bool { return !op.Ended.Before(opened) && pred(op) })
	elapsed := limit
	switch {
	case err == nil:
		elapsed = max(0, op.Ended.Sub(from))
	case p.dead():
		elapsed = min(limit, max(0, p.Now().Sub(from)))
	}
	p.waited(name, what, err == nil && elapsed <= limit, elapsed)
	if err != nil {
		p.settle(ctx)
	}
	return op, err == nil
}

// settle has all that the lineage is about, or in a quiet one the whole run, looked
// at once more, so that what was not seen by now was not there. That it cannot be
// looked at is an error of the performance.
func (p *performance) settle(ctx context.Context) {
	if p.quiet {
		p.settleAll(ctx)
	} else if names := p.names(); len(names) > 0 {
		p.fail(p.Sight.Settle(ctx, names...))
	}
}

// settleAll has the whole run looked at once more: what a lineage does may turn up
// in the queues and containers of others.
func (p *performance) settleAll(ctx context.Context) { p.fail(p.Sight.Settle(ctx)) }

// rest lets show what others have done, before a lineage that claims that nothing
// is written: a list of blobs may be old by as much as the absence window. A gateway
// has seen it already.
func (p *performance) rest(ctx context.Context) {
	if _, between := p.Sight.(sight.Between); between {
		return
	}
	p.fail(p.absence(ctx))
	p.settleAll(ctx)
}

// fail notes an error of what went on beside; the first one stays.
func (p *performance) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.broken == nil {
		p.broken = err
	}
}

// names lists the queues and containers of the lineage.
func (p *performance) names() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var names []string
	for _, r := range p.resources {
		names = append(names, r.Name)
	}
	return names
}

func (p *performance) waited(name, what string, ok bool, elapsed time.Duration) {
	p.record(evidence.Event{Kind: evidence.KindWait,
		Wait: &evidence.Wait{Budget: name, For: what, Satisfied: ok, Elapsed: elapsed, Limit: p.Budgets[name]}})
}

// absence lets the absence window pass: what has not come by its end is taken
// not to come.
func (p *performance) absence(ctx context.Context) error {
	timer := time.NewTimer(p.Budgets[budget.Absence])
	defer timer.Stop()
	select {
	case <-timer.C:
		p.waited(budget.Absence, "nothing more to come", true, p.Budgets[budget.Absence])
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
