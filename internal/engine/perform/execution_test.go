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
	"github.com/cvconform/cvconform/internal/observe/gateway"
)

func put(queue, text string, status int) evidence.Operation {
	return evidence.Operation{Service: evidence.Queue, Name: "PutMessage", Resource: queue, Text: text, Status: status}
}

func TestAnnounces(t *testing.T) {
	task := operation{project: &project{queue: "q1"}, message: "Export", subject: "i-7"}
	for name, c := range map[string]struct {
		op   evidence.Operation
		want bool
	}{
		"its message":           {put("q1", `{"type":"Export"}`, 201), true},
		"in other letters":      {put("q1", `{"TYPE":"export"}`, 201), true},
		"in base64":             {put("q1", "eyJ0eXBlIjoiRXhwb3J0In0=", 201), true},
		"of another type":       {put("q1", `{"type":"Training","Content":{"iterationId":"i-7"}}`, 201), false},
		"in another queue":      {put("q2", `{"type":"Export"}`, 201), false},
		"refused":               {put("q1", `{"type":"Export"}`, 403), false},
		"no JSON, its subject":  {put("q1", "export of i-7 is done", 201), true},
		"no JSON, no subject":   {put("q1", "export is done", 201), false},
		"a look at the message": {evidence.Operation{Name: "PeekMessages", Resource: "q1", Status: 200, Text: `{"type":"Export"}`}, false},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, c.want, task.isMessage(c.op)) })
	}
}

func TestStores(t *testing.T) {
	p := &execution{}
	good := evidence.Operation{Service: evidence.Blob, Name: "PutBlob", Resource: "c1", Object: "b", Status: 201}
	assert.True(t, p.storesBlobIn(good, "c1"))
	assert.False(t, p.storesBlobIn(good, "c2"))
	for name, spoil := range map[string]func(*evidence.Operation){
		"refused":       func(o *evidence.Operation) { o.Status = 403 },
		"only read":     func(o *evidence.Operation) { o.Name = "GetBlob" },
		"deleted":       func(o *evidence.Operation) { o.Name = "DeleteBlob" },
		"the container": func(o *evidence.Operation) { o.Object = "" },
		"a queue's":     func(o *evidence.Operation) { o.Service = evidence.Queue },
	} {
		bad := good
		spoil(&bad)
		assert.False(t, p.storesBlobIn(bad, "c1"), name)
	}
}

func TestOwn(t *testing.T) {
	a, b := &project{id: "id-a"}, &project{id: "id-b"}
	alone := &execution{projects: []*project{a}}
	assert.True(t, alone.belongsToProject(a, "anything"))
	twins := &execution{projects: []*project{a, b}}
	assert.True(t, twins.belongsToProject(b, "id-b - i.onnx"))
	assert.False(t, twins.belongsToProject(b, "id-a - i.onnx"))
}

func TestNames(t *testing.T) {
	p := &execution{
		Performer: &Performer{
			RunID:           "5f3a",
			FailurePrefixes: map[situation.Failure]string{situation.TrainingFailure: "bad-"},
		},
		number: 7,
	}
	require.NoError(t, p.prepare(t.Context(), situation.Act{Pair: true}))
	require.NoError(t, p.prepare(t.Context(), situation.Act{FailureMode: situation.TrainingFailure}))
	assert.Equal(t, []string{"cvconform-5f3a-07a", "cvconform-5f3a-07b", "bad-cvconform-5f3a-07"},
		[]string{p.projects[0].name, p.projects[1].name, p.projects[2].name})
	assert.Equal(t, "cvconform-5f3a-07-attempt1", p.attemptName())
	assert.Equal(t, "cvconform-5f3a-07-attempt2", p.attemptName())
}

