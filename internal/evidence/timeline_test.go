package evidence_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/redact"
	"github.com/cvconform/cvconform/internal/testkit/secrets"
)

func TestRecordSetsNumberTimeAndAct(t *testing.T) {
	timeline := evidence.NewTimeline(clock(), secrets.Redactor())
	timeline.Record(evidence.Event{Kind: evidence.KindWait, Wait: &evidence.Wait{}})
	timeline.BeginAct("create")
	second := timeline.Record(evidence.Event{Kind: evidence.KindWait, Wait: &evidence.Wait{}})
	timeline.BeginAct("create > train")
	timeline.Record(
		evidence.Event{Kind: evidence.KindAct, Act: "create", ActBoundary: &evidence.ActBoundary{Phase: "ended"}},
	)
	got := timeline.Events()
	assert.Equal(t, []string{"", "create", "create"}, []string{got[0].Act, got[1].Act, got[2].Act})
	assert.Equal(t, []int{1, 2, 3}, []int{got[0].Seq, got[1].Seq, got[2].Seq})
	assert.Equal(t, 2*time.Millisecond, got[1].At)
	assert.Equal(t, second, got[1])
	assert.Equal(t, time.Date(2026, 3, 1, 0, 0, 0, 1e6, time.UTC), timeline.Start())
}

func TestRecordDoesNotChangeItsArgument(t *testing.T) {
	timeline := evidence.NewTimeline(clock(), secrets.Redactor())
	x := &evidence.Exchange{Body: trainingKey, Header: map[string]string{"Location": trainingKey}}
	got := timeline.Record(evidence.Event{Kind: evidence.KindExchange, Exchange: x})
	assert.Equal(t, trainingKey, x.Body)
	assert.Equal(t, trainingKey, x.Header["Location"])
	assert.Equal(t, "⟦training-key:1⟧", got.Exchange.Header["Location"])
	assert.Nil(t, timeline.Record(evidence.Event{Exchange: &evidence.Exchange{}}).Exchange.Header)
}

func TestRecordDecodesTheTextOfAnOperation(t *testing.T) {
	timeline := evidence.NewTimeline(clock(), secrets.Redactor())
	got := timeline.Record(evidence.Event{Kind: evidence.KindOperation,
		Operation: &evidence.Operation{Text: base64Of(`{"key":"` + trainingKey + `"}`)}})
	assert.Equal(t, `{"key":"⟦training-key:1⟧"}`, got.Operation.Text)
}

func TestEventsReturnsACopy(t *testing.T) {
	timeline := evidence.NewTimeline(clock(), secrets.Redactor())
	timeline.Record(evidence.Event{Project: "a", ActBoundary: &evidence.ActBoundary{}})
	timeline.Events()[0].Project = "b"
	assert.Equal(t, "a", timeline.Events()[0].Project)
}

// The gateway records operations while the performer records calls. The race detector checks this test.
func TestTimelineIsSafeForConcurrentUse(t *testing.T) {
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	timeline := evidence.NewTimeline(func() time.Time { return now }, secrets.Redactor())
	var wg sync.WaitGroup
	for n := range 20 {
		wg.Go(func() {
			timeline.BeginAct(fmt.Sprint(n))
			timeline.Record(evidence.Event{Operation: &evidence.Operation{Text: fmt.Sprintf("?sig=%d&", n)}})
			timeline.Events()
		})
	}
	wg.Wait()
	markers := map[string]bool{}
	for i, e := range timeline.Events() {
		assert.Equal(t, i+1, e.Seq)
		markers[e.Operation.Text] = true
	}
	assert.Len(t, markers, 20, "every value has its own marker")
}

func TestLongRequestBodyIsTruncatedAfterRedaction(t *testing.T) {
	r := &redact.Redactor{}
	require.True(t, r.AddSecret("training-key", "canary-canary"))
	timeline := evidence.NewTimeline(clock(), r)
	sent := strings.Repeat("x", 8<<10-4) + "canary-canary" + strings.Repeat("y", 100)
	e := timeline.Record(
		evidence.Event{Kind: evidence.KindExchange, Exchange: &evidence.Exchange{RequestBody: sent, Body: sent}},
	)
	assert.NotContains(t, e.Exchange.RequestBody, "cana")
	assert.Regexp(t, `bytes in all\)$`, e.Exchange.RequestBody)
	assert.Less(t, len(e.Exchange.RequestBody), 8<<10+100)
	assert.Greater(t, len(e.Exchange.Body), 8<<10, "response bodies are not truncated")
}

func TestShortSecretIsNotReplaced(t *testing.T) {
	r := &redact.Redactor{}
	assert.False(t, r.AddSecret("training-key", "key"))
	assert.Equal(t, `{"key":1}`, r.Redact(`{"key":1}`))
}
