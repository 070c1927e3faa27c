package perform

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/naming"
	"github.com/cvconform/cvconform/internal/observe"
)

// A execution is one lineage while it is performed.
type execution struct {
	*Performer
	number     int
	exclusive  bool
	timeline   *evidence.Timeline
	watch      *observe.Subscription
	projects   []*project
	actStarted time.Time // when the open act began

	mu           sync.Mutex
	resources    []evidence.Resource
	ids          []string             // of projects made
	undeleted    []undeletedProject   // those that are not removed yet
	unattributed []evidence.Operation // writes to other situations' queues and containers
	createdCount int                  // queues and containers so far
	firstErr     error                // a panic of what went on beside, or storage that could not be looked at
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

func (p *execution) record(e evidence.Event) { p.timeline.Record(e) }

// exchange records a call and returns it as it was recorded: what is said of it is
// cut from a text without secrets, since half a secret is not known for one.
func (p *execution) exchange(j *project, x evidence.Exchange) evidence.Exchange {
	return *p.timeline.Record(evidence.Event{Kind: evidence.KindExchange, Project: j.label, Exchange: &x}).Exchange
}

// onOperation hears of every storage operation in the run. It records those that
// concern this lineage and tells the watch to keep them.
func (p *execution) onOperation(op evidence.Operation) bool {
	mine := p.isRelevant(op)
	if mine {
		p.record(evidence.Event{Kind: evidence.KindOperation, Operation: &op})
	} else if op.Writes() && op.Succeeded() {
		p.mu.Lock()
		p.unattributed = append(p.unattributed, op)
		p.mu.Unlock()
	}
	return mine
}

func (p *execution) isRelevant(op evidence.Operation) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.exclusive {
		return true
	}
	for _, r := range p.resources {
		if r.Service == op.Service && r.Name == op.Resource {
			return true
		}
	}
	return p.mentionsOwnID(op)
}

// mentionsOwnID says whether the operation speaks of a project of this lineage.
func (p *execution) mentionsOwnID(op evidence.Operation) bool {
	text, _, _ := evidence.Decode(op.Text)
	for _, id := range p.ids {
		if strings.Contains(text, id) || strings.Contains(op.Object, id) {
			return true
		}
	}
	return false
}

// addOwnID remembers a project's id, so that operations elsewhere that name it are
// recorded, those of before included.
func (p *execution) addOwnID(id, name string) {
	p.mu.Lock()
	p.ids = append(p.ids, id)
	p.undeleted = append(p.undeleted, undeletedProject{id, name})
	var found []evidence.Operation
	for _, op := range p.unattributed {
		if p.mentionsOwnID(op) {
			found = append(found, op)
		}
	}
	p.mu.Unlock()
	for _, op := range found {
		p.record(evidence.Event{Kind: evidence.KindOperation, Operation: &op})
	}
}

// createResource creates a queue or a container for the lineage, and records it.
func (p *execution) createResource(
	ctx context.Context,
	s evidence.Service,
	role string,
	label string,
) (name, uri string, err error) {
	name, uri = p.newResourceName(s)
	if s == evidence.Queue {
		err = p.Account.CreateQueue(ctx, name)
	} else {
		err = p.Account.CreateContainer(ctx, name)
	}
	if err != nil {
		return "", "", fmt.Errorf("make a %s for the run: %w", s, err)
	}
	if err := p.Observer.Track(ctx, s, name); err != nil {
		return "", "", err
	}
	r := evidence.Resource{Service: s, Name: name, URI: uri, Role: role}
	p.mu.Lock()
	p.resources = append(p.resources, r)
	p.mu.Unlock()
	p.record(evidence.Event{Kind: evidence.KindResource, Project: label, Resource: &r})
	return name, uri, nil
}

