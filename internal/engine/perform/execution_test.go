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

func TestIsMessage(t *testing.T) {
	export := operation{project: &project{queue: "q1"}, message: "Export", subject: "i-7"}
	for name, c := range map[string]struct {
		op   evidence.Operation
		want bool
	}{
		"its message":         {putMessage("q1", `{"type":"Export"}`, 201), true},
		"in another case":     {putMessage("q1", `{"TYPE":"export"}`, 201), true},
		"in base64":           {putMessage("q1", "eyJ0eXBlIjoiRXhwb3J0In0=", 201), true},
		"another type":        {putMessage("q1", `{"type":"Training","Content":{"iterationId":"i-7"}}`, 201), false},
		"another queue":       {putMessage("q2", `{"type":"Export"}`, 201), false},
		"refused":             {putMessage("q1", `{"type":"Export"}`, 403), false},
		"no JSON, subject":    {putMessage("q1", "export of i-7 is done", 201), true},
		"no JSON, no subject": {putMessage("q1", "export is done", 201), false},
		"a peek at the message": {
			evidence.Operation{Name: "PeekMessages", Resource: "q1", Status: 200, Text: `{"type":"Export"}`}, false,
		},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, c.want, export.isMessage(c.op)) })
	}
}

func TestStoresBlobIn(t *testing.T) {
	good := evidence.Operation{Service: evidence.Blob, Name: "PutBlob", Resource: "c1", Object: "b", Status: 201}
	assert.True(t, storesBlobIn(good, "c1"))
	assert.False(t, storesBlobIn(good, "c2"))
	for name, change := range map[string]func(*evidence.Operation){
		"refused":       func(o *evidence.Operation) { o.Status = 403 },
		"a read":        func(o *evidence.Operation) { o.Name = "GetBlob" },
		"deleted":       func(o *evidence.Operation) { o.Name = "DeleteBlob" },
		"the container": func(o *evidence.Operation) { o.Object = "" },
		"a queue":       func(o *evidence.Operation) { o.Service = evidence.Queue },
	} {
		other := good
		change(&other)
		assert.False(t, storesBlobIn(other, "c1"), name)
	}
}

func TestBelongsToProject(t *testing.T) {
	a, b := &project{id: "id-a"}, &project{id: "id-b"}
	single := &execution{projects: []*project{a}}
	assert.True(t, single.belongsToProject(a, "anything"))
	pair := &execution{projects: []*project{a, b}}
	assert.True(t, pair.belongsToProject(b, "id-b - i.onnx"))
	assert.False(t, pair.belongsToProject(b, "id-a - i.onnx"))
}

func TestNamesOfProjectsAndAttempts(t *testing.T) {
	p := newExecution(&Performer{RunID: "5f3a", Now: time.Now, ProjectSettings: ProjectSettings{
		FailurePrefixes: map[situation.Failure]string{situation.TrainingFailure: "bad-"}}}, 7, false)
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
	p := newExecution(performer, 1, false)
	p.owned.addResource(evidence.Resource{Service: evidence.Queue, Name: "mine"})
	assert.True(t, p.onOperation(putMessage("mine", "{}", 201)))
	assert.False(t, p.onOperation(putMessage("theirs", `{"projectId":"id-a"}`, 201)))
	assert.False(t, p.onOperation(putMessage("theirs", `{"projectId":"id-b"}`, 201)))
	assert.False(t, p.onOperation(putMessage("theirs", `{"projectId":"id-a"}`, 403)), "nothing was written")
	assert.Len(t, p.timeline.Events(), 1)
	p.addProject("id-a", "a")
	assert.Len(t, p.timeline.Events(), 2)
	assert.True(t, p.onOperation(putMessage("theirs", `{"projectId":"id-a"}`, 201)))
	exclusive := newExecution(performer, 2, true)
	assert.True(t, exclusive.onOperation(putMessage("theirs", "{}", 201)), "all operations belong to an exclusive tree")
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
	timeline, err := w.Perform(t.Context(), unknown, 3)
	assert.ErrorContains(t, err, "performing panicked: perform: unknown act dance")
	assert.Len(t, timeline.Events(), 1)
	assert.Equal(t, timeline.Events(), received)
}
