package perform

import (
	"context"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/clock"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/observe"
)

// A fakeInterceptor is a sight of a storage in which nothing happens.
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

// endsAfter is the performance of a service that ends after a second.
func endsAfter(t *testing.T) *execution {
	ctx, end := context.WithTimeout(t.Context(), time.Second)
	t.Cleanup(end)
	now := func() time.Time { return time.Now() }
	w := &Performer{
		ServiceContext: ctx,
		Observer:       fakeInterceptor{OperationLog: &observe.OperationLog{}},
		Now:            now,
		PollInterval:   100 * time.Millisecond,
		Budgets:        budget.Local(),
		Redact:         &evidence.Redactor{},
	}
	p := &execution{Performer: w, timeline: evidence.NewTimeline(now, w.Redact)}
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

// running is a task that is over, or not, from the beginning.
func running(over bool) operation {
	return operation{project: &project{queue: "q"}, budget: budget.Training, message: "Training",
		status: func(context.Context) (bool, bool, evidence.Exchange) {
			return over, over, evidence.Exchange{Call: "GetIteration", Error: "connection refused"}
		}}
}

func TestNothingIsWaitedForWhenTheServiceHasEnded(t *testing.T) {
	for name, c := range map[string]struct {
		wait func(context.Context, *execution)
		want evidence.Wait
	}{
		"an operation": {func(ctx context.Context, p *execution) {
			_, found := p.await(ctx, budget.Backup, "the backup", p.Now(), func(evidence.Operation) bool { return true })
			assert.False(t, found)
		}, evidence.Wait{Budget: budget.Backup, For: "the backup", Elapsed: time.Second, Limit: 3 * time.Second}},
		"a status": {func(ctx context.Context, p *execution) {
			over, well, last := p.follow(ctx, running(false), p.Now())
			assert.Equal(t, actResult{blocked: "the service ended before the training was over; GetIteration got no response (connection refused)"},
				p.checkFinalStatus(&project{}, situation.TrainingFailure, budget.Training, over, well, last))
		}, evidence.Wait{Budget: budget.Training, For: "the training to be over", Elapsed: time.Second, Limit: 20 * time.Second}},
		"a message": {func(ctx context.Context, p *execution) { p.follow(ctx, running(true), p.Now()) },
			evidence.Wait{Budget: budget.Notification, For: "the Training message", Elapsed: time.Second, Limit: 3 * time.Second}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := endsAfter(t)
				began := time.Now()
				c.wait(t.Context(), p)
				assert.Equal(t, time.Second, time.Since(began))
				all := waits(p)
				assert.Equal(t, c.want, all[len(all)-1])
			})
		})
	}
}

// A look at what a message leads to may take longer than the budget of the message,
// and is not broken off when the task is over.
func TestAMessageIsThereBeforeWhatItLeadsTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := endsAfter(t)
		p.ServiceContext = nil
		u := running(true)
		u.stored = func(ctx context.Context, _ evidence.Operation) {
			assert.NoError(t, clock.Sleep(ctx, time.Minute))
		}
		p.Observer.(fakeInterceptor).Record(
			evidence.Operation{Name: "PutMessage", Resource: "q", Status: 201, Text: `{"type":"Training"}`, Ended: time.Now()},
		)
		began := time.Now()
		p.follow(t.Context(), u, p.Now())
		assert.Equal(t, time.Minute, time.Since(began))
		assert.Contains(
			t,
			waits(p),
			evidence.Wait{Budget: budget.Notification, For: "the Training message", Satisfied: true, Limit: 3 * time.Second},
		)
	})
}

// What a service does before it ends counts.
func TestWhatWasThereBeforeTheServiceEndedIsSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := endsAfter(t)
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
