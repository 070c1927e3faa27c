package perform

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/clock"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/redact"
	"github.com/cvconform/cvconform/internal/observe"
)

// A test blob that another tree waited for in vain is not charged to an exclusive tree.
func TestOverdueTestBlobBelongsToItsTree(t *testing.T) {
	const container = "cvc-20260301t000000-00000001-01-c1"
	performer := &Performer{Now: time.Now, Redact: &redact.Redactor{}, Shared: &Shared{}}
	exclusive := newExecution(performer, 1, &situation.ActTree{Exclusive: true})
	blob := evidence.Operation{Service: evidence.Blob, Name: "PutBlob", Resource: container, Status: 201,
		Object: "CustomVision-TestPermission/x"}
	assert.True(t, exclusive.onOperation(blob))
	performer.Shared.addOverdue(container)
	assert.False(t, exclusive.onOperation(blob))
	blob.Object = "x"
	assert.True(t, exclusive.onOperation(blob), "no test blob")
}

func TestStateOfTheServiceIsRecordedOnce(t *testing.T) {
	performer := &Performer{Now: time.Now, Redact: &redact.Redactor{}, Shared: &Shared{}}
	first := newExecution(performer, 1, &situation.ActTree{})
	second := newExecution(performer, 2, &situation.ActTree{})
	for range 2 {
		assert.False(t, first.onOperation(putMessage("jobs", "{}", 201)))
		assert.False(t, second.onOperation(putMessage("jobs", "{}", 201)))
	}
	assert.Len(t, first.timeline.Events(), 1)
	assert.Empty(t, second.timeline.Events())
}

// The queue is read until the budget of each message that was stored has ended.
func TestQueueIsReadUntilTheBudgetEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &observe.OperationLog{}
		w := &Performer{Observer: fakeInterceptor{OperationLog: log}, Now: func() time.Time { return time.Now() },
			Budgets: budget.Local(), Redact: &redact.Redactor{}}
		p := newExecution(w, 1, &situation.ActTree{})
		p.watch = w.Observer.Subscribe(nil)
		put := putMessage("q", `{"type":"Training"}`, 201)
		put.MessageID, put.VisibilityTimeout, put.Ended = "m", 2*time.Second, time.Now()
		log.Record(put)
		assert.Equal(t, 2*time.Second, p.untilNextMessage("q", nil))
		assert.Zero(t, p.untilNextMessage("other", nil))
		assert.Zero(t, p.untilNextMessage("q", map[string]bool{"m": true}), "it was found")
		require.NoError(t, clock.Sleep(t.Context(), 2500*time.Millisecond))
		assert.Equal(t, messageRetry, p.untilNextMessage("q", nil), "it should be visible")
		require.NoError(t, clock.Sleep(t.Context(), 500*time.Millisecond))
		assert.Zero(t, p.untilNextMessage("q", nil), "the budget has ended")
		put.Ended = time.Now()
		put.MessageID = "deleted"
		log.Record(put)
		deletion := evidence.Operation{Service: evidence.Queue, Name: "DeleteMessage", Resource: "q", MessageID: "deleted", Status: 204}
		log.Record(deletion)
		assert.Zero(t, p.untilNextMessage("q", nil), "the service deleted it")
	})
}
