package check_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/evidence"
)

// The create responds at 2 and ends at 3; its window ends at 5.
func TestLateEffectsAreNamed(t *testing.T) {
	late := func(s *timelineBuilder) []string {
		return check.LateEffects(&check.Case{
			Events: s.events, Started: at(0), Budgets: budget.Set{budget.Absence: 2 * time.Second},
		})
	}
	put := func(queue, text string, ended float64) *timelineBuilder {
		s := newGatewayTimeline().putMessage("q", "m", 2, 3).endAct()
		op := evidence.Operation{Service: evidence.Queue, Name: "PutMessage", Resource: queue, MessageID: "n", Text: text}
		return s.operation(ended-1, ended, op)
	}
	own := `{"type":"ConnectionTest","Content":{"projectId":"` + projectID + `"}}`
	const after = " was stored 6.2 s after CreateProject had responded, after the absence window of 2 s; no verdict counts it"
	assert.Equal(t, []string{"ConnectionTest message for project " + projectID + " in queue q" + after}, late(put("q", own, 8.2)))
	assert.Equal(t, []string{"ConnectionTest message for project " + projectID + " in queue elsewhere" + after},
		late(put("elsewhere", own, 8.2)))
	assert.Equal(t, []string{"a message in queue q" + after}, late(put("q", "text", 8.2)))
	assert.Empty(t, late(put("q", own, 4.9)), "within the window")
	assert.Empty(t, late(put("elsewhere", "text", 8.2)), "of another act tree")
	assert.Empty(t, late(put("q", `{"type":"ConnectionTest","Content":{"projectId":"other"}}`, 8.2)), "of another project")
	blob := newGatewayTimeline().endAct().putBlob("c", testBlob, "", 1, 8, 8.2)
	assert.Equal(t, []string{`blob "` + testBlob + `" in container c` + after}, late(blob))
}

// An effect that follows the act of another one belongs to the act that its content names.
func TestEffectsBelongToTheActThatTheirContentNames(t *testing.T) {
	const other = "77777777-2222-3333-4444-555555555555"
	text := func(iteration string) string {
		return `{"type":"Training","Content":{"projectId":"` + projectID + `","iterationId":"` + iteration + `"}}`
	}
	training := check.HasMessage(check.Training)
	during := func(id string, ended float64) *timelineBuilder { // the export begins at 31
		s := newGatewayTimeline().export()
		op := evidence.Operation{Service: evidence.Queue, Name: "PutMessage", Resource: "q", MessageID: "m", Text: text(id)}
		return s.operation(ended, ended, op).messageAtEnd("q", "m", text(id))
	}
	const late = "failed: stored 11 s after GetIteration showed the final status; budget notification is 10 s"
	assertVerdicts(t, map[string]verdict{
		"late, during the export":         {training, during(iterationID, 32), late},
		"unknown iteration, late as well": {training, during(other, 32), late},
	})
}

func TestStateOfTheServiceIsObserved(t *testing.T) {
	s := newGatewayTimeline().putMessage("jobs", "m", 1, 2).putBlob("models", "m.zip", "", 1, 1, 2).
		putMessage("q", "n", 1, 2).putMessage(otherQueue, "o", 1, 2)
	got := check.Observe(true, s.events)
	assert.Equal(t, []string{"container models", "queue jobs"}, got["service-state"])
}

// A message of another act tree's project is no message of this one.
func TestMessagesOfOtherProjectsAreNotCounted(t *testing.T) {
	s := newGatewayTimeline().putMessage("q", "m", 2, 3).messageAtEnd("q", "m", connectionTestText)
	s.putMessage("q", "n", 2, 3).messageAtEnd("q", "n", `{"type":"ConnectionTest","Content":{"projectId":"other"}}`)
	assertVerdicts(t, map[string]verdict{"one of its own": {check.OneConnectionTest(), s, ""}})
}
