package check_test

import (
	"testing"
	"time"

	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/evidence"
)

// at sets when the last event was recorded.
func (s *timelineBuilder) at(second float64) *timelineBuilder {
	s.events[len(s.events)-1].At = time.Duration(second * float64(time.Second))
	return s
}

// pause records that the harness was stopped for that time, until that second.
func (s *timelineBuilder) pause(elapsed time.Duration, second float64) *timelineBuilder {
	return s.add(evidence.Event{Kind: evidence.KindPause, Pause: &evidence.Pause{Elapsed: elapsed}}).at(second)
}

// failedCall makes the last call one without a response.
func (s *timelineBuilder) failedCall(reason string) *timelineBuilder {
	x := s.events[len(s.events)-1].Exchange
	x.Status, x.Body, x.Error = 0, "", reason
	return s
}

func TestHarnessFaultIsNoFailure(t *testing.T) {
	training := check.HasMessage(check.Training)
	create := func(reason string) *timelineBuilder { return newGatewayTimeline().failedCall(reason) }
	stopped := func(elapsed time.Duration) *timelineBuilder {
		return newGatewayTimeline().train().pause(elapsed, 40)
	}
	const files = "broken: the harness got the error too many open files: raise the limit of open files"
	assertVerdicts(t, map[string]verdict{
		"too many open files": {check.ResponseIsProject(), create("dial tcp: socket: too many open files"), files},
		"no space left": {check.ResponseIsProject(), create("write: no space left on device"),
			"broken: the harness got the error no space left on device: free some space"},
		"the gateway": {training, newGatewayTimeline().train().refused(22, func() evidence.Operation {
			op := unanswered(messageOperation(trainingText, 0, ""))
			op.Error = evidence.NoStorageResponse + ": dial tcp: socket: too many open files"
			return op
		}()), files},
		"another error":                  {check.ResponseIsProject(), create("connection refused"), "failed: CreateProject got no response"},
		"stopped":                        {training, stopped(12 * time.Second), "inconclusive: the harness was stopped for 12 s, longer than a"},
		"stopped for less than a budget": {training, stopped(9 * time.Second), "failed: none that belongs here"},
		"stopped during a call": {check.ResponseIsProject(), create("no response within 10s").pause(12*time.Second, 13),
			"inconclusive: the harness was stopped for 12 s"},
		"a message that came before": {check.HasStatus(check.Training, "TrainingCompleted"),
			stopped(12*time.Second).put("m", trainingText, 22), `failed: Content.trainingStatus = ""`},
		"an effect after the pause": {check.TestBlobGone(), newGatewayTimeline().
			putBlob("c", testBlob, "e", 1, 1, 1).at(1).pause(20*time.Second, 22).deleteBlob(testBlob, 22, 22).at(22),
			"inconclusive: the harness was stopped for 20 s"},
		"an effect before the pause": {check.TestBlobGone(), newGatewayTimeline().
			putBlob("c", testBlob, "e", 1, 1, 1).at(1).deleteBlob(testBlob, 22, 22).at(22).pause(20*time.Second, 50),
			"failed: "},
	})
}
