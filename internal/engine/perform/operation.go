package perform

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/observe"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// holdLimit is how long the gateway holds a message that arrives before the response to TrainProject or
// ExportIteration. A service that waits until its message is stored is held for the full limit, which proves the
// order. A service that responds meanwhile is not held, so neither a close race nor a slow machine affects the result.
const holdLimit = 2 * time.Second

// callHoldingMessages makes a call while the gateway holds the messages that the service sends to the project's
// queue. A message is then stored before the response only if the service waits for that. Without a gateway, the
// queue is polled as often as possible, and once more after the response.
func (w *storageWatcher) callHoldingMessages(
	ctx context.Context,
	j *project,
	call func() evidence.Exchange,
) evidence.Exchange {
	if gateway, ok := w.Observer.(observe.Interceptor); ok {
		release := gateway.Hold(ctx, observe.PutMessageTo(j.queue), holdLimit)
		defer release()
	}
	defer w.Observer.PollFaster(j.queue)()
	return w.exchange(j, call())
}

// An operation is a training or an export while it runs.
type operation struct {
	project *project
	budget  string // budget.Training or budget.Export
	message string // type of the message that it sends
	// isMessage reports whether a storage operation stores that message.
	isMessage func(evidence.Operation) bool
	// status requests the status once.
	status func(context.Context) operationStatus
	// onMessage is called as soon as the operation's message is stored. It may take longer than the operation. nil means
	// that nothing is called.
	onMessage func(context.Context, evidence.Operation)
}

// An operationStatus is a status that the service reported for an operation.
type operationStatus struct {
	finished, succeeded bool
	value               string            // as the service spells it; "" if the response has none
	reads               int               // how often the status was requested
	exchange            evidence.Exchange // the read that reported it
}

// describe returns the last status and the number of reads, or why there is none.
func (s operationStatus) describe() string {
	last := describeStatus(s.exchange)
	switch {
	case s.value != "":
		last = "last status " + s.value
	case s.exchange.Error == "":
		last += ": " + trainingapi.Truncate(s.exchange.Body)
	}
	if s.reads == 1 {
		return last + ", 1 read"
	}
	return fmt.Sprintf("%s, %d reads", last, s.reads)
}

// follow polls the operation's status until it is final and the message is stored, each within its budget. As soon as
// the message is stored it requests the status at once, and continues until the status is final.
func (w *storageWatcher) follow(ctx context.Context, o operation, from time.Time) operationStatus {
	arrived := make(chan evidence.Operation, 1)
	var group sync.WaitGroup
	defer group.Wait() // otherwise the events would be recorded for the next act
	onMessageCtx := ctx
	ctx, stop := w.whileAlive(ctx)
	defer stop()
	if o.project.queue != "" {
		group.Go(w.errs.recoverPanics(func() {
			op, err := w.awaitOfAct(ctx, o.isMessage)
			if err != nil {
				return
			}
			arrived <- op // before onMessage, which may take longer than the message may
			if o.onMessage != nil {
				o.onMessage(onMessageCtx, op)
			}
		}))
	}
	deadline, cancel := context.WithDeadlineCause(ctx, from.Add(w.Budgets[o.budget]), errBudgetEnded(o.budget))
	defer cancel()
	status, messageFirst := w.poll(deadline, o, arrived)
	w.waited(o.budget, "the "+strings.ToLower(o.message)+" to be over", status.finished, w.Now().Sub(from))
	if status.finished && o.project.queue != "" && !messageFirst {
		w.waitForMessage(ctx, o, arrived)
	}
	return status
}

// errBudgetEnded returns why a call of the harness was cut off.
func errBudgetEnded(name string) error { return fmt.Errorf("budget %s ended", name) }

// poll requests the status until it is final or ctx ends. If the message came first, it records how long the status
// lagged. A read that is cut off because ctx ended does not replace an earlier one.
func (w *storageWatcher) poll(
	ctx context.Context,
	o operation,
	arrived <-chan evidence.Operation,
) (status operationStatus, messageFirst bool) {
	tick := time.NewTicker(w.PollInterval)
	defer tick.Stop()
	var message evidence.Operation
	for reads := 1; ; reads++ {
		if read := o.status(ctx); reads == 1 || read.exchange.Status != 0 || ctx.Err() == nil {
			status = read
		}
		status.reads = reads
		if status.finished {
			if messageFirst {
				w.waited(budget.Notification, "the "+o.message+" message", true, 0)
				w.statusLag(status.exchange, message)
			}
			return status, messageFirst
		}
		select {
		case message = <-arrived:
			messageFirst, arrived = true, nil
		case <-tick.C:
		case <-ctx.Done():
			return status, messageFirst
		}
	}
}

// waitForMessage waits for the message of an operation that has ended, and requests the status once more when the
// message is stored.
func (w *storageWatcher) waitForMessage(ctx context.Context, o operation, arrived <-chan evidence.Operation) {
	from := w.Now()
	timer := time.NewTimer(w.Budgets[budget.Notification])
	defer timer.Stop()
	select {
	case message := <-arrived:
		w.waited(budget.Notification, "the "+o.message+" message", true, max(0, message.Ended.Sub(from)))
		w.statusLag(o.status(ctx).exchange, message)
		return
	case <-timer.C:
	case <-ctx.Done():
		if !w.serviceEnded() {
			return
		}
	}
	w.missed.Store(true)
	w.waited(budget.Notification, "the "+o.message+" message", false, w.Now().Sub(from))
}

// statusLag records how long after its message the service reported the status.
func (w *storageWatcher) statusLag(status evidence.Exchange, message evidence.Operation) {
	w.waited(budget.StatusLag, "the status that the message announces", true, max(0, status.Ended.Sub(message.Ended)))
}
