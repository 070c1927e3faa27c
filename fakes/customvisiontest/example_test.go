package customvisiontest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cvconform/cvconform/fakes/customvision"
	"github.com/cvconform/cvconform/fakes/customvisiontest"
)

// A consumer is the program under test in the examples: it reads the messages of a queue.
type consumer struct{ failed []string }

// newConsumer returns a consumer of a queue.
func newConsumer(_, _ string) *consumer { return &consumer{} }

// handleMessages handles the messages in the queue, and notes the iterations whose training failed.
func (c *consumer) handleMessages() {}

// A queue consumer is told of a training that failed, and of the same failure again, because a queue delivers a message
// at least once. In a package of tests the function would be TestConsumer.
func ExampleStart() {
	testConsumer := func(t *testing.T) {
		w := customvisiontest.Start(t, customvision.Options{})
		c := newConsumer(w.ConnectionString, w.Queue)
		project := w.Project(t, "fruit")
		w.FailNextTraining()
		w.Train(t, project)
		message := w.WaitForMessage(t, "TrainingFailed")
		w.Duplicate(t, message)
		c.handleMessages()
		if len(c.failed) != 1 {
			t.Errorf("%d failures noted, want 1", len(c.failed))
		}
	}
	_ = testConsumer
}

// The clock of the service is advanced instead of waiting for a training of an hour.
func ExampleWorld_Advance() {
	testLongTraining := func(t *testing.T) {
		w := customvisiontest.Start(t, customvision.Options{TrainingDuration: time.Hour})
		w.Train(t, w.Project(t, "fruit"))
		w.Advance(t, time.Hour)
		w.WaitForMessage(t, "TrainingCompleted")
	}
	_ = testLongTraining
}

// Faults that World has no function for are added by the control plane: the service answers the next request with 429.
func ExampleWorld_control() {
	testRetries := func(t *testing.T) {
		w := customvisiontest.Start(t, customvision.Options{})
		fault := strings.NewReader(`{"at": "api", "status": 429}`)
		response, err := http.Post(w.ControlURL+"/faults", "application/json", fault)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		// call the program under test, which uses w.URL and w.Key
	}
	_ = testRetries
}
