package perform

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/observe"
)

// A operation is a training or an export while it runs.
type operation struct {
	project *project
	budget  string // budget.Training or budget.Export
	message string // type of the message that it sends
	subject string // what the message has to speak of: the iteration's id
	// status makes one call and says whether the task is over, and whether well.
	status func(context.Context) (over, well bool, x evidence.Exchange)
	// stored is told of the task's message as soon as it is stored, and may take longer
	// than the task; nil means nobody is.
	stored func(context.Context, evidence.Operation)
}

// follow looks at the task's status until it is over and its message is stored,
// each within its budget. From the moment the message is stored it looks at
// once, and goes on until the status is terminal.
func (p *execution) follow(ctx context.Context, t operation, from time.Time) (over, well bool, last evidence.Exchange) {
	arrived := make(chan evidence.Operation, 1)
	var beside sync.WaitGroup
	defer beside.Wait() // nothing of this act is recorded in the next
	whole := ctx
	ctx, stop := p.whileAlive(ctx)
	defer stop()
	if t.project.queue != "" {
		beside.Go(p.recoverPanics(func() {
			if op, came := p.waitForMessage(ctx, t, arrived); came && t.stored != nil {
				t.stored(whole, op)
			}
		}))
	}
	deadline, cancel := context.WithDeadline(ctx, from.Add(p.Budgets[t.budget]))
	defer cancel()
	over, well, last, announced := p.poll(deadline, t, arrived)
	p.waited(t.budget, "the "+strings.ToLower(t.message)+" to be over", over, p.Now().Sub(from))
	if over && t.project.queue != "" && !announced {
		p.messageMatcher(ctx, t, arrived)
	}
	return over, well, last
}

// waitForMessage sends the task's message on when it is stored, before anything else is
// done with it: that may take longer than the message may.
func (p *execution) waitForMessage(
	ctx context.Context,
	t operation,
	arrived chan<- evidence.Operation,
) (op evidence.Operation, came bool) {
	opened := p.actStarted
	op, err := p.watch.Await(ctx, func(op evidence.Operation) bool { return !op.Ended.Before(opened) && t.isMessage(op) })
	if err != nil {
		return op, false
	}
	arrived <- op
	return op, true
}

// poll looks at the status until it is terminal or the budget ends. Where the
// message came first it notes how long the status lagged behind it.
func (p *execution) poll(
	ctx context.Context,
	t operation,
	arrived <-chan evidence.Operation,
) (over, well bool, last evidence.Exchange, announced bool) {
	tick := time.NewTicker(p.PollInterval)
	defer tick.Stop()
	var message evidence.Operation
	for {
		over, well, last = t.status(ctx)
		if over {
			if announced {
				p.waited(budget.Notification, "the "+t.message+" message", true, 0)
				p.waited(budget.StatusLag, "the status that the message announces", true, max(0, last.Ended.Sub(message.Ended)))
			}
			return over, well, last, announced
		}
		select {
		case message = <-arrived:
			announced, arrived = true, nil
		case <-tick.C:
		case <-ctx.Done():
			return false, false, last, announced
		}
	}
}

// messageMatcher waits for the message of a task that is over, and looks at the
// status once more when it has come.
func (p *execution) messageMatcher(ctx context.Context, t operation, arrived <-chan evidence.Operation) {
	from := p.Now()
	timer := time.NewTimer(p.Budgets[budget.Notification])
	defer timer.Stop()
	select {
	case op := <-arrived:
		p.waited(budget.Notification, "the "+t.message+" message", true, max(0, op.Ended.Sub(from)))
		_, _, x := t.status(ctx)
		p.waited(budget.StatusLag, "the status that the message announces", true, max(0, x.Ended.Sub(op.Ended)))
	case <-timer.C:
		p.waited(budget.Notification, "the "+t.message+" message", false, p.Now().Sub(from))
	case <-ctx.Done():
		if p.serviceEnded() {
			p.waited(budget.Notification, "the "+t.message+" message", false, p.Now().Sub(from))
		}
	}
}

// isMessage says whether the operation stores the task's message: one of its
// type, or one that names its subject.
func (t operation) isMessage(op evidence.Operation) bool {
	if op.Name != "PutMessage" || op.Resource != t.project.queue || !op.Succeeded() {
		return false
	}
	text, _, _ := evidence.Decode(op.Text)
	var m struct {
		Type string `json:"type"`
	}
	if json.Unmarshal([]byte(text), &m) != nil {
		return strings.Contains(text, t.subject)
	}
	return strings.EqualFold(m.Type, t.message)
}

// callHoldingMessages makes a call while the gateway keeps back what the service sends to the
// project's queue, so that a message is stored before the answer only if the
// service waits for that. Where there is none, the queue is looked at as often as
// may be, and once more when the answer has come.
func (p *execution) callHoldingMessages(
	ctx context.Context,
	j *project,
	call func() evidence.Exchange,
) evidence.Exchange {
	if between, ok := p.Observer.(observe.Interceptor); ok {
		release := between.Hold(ctx, observe.PutMessageTo(j.queue), holdLimit)
		defer release()
	}
	defer p.Observer.PollFaster(j.queue)()
	return p.exchange(j, call())
}