// newResourceName invents the name of a queue or a container, and gives its URI as the
// service under test has to reach it.
func (p *execution) newResourceName(s evidence.Service) (name, uri string) {
	p.mu.Lock()
	p.createdCount++
	n := p.createdCount
	p.mu.Unlock()
	if s == evidence.Queue {
		name = naming.Queue(p.RunID, p.number, n)
		return name, p.Account.QueueURI(p.Observer.QueueURL(), name)
	}
	name = naming.Container(p.RunID, p.number, n)
	return name, p.Account.ContainerURI(p.Observer.BlobURL(), name)
}

// each does f to all projects side by side, and returns the first outcome that
// is not a success.
func (p *execution) each(f func(*project) actResult) actResult {
	outs := make([]actResult, len(p.projects))
	var wg sync.WaitGroup
	for i, j := range p.projects {
		wg.Go(p.recoverPanics(func() { outs[i] = f(j) }))
	}
	wg.Wait()
	for _, o := range outs {
		if !o.done() {
			return o
		}
	}
	return actResult{}
}

// recoverPanics makes a panic of f an error of the performance: it runs on a goroutine
// of its own, where nobody else could catch it.
func (p *execution) recoverPanics(f func()) func() {
	return func() {
		defer func() {
			if r := recover(); r != nil {
				p.setErr(fmt.Errorf("performing panicked: %v\n%s", r, debug.Stack()))
			}
		}()
		f()
	}
}

// err is the error so far of what went on beside.
func (p *execution) err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.firstErr
}

// await waits, within a budget that began at from, for a storage operation of
// the open act, and records how long that took.
func (p *execution) await(
	ctx context.Context,
	name, what string,
	from time.Time,
	pred func(evidence.Operation) bool,
) (evidence.Operation, bool) {
	limit := p.Budgets[name]
	waiting, cancel := context.WithDeadline(ctx, p.Now().Add(limit-p.Now().Sub(from)))
	defer cancel()
	waiting, done := p.whileAlive(waiting)
	defer done()
	opened := p.actStarted
	op, err := p.watch.Await(waiting, func(op evidence.Operation) bool { return !op.Ended.Before(opened) && pred(op) })
	elapsed := limit
	switch {
	case err == nil:
		elapsed = max(0, op.Ended.Sub(from))
	case p.serviceEnded():
		elapsed = min(limit, max(0, p.Now().Sub(from)))
	}
	p.waited(name, what, err == nil && elapsed <= limit, elapsed)
	if err != nil {
		p.flush(ctx)
	}
	return op, err == nil
}

// flush has all that the lineage is about, or in a quiet one the whole run, looked
// at once more, so that what was not seen by now was not there. That it cannot be
// looked at is an error of the performance.
func (p *execution) flush(ctx context.Context) {
	if p.exclusive {
		p.flushAll(ctx)
	} else if names := p.names(); len(names) > 0 {
		p.setErr(p.Observer.Flush(ctx, names...))
	}
}

// flushAll has the whole run looked at once more: what a lineage does may turn up
// in the queues and containers of others.
func (p *execution) flushAll(ctx context.Context) { p.setErr(p.Observer.Flush(ctx)) }

// waitBeforeAbsenceCheck lets show what others have done, before a lineage that claims that nothing
// is written: a list of blobs may be old by as much as the absence window. A gateway
// has seen it already.
func (p *execution) waitBeforeAbsenceCheck(ctx context.Context) {
	if _, between := p.Observer.(observe.Interceptor); between {
		return
	}
	p.setErr(p.absence(ctx))
	p.flushAll(ctx)
}

// setErr notes an error of what went on beside; the first one stays.
func (p *execution) setErr(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.firstErr == nil {
		p.firstErr = err
	}
}

// names lists the queues and containers of the lineage.
func (p *execution) names() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var names []string
	for _, r := range p.resources {
		names = append(names, r.Name)
	}
	return names
}

func (p *execution) waited(name, what string, ok bool, elapsed time.Duration) {
	p.record(evidence.Event{Kind: evidence.KindWait,
		Wait: &evidence.Wait{Budget: name, For: what, Satisfied: ok, Elapsed: elapsed, Limit: p.Budgets[name]}})
}

// absence lets the absence window pass: what has not come by its end is taken
// not to come.
func (p *execution) absence(ctx context.Context) error {
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