func TestJudgeEnd(t *testing.T) {
	p := &execution{Performer: &Performer{Budgets: budget.Set{budget.Training: 20 * time.Second}}}
	last := evidence.Exchange{Call: "GetIteration", Status: 200, Body: `{"status":"Training"}`}
	silent := evidence.Exchange{Call: "GetIteration", Error: "connection refused"}
	for name, c := range map[string]struct {
		fails      situation.Failure
		over, well bool
		last       evidence.Exchange
		want       actResult
	}{
		"well":                  {situation.NoFailure, true, true, last, actResult{}},
		"failed as provoked":    {situation.TrainingFailure, true, false, last, actResult{}},
		"provoked in vain":      {situation.TrainingFailure, true, true, last, actResult{inconclusive: "the provocation had no effect: the training succeeded all the same"}},
		"another's provocation": {situation.ExportFailure, true, true, last, actResult{}},
		"failed by itself": {situation.NoFailure, true, false, last,
			actResult{blocked: `the training failed; GetIteration answered 200: {"status":"Training"}`}},
		"not over": {situation.NoFailure, false, false, last,
			actResult{inconclusive: `the training was not over within 20s (budget training); GetIteration answered 200: {"status":"Training"}`}},
		"no answer": {situation.NoFailure, false, false, silent,
			actResult{inconclusive: "the training was not over within 20s (budget training); GetIteration got no response (connection refused): (empty body)"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := p.checkFinalStatus(
				&project{fails: c.fails},
				situation.TrainingFailure,
				budget.Training,
				c.over,
				c.well,
				c.last,
			)
			assert.Equal(t, c.want, got)
			assert.Equal(t, c.want == actResult{}, got.done())
		})
	}
}

func TestUpdateBodiesNameTheURIsGiven(t *testing.T) {
	p := &execution{}
	j := &project{name: "n", queueURI: "http://h/a/q", containerURI: "http://h/a/c"}
	update := func(change situation.Change, s situation.Integrations) map[string]any {
		body, err := p.updateBody(t.Context(), j, situation.Act{Verb: situation.Update, Change: change, Storage: s})
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

// A write that happened before the project's id was known is found again.
func TestKnowFindsWhatStrangersWrote(t *testing.T) {
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	p := &execution{timeline: evidence.NewTimeline(func() time.Time { return now }, &evidence.Redactor{}),
		resources: []evidence.Resource{{Service: evidence.Queue, Name: "mine"}}}
	assert.True(t, p.onOperation(put("mine", "{}", 201)))
	assert.False(t, p.onOperation(put("theirs", `{"projectId":"id-a"}`, 201)))
	assert.False(t, p.onOperation(put("theirs", `{"projectId":"id-b"}`, 201)))
	assert.False(t, p.onOperation(put("theirs", `{"projectId":"id-a"}`, 403)), "nothing was written")
	assert.Len(t, p.timeline.Events(), 1)
	p.addOwnID("id-a", "a")
	assert.Len(t, p.timeline.Events(), 2)
	assert.True(t, p.onOperation(put("theirs", `{"projectId":"id-a"}`, 201)))
	quiet := &execution{timeline: p.timeline, exclusive: true}
	assert.True(t, quiet.onOperation(put("theirs", "{}", 201)), "a quiet lineage hears everything")
}

// A panic ends a lineage as an error, with what was recorded until then.
func TestPerformKeepsTheEvidenceOfAPanic(t *testing.T) {
	nowhere := &url.URL{Scheme: "http", Host: "127.0.0.1:1"}
	front, err := gateway.Start(gateway.Options{Blob: nowhere, Queue: nowhere})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, front.Close(t.Context())) })
	var told []evidence.Event
	w := &Performer{Observer: front, Budgets: budget.Local(), Now: time.Now, Redact: &evidence.Redactor{},
		Subscribe: func(number int) func(evidence.Event) {
			assert.Equal(t, 3, number)
			return func(e evidence.Event) { told = append(told, e) }
		}}
	unknown := situation.OneTreePerSituation(situation.Situation{Acts: []situation.Act{{Verb: "dance"}}})
	timeline, err := w.Perform(t.Context(), unknown, 3)
	assert.ErrorContains(t, err, "performing panicked: perform: unknown act dance")
	assert.Len(t, timeline.Events(), 1)
	assert.Equal(t, timeline.Events(), told)
}
