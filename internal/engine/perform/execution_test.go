package perform

import (
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/redact"
	"github.com/cvconform/cvconform/internal/observe/gateway"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

func putMessage(queue, text string, status int) evidence.Operation {
	return evidence.Operation{Service: evidence.Queue, Name: "PutMessage", Resource: queue, Text: text, Status: status}
}

func TestNamesOfProjectsAndAttempts(t *testing.T) {
	p := newExecution(&Performer{RunID: "5f3a", Now: time.Now, ProjectSettings: ProjectSettings{
		FailurePrefixes: map[situation.Failure]string{situation.TrainingFailure: "bad-"}}}, 7, &situation.ActTree{})
	require.NoError(t, p.prepare(t.Context(), situation.Act{Pair: true}))
	require.NoError(t, p.prepare(t.Context(), situation.Act{FailureMode: situation.TrainingFailure}))
	assert.Equal(t, []string{"cvconform-5f3a-07a", "cvconform-5f3a-07b", "bad-cvconform-5f3a-07"},
		[]string{p.projects[0].name, p.projects[1].name, p.projects[2].name})
	assert.Equal(t, "cvconform-5f3a-07-attempt1", p.resources.names.attempt())
	assert.Equal(t, "cvconform-5f3a-07-attempt2", p.resources.names.attempt())
}

func TestCheckFinalStatus(t *testing.T) {
	calls := caller{Performer: &Performer{Budgets: budget.Set{budget.Training: 20 * time.Second}}}
	last := evidence.Exchange{Call: "GetIteration", Status: 200, Body: `{"status":"Training"}`}
	noResponse := evidence.Exchange{Call: "GetIteration", Error: "connection refused"}
	for name, c := range map[string]struct {
		mode                situation.Failure
		finished, succeeded bool
		last                evidence.Exchange
		want                actResult
	}{
		"succeeded":          {situation.NoFailure, true, true, last, actResult{}},
		"failed as provoked": {situation.TrainingFailure, true, false, last, actResult{}},
		"provoked, succeeded": {
			situation.TrainingFailure, true, true, last,
			actResult{inconclusive: "the provocation had no effect: the training succeeded"},
		},
		"other provocation": {situation.ExportFailure, true, true, last, actResult{}},
		"failed without provocation": {situation.NoFailure, true, false, last,
			actResult{blocked: `the training failed; GetIteration returned 200: {"status":"Training"}`}},
		"not finished": {situation.NoFailure, false, false, last,
			actResult{inconclusive: `the training was not over within 20s (budget training); last status Training, 312 reads`}},
		"not finished, no status": {situation.NoFailure, false, false, evidence.Exchange{Call: "GetIteration", Status: 500},
			actResult{inconclusive: "the training was not over within 20s (budget training); GetIteration returned 500: (empty body), 312 reads"}},
		"no response": {situation.NoFailure, false, false, noResponse,
			actResult{inconclusive: "the training was not over within 20s (budget training); GetIteration got no response (connection refused), 312 reads"}},
	} {
		t.Run(name, func(t *testing.T) {
			status := operationStatus{finished: c.finished, succeeded: c.succeeded, exchange: c.last, reads: 312}
			var it trainingapi.Iteration
			if trainingapi.Decode(c.last, &it) == nil {
				status.value = it.Status
			}
			got := calls.checkFinalStatus(&project{failureMode: c.mode}, situation.TrainingFailure, budget.Training, status)
			assert.Equal(t, c.want, got)
			assert.Equal(t, c.want == actResult{}, got.succeeded())
		})
	}
}

func TestUpdateBodyHasTheGivenURIs(t *testing.T) {
	j := &project{name: "n", queueURI: "http://h/a/q", containerURI: "http://h/a/c"}
	update := func(change situation.Change, s situation.Integrations) map[string]any {
		body, err := caller{}.updateBody(t.Context(), j, situation.Act{Verb: situation.Update, Change: change, Storage: s})
		assert.NoError(t, err)
		return body
	}
	assert.Equal(
		t,
		map[string]any{"name": "n-renamed", "description": UpdatedDescription},
		update(situation.NamesOnly, situation.Integrations{}),
	)
	assert.Equal(t, map[string]any{"settings": map[string]any{"notificationQueueUri": "http://h/a/q"}},
		update(situation.URIsOnly, situation.Integrations{Queue: true}))
	assert.Equal(
		t,
		map[string]any{
			"settings": map[string]any{"notificationQueueUri": "http://h/a/q", "exportModelContainerUri": "http://h/a/c"},
		},
		update(situation.URIsOnly, situation.Integrations{Queue: true, Container: true}),
	)
}

// A write that mentions a project belongs to its tree even if it happened before the response had the project's id.
func TestAddProjectRecordsEarlierWrites(t *testing.T) {
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	performer := &Performer{Now: func() time.Time { return now }, Redact: &redact.Redactor{}}
	p := newExecution(performer, 1, &situation.ActTree{})
	p.owned.addResource(evidence.Resource{Service: evidence.Queue, Name: "mine"})
	assert.True(t, p.onOperation(putMessage("mine", "{}", 201)))
	assert.False(t, p.onOperation(putMessage("theirs", `{"projectId":"id-a"}`, 201)))
	assert.False(t, p.onOperation(putMessage("theirs", `{"projectId":"id-b"}`, 201)))
	assert.False(t, p.onOperation(putMessage("theirs", `{"projectId":"id-a"}`, 403)), "nothing was written")
	assert.Len(t, p.timeline.Events(), 1)
	p.addProject("id-a", "a")
	assert.Len(t, p.timeline.Events(), 2)
	assert.True(t, p.onOperation(putMessage("theirs", `{"projectId":"id-a"}`, 201)))
	exclusive := newExecution(performer, 2, &situation.ActTree{Exclusive: true})
	const ofRun = "cvc-20260301t000000-00000001-01-q1"
	assert.True(t, exclusive.onOperation(putMessage(ofRun, "{}", 201)), "during its acts all operations belong to it")
	assert.False(t, exclusive.onOperation(putMessage("theirs", "{}", 201)), "a queue of the service")
	exclusive.owned.endExclusive()
	assert.False(t, exclusive.onOperation(putMessage(ofRun, "{}", 201)), "after its acts")
}

func TestPerformReturnsThePanicAndTheEvidence(t *testing.T) {
	nowhere := &url.URL{Scheme: "http", Host: "127.0.0.1:1"}
	front, err := gateway.Start(gateway.Options{Blob: nowhere, Queue: nowhere})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, front.Close(t.Context())) })
	var received []evidence.Event
	w := &Performer{Observer: front, Budgets: budget.Local(), Now: time.Now, Redact: &redact.Redactor{},
		Hooks: Hooks{Subscribe: func(number int) func(evidence.Event) {
			assert.Equal(t, 3, number)
			return func(e evidence.Event) { received = append(received, e) }
		}}}
	unknown := situation.OneTreePerSituation(situation.Situation{Acts: []situation.Act{{Verb: "dance"}}})
	timeline, err := w.Perform(t.Context(), unknown, 3, func() {})
	assert.ErrorContains(t, err, "performing panicked: perform: unknown act dance")
	assert.Len(t, timeline.Events(), 1)
	assert.Equal(t, timeline.Events(), received)
}
