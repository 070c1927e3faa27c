package perform

import (
	"context"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/check/effect"
	"github.com/cvconform/cvconform/internal/clock"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/redact"
	"github.com/cvconform/cvconform/internal/observe"
)

// A fakeInterceptor observes only the operations that a test records.
type fakeInterceptor struct {
	*observe.OperationLog
	observe.Immediate
}

func (fakeInterceptor) Hold(context.Context, func(evidence.Operation) bool, time.Duration) func() {
	return func() {}
}
func (fakeInterceptor) Deny(evidence.Service, string) func() { return func() {} }
func (fakeInterceptor) BlobURL() *url.URL                    { return nil }
func (fakeInterceptor) QueueURL() *url.URL                   { return nil }

// withEndingService returns an execution whose service ends after one second.
func withEndingService(t *testing.T) *execution {
	ctx, end := context.WithTimeout(t.Context(), time.Second)
	t.Cleanup(end)
	now := func() time.Time { return time.Now() }
	w := &Performer{
		ServiceContext: ctx,
		Observer:       fakeInterceptor{OperationLog: &observe.OperationLog{}},
		Now:            now,
		PollInterval:   100 * time.Millisecond,
		Budgets:        budget.Local(),
		Redact:         &redact.Redactor{},
	}
	p := newExecution(w, 1, &situation.ActTree{})
	p.watch, p.actStarted = w.Observer.Subscribe(nil), now()
	return p
}

func waits(p *execution) (all []evidence.Wait) {
	for _, e := range p.timeline.Events() {
		if e.Kind == evidence.KindWait {
			all = append(all, *e.Wait)
		}
	}
	return all
}

// newOperation returns a training that is finished, or never will be.
func newOperation(finished bool) operation {
	return operation{project: &project{queue: "q"}, budget: budget.Training, message: "Training",
		isMessage: func(op evidence.Operation) bool { return effect.StoresTraining(op, "q", "") },
		status: func(context.Context) operationStatus {
			noResponse := evidence.Exchange{Call: "GetIteration", Error: "connection refused"}
			return operationStatus{finished: finished, succeeded: finished, exchange: noResponse}
		}}
}

func TestWaitsEndWithTheService(t *testing.T) {
	for name, c := range map[string]struct {
		wait func(context.Context, *execution)
		want evidence.Wait
	}{
		"an operation": {func(ctx context.Context, p *execution) {
			_, found := p.await(ctx, budget.Backup, "the backup", p.Now(), func(evidence.Operation) bool { return true })
			assert.False(t, found)
		}, evidence.Wait{Budget: budget.Backup, For: "the backup", Elapsed: time.Second, Limit: 3 * time.Second}},
		"a status": {func(ctx context.Context, p *execution) {
			status := p.follow(ctx, newOperation(false), p.Now())
			assert.Equal(t, actResult{blocked: "the service ended before the training was over; GetIteration got no response (connection refused)"},
				p.checkFinalStatus(&project{}, situation.TrainingFailure, budget.Training, status))
		}, evidence.Wait{Budget: budget.Training, For: "the training to be over", Elapsed: time.Second, Limit: 20 * time.Second}},
		"a message": {func(ctx context.Context, p *execution) { p.follow(ctx, newOperation(true), p.Now()) },
			evidence.Wait{
				Budget: budget.Notification, For: "the Training message", Elapsed: time.Second, Limit: 3 * time.Second},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := withEndingService(t)
				began := time.Now()
				c.wait(t.Context(), p)
				assert.Equal(t, time.Second, time.Since(began))
				all := waits(p)
				assert.Equal(t, c.want, all[len(all)-1])
			})
		})
	}
}

// The last read is cut off when the budget ends. The reason names that budget and the last status that was reported.
func TestStuckTrainingNamesItsBudgetAndItsLastStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := withEndingService(t)
		p.ServiceContext = nil
		var cut error
		o := newOperation(false)
		o.status = func(ctx context.Context) operationStatus {
			if err := clock.Sleep(ctx, 70*time.Millisecond); err != nil {
				cut = context.Cause(ctx)
				return operationStatus{exchange: evidence.Exchange{Call: "GetIteration", Error: "cut off"}}
			}
			return operationStatus{value: "Training", exchange: evidence.Exchange{Call: "GetIteration", Status: 200}}
		}
		status := p.follow(t.Context(), o, p.Now().Add(-50*time.Millisecond))
		assert.EqualError(t, cut, "budget training ended")
		assert.Equal(t, actResult{inconclusive: "the training was not over within 20s (budget training); " +
			"last status Training, 200 reads"},
			p.checkFinalStatus(&project{}, situation.TrainingFailure, budget.Training, status))
	})
}

// The download of a model may take longer than the budget of its message, and is not cancelled when the operation ends.
func TestFollowWaitsForOnMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := withEndingService(t)
		p.ServiceContext = nil
		o := newOperation(true)
		o.onMessage = func(ctx context.Context, _ evidence.Operation) {
			assert.NoError(t, clock.Sleep(ctx, time.Minute))
		}
		p.Observer.(fakeInterceptor).Record(
			evidence.Operation{Name: "PutMessage", Resource: "q", Status: 201, Text: `{"type":"Training"}`, Ended: time.Now()},
		)
		began := time.Now()
		p.follow(t.Context(), o, p.Now())
		assert.Equal(t, time.Minute, time.Since(began))
		assert.Contains(
			t,
			waits(p),
			evidence.Wait{Budget: budget.Notification, For: "the Training message", Satisfied: true, Limit: 3 * time.Second},
		)
	})
}

func TestOperationBeforeTheEndOfTheServiceIsFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := withEndingService(t)
		<-p.ServiceContext.Done()
		p.Observer.(fakeInterceptor).Record(evidence.Operation{Name: "PutBlob", Ended: time.Now()})
		_, found := p.await(
			t.Context(),
			budget.Backup,
			"the backup",
			p.actStarted,
			func(evidence.Operation) bool { return true },
		)
		assert.True(t, found)
	})
}
